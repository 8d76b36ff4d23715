//! How many records a page is asked to hold.

use std::collections::BTreeMap;

use convolake_model::Stream;

use crate::lock::Lock;

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
        PageSize { index, ..PageSize::of(stream) }
    }

    /// Remembers the size of a page that came.
    pub(super) fn accept(&self, stream: &Stream, size: &PageSize) {
        let mut by_stream = self.by_stream.lock();
        let index = by_stream.entry(stream.name.clone()).or_default();
        *index = (*index).max(size.index);
    }

    /// Begins with a size that an earlier run has found to be taken, or with the next smaller one.
    pub(crate) fn remember(&self, stream: &Stream, size: u32) {
        let sizes = PageSize::of(stream).sizes;
        if let Some(index) = sizes.iter().position(|known| *known <= size) {
            self.by_stream.lock().insert(stream.name.clone(), index);
        }
    }

    /// The size that a stream's pages have, where that is not the largest one.
    pub(crate) fn learnt(&self, stream: &Stream) -> Option<u32> {
        let index = self.by_stream.lock().get(&stream.name).copied().filter(|index| *index > 0)?;
        PageSize::of(stream).sizes.get(index).copied()
    }
}

/// Why a smaller page may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SizeSign {
    /// The status alone, which may mean something else: only sizes that the stream names are tried.
    Status,
    /// The page is too much for the source or for us, as its words or its size say: any smaller one may help.
    TooMuch,
}

/// One of the sizes of a stream, largest first: those it names, then a quarter of the least of them, and so on down to one record.
#[derive(Debug, Clone)]
pub(super) struct PageSize {
    sizes: Vec<u32>,
    n_named: usize,
    index: usize,
    /// The numbers in the query of every request: one of them may be the size of a page.
    fixed: Vec<u32>,
}

impl PageSize {
    fn of(stream: &Stream) -> Self {
        let mut sizes = stream.pages.size.as_ref().map(|size| size.sizes.clone()).unwrap_or_default();
        let n_named = sizes.len();
        while let Some(part) = sizes.iter().min().map(|least| least / 4).filter(|part| *part > 0) {
            sizes.push(part);
        }
        let fixed = stream.query.values().filter_map(|value| value.to_string().parse().ok()).collect();
        Self { sizes, n_named, index: 0, fixed }
    }

    /// The size; `None` for a stream that names none.
    pub(super) fn current(&self) -> Option<u32> {
        self.sizes.get(self.index).copied()
    }

    /// True where a smaller one may be tried for this sign.
    pub(super) fn has_smaller(&self, sign: SizeSign) -> bool {
        let n = match sign {
            SizeSign::Status => self.n_named,
            SizeSign::TooMuch => self.sizes.len(),
        };
        self.index + 1 < n
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;

    #[test]
    fn sizes_that_are_named_come_first_and_smaller_ones_only_where_a_page_is_too_much() {
        let mut size = PageSize::of(&fakes::stream("listed"));
        let mut sizes = vec![size.current().unwrap()];
        assert!(size.has_smaller(SizeSign::Status));
        while size.has_smaller(SizeSign::TooMuch) {
            size.shrink();
            assert!(!size.has_smaller(SizeSign::Status));
            sizes.push(size.current().unwrap());
        }
        assert_eq!(sizes, [100, 20, 5, 1]);
        let none = PageSize::of(&fakes::stream("numbered"));
        assert!(none.current().is_none() && !none.has_smaller(SizeSign::TooMuch));
    }

    #[test]
    fn what_was_learnt_is_begun_with() {
        let stream = fakes::stream("listed");
        for (learnt, expected) in [(100, None), (60, Some(20)), (20, Some(20)), (5, Some(5)), (0, None)] {
            let sizes = AcceptedSizes::default();
            sizes.remember(&stream, learnt);
            assert_eq!(sizes.learnt(&stream), expected, "{learnt}");
        }
    }
}
