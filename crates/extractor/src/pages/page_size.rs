//! How many records a page is asked to hold.

use std::collections::BTreeMap;

use convolake_model::Stream;

use crate::lock::Lock;

/// How often the smallest size that a stream names is halved, where the source says that it is too much.
const HALVINGS_MAX: usize = 8;

/// Which of its page sizes each stream is asked for, as its source has turned larger ones down.
#[derive(Debug, Default)]
pub(crate) struct AcceptedSizes {
    /// Indices into the sizes of a stream, by the stream's name.
    by_stream: Lock<BTreeMap<String, usize>>,
}

impl AcceptedSizes {
    /// The size to begin with.
    pub(super) fn first_of(&self, stream: &Stream) -> PageSize {
        let index = self.by_stream.lock().get(&stream.name).copied().unwrap_or(0);
        let named = stream.pages.size.as_ref().map(|size| size.sizes.clone()).unwrap_or_default();
        PageSize { index, ..PageSize::of(named) }
    }

    /// Remembers the size of a page that came.
    pub(super) fn accept(&self, stream: &Stream, size: &PageSize) {
        self.by_stream.lock().insert(stream.name.clone(), size.index);
    }
}

/// One of the sizes that a stream names, largest first, or of the halves of the last.
#[derive(Debug, Clone)]
pub(super) struct PageSize {
    sizes: Vec<u32>,
    /// How many of them the stream names.
    n_named: usize,
    index: usize,
}

impl PageSize {
    fn of(named: Vec<u32>) -> Self {
        let n_named = named.len();
        let last = named.last().copied().unwrap_or_default();
        let halves = std::iter::successors(Some(last / 2), |size| Some(size / 2));
        let halves = halves.take(HALVINGS_MAX).filter(|size| *size > 0);
        let sizes = named.into_iter().chain(halves).collect();
        Self { sizes, n_named, index: 0 }
    }

    /// The size; `None` for a stream that names none.
    pub(super) fn current(&self) -> Option<u32> {
        self.sizes.get(self.index).copied()
    }

    /// True where the stream names a smaller one.
    pub(super) fn has_smaller(&self) -> bool {
        self.index + 1 < self.n_named
    }

    /// True where there is a smaller one, named or halved.
    pub(super) fn can_shrink(&self) -> bool {
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
        self.current().is_some_and(|size| usize::try_from(size).is_ok_and(|size| record_count >= size))
    }
}

/// True for words of a source that turns a request down which speak of the size of pages, or of the parameter that asks for it.
pub(super) fn speaks_of_size(message: &str, param: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let names = ["page size", "page_size", "pagesize", "page[size]", "per page", "per_page", "perpage"];
    message.contains(&param.to_ascii_lowercase()) || names.iter().any(|name| message.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_halved_behind_those_that_are_named() {
        let mut size = PageSize::of(vec![100, 20]);
        let mut seen = vec![(size.current(), size.has_smaller())];
        while size.can_shrink() {
            size.shrink();
            seen.push((size.current(), size.has_smaller()));
        }
        let halved = [20, 10, 5, 2, 1].map(|size| (Some(size), false));
        assert_eq!(seen, [&[(Some(100), true)][..], &halved].concat());
        assert_eq!(PageSize::of(vec![1000]).sizes, [1000, 500, 250, 125, 62, 31, 15, 7, 3]);
        assert_eq!(PageSize::of(Vec::new()).current(), None);
        assert!(!PageSize::of(Vec::new()).can_shrink());
    }

    #[test]
    fn words_of_a_size() {
        for (message, expected) in [
            ("limit must be less than 1000", true),
            ("page[size] must be between 1 and 100", true),
            ("the page size must be less than or equal to 100", true),
            ("ensure that Limit is less than or equal to 100", true),
            ("no such agent", false),
            ("the time range must not exceed 31 days", false),
        ] {
            assert_eq!(speaks_of_size(message, "limit"), expected, "{message}");
        }
    }
}
