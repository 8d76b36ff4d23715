//! How many records a page is asked to hold.

use std::collections::BTreeMap;

use convolake_model::Stream;

use crate::lock::Lock;

/// Which of its page sizes each stream is asked for, as its source has turned larger ones down.
#[derive(Debug, Default)]
pub(crate) struct AcceptedSizes {
    /// Indices into the sizes a stream names, by the stream's name.
    by_stream: Lock<BTreeMap<String, usize>>,
}

impl AcceptedSizes {
    /// The size to begin with.
    pub(super) fn first_of(&self, stream: &Stream) -> PageSize {
        let index = self.by_stream.lock().get(&stream.name).copied().unwrap_or(0);
        let sizes = stream.pages.size.as_ref().map(|size| size.sizes.clone()).unwrap_or_default();
        let fixed = stream.query.values().filter_map(|value| value.to_string().parse().ok()).collect();
        PageSize { sizes, index, fixed }
    }

    /// Remembers the size of a page that came.
    pub(super) fn accept(&self, stream: &Stream, size: &PageSize) {
        self.by_stream.lock().insert(stream.name.clone(), size.index);
    }
}

/// One of the sizes that a stream names, largest first.
#[derive(Debug, Clone)]
pub(super) struct PageSize {
    sizes: Vec<u32>,
    index: usize,
    /// The numbers in the query of every request: one of them may be the size of a page.
    fixed: Vec<u32>,
}

impl PageSize {
    /// The size; `None` for a stream that names none.
    pub(super) fn current(&self) -> Option<u32> {
        self.sizes.get(self.index).copied()
    }

    /// True where the stream names a smaller one.
    pub(super) fn has_smaller(&self) -> bool {
        self.index + 1 < self.sizes.len()
    }

    /// Goes on to the next smaller size.
    pub(super) fn shrink(&mut self) {
        self.index += 1;
    }

    /// Takes the first size that fits; false where none does.
    pub(super) fn choose(&mut self, fits: impl Fn(u32) -> bool) -> bool {
        let found = self.sizes.iter().position(|size| fits(*size));
        self.index = found.unwrap_or(self.index);
        found.is_some()
    }

    /// True for a page that is as full as a page can be.
    pub(super) fn is_full(&self, record_count: usize) -> bool {
        let is = |size: u32| usize::try_from(size).is_ok_and(|size| record_count >= size);
        let is_fixed = |size: &u32| *size > 1 && usize::try_from(*size) == Ok(record_count);
        self.current().map_or_else(|| self.fixed.iter().any(is_fixed), is)
    }
}
