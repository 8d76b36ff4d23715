//! Ends of a slice that are worth a look.

use std::fmt;

/// An end of a slice that is one by the source's rules, and yet worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddEnd {
    /// The last page is as full as a page can be, and names no next one.
    Full,
    /// The last page is empty, though the one before was full.
    EmptyAfterFull,
}

impl fmt::Display for OddEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Full => "its last page is full, and names no next one",
            Self::EmptyAfterFull => "its last page is empty, though the one before was full",
        })
    }
}

/// The fullness of the last pages, by which an end is judged.
#[derive(Debug, Default)]
pub(super) struct EndCheck {
    was_full: bool,
    odd_end: Option<OddEnd>,
}

/// What a page says of the end of its slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageEnd {
    pub(super) record_count: usize,
    /// True where it holds as many records as were asked for.
    pub(super) is_full: bool,
    /// True for the last page of the slice.
    pub(super) is_last: bool,
    /// True where pages have numbers: these end on an empty page, whatever came before.
    pub(super) is_numbered: bool,
}

impl EndCheck {
    /// Takes the next page in.
    pub(super) fn take(&mut self, page: PageEnd) {
        self.odd_end = match (page.is_last && !page.is_numbered, page.is_full) {
            (true, true) => Some(OddEnd::Full),
            (true, false) if page.record_count == 0 && self.was_full => Some(OddEnd::EmptyAfterFull),
            _ => None,
        };
        self.was_full = page.is_full;
    }

    /// What is odd about the end of the slice.
    pub(super) fn odd_end(&self) -> Option<OddEnd> {
        self.odd_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_are_worth_a_look() {
        for (is_numbered, record_counts, expected) in [
            (false, &[10, 10][..], Some(OddEnd::Full)),
            (false, &[10], Some(OddEnd::Full)),
            (false, &[10, 0], Some(OddEnd::EmptyAfterFull)),
            (false, &[10, 3], None),
            (false, &[3, 0], None),
            (false, &[10, 3, 0], None),
            (false, &[0], None),
            (true, &[10, 10], None),
            (true, &[10, 0], None),
        ] {
            let mut check = EndCheck::default();
            for (index, record_count) in record_counts.iter().copied().enumerate() {
                assert_eq!(check.odd_end(), None, "{record_counts:?}: before the end");
                let (is_full, is_last) = (record_count >= 10, index + 1 == record_counts.len());
                check.take(PageEnd { record_count, is_full, is_last, is_numbered });
            }
            assert_eq!(check.odd_end(), expected, "{record_counts:?}, numbered: {is_numbered}");
        }
    }
}
