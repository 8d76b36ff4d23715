//! Ends of a slice that are worth a look.

use std::fmt;

use http::StatusCode;

use crate::envelope::MissedPointer;
use crate::error::status_words;

/// An end of a slice that is one by the source's rules, and yet worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OddEnd {
    /// The last page is as full as a page can be, and names no next one.
    Full,
    /// The last page is empty, though the one before was full.
    EmptyAfterFull,
    /// The last page has `null` where the records should be.
    NullRecords {
        /// True where the page before is full: it holds as many records as were asked for, or, where pages have numbers, as any.
        is_after_full: bool,
    },
    /// The page behind the last is turned down, and that is taken for the end.
    TurnedDown {
        /// The status.
        status: StatusCode,
        /// True where the last page holds as many records as any.
        is_after_full: bool,
    },
    /// The only page lacks the way to the next one, which no page has shown so far.
    PointerMissed(MissedPointer),
}

/// What kind of odd end it is: a run tells of each kind once a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OddEndKind {
    /// See [`OddEnd::Full`].
    Full,
    /// See [`OddEnd::EmptyAfterFull`].
    EmptyAfterFull,
    /// See [`OddEnd::NullRecords`].
    NullRecords,
    /// See [`OddEnd::TurnedDown`].
    TurnedDown,
    /// See [`OddEnd::PointerMissed`].
    PointerMissed,
}

impl OddEnd {
    /// What kind of odd end it is.
    pub fn kind(&self) -> OddEndKind {
        match self {
            Self::Full => OddEndKind::Full,
            Self::EmptyAfterFull => OddEndKind::EmptyAfterFull,
            Self::NullRecords { .. } => OddEndKind::NullRecords,
            Self::TurnedDown { .. } => OddEndKind::TurnedDown,
            Self::PointerMissed(_) => OddEndKind::PointerMissed,
        }
    }

    /// True for an end that may as well be a fault of the source in the midst of its pages: an answer without records, behind
    /// a page that was as full as any. A source whose last page is less full ends for good.
    pub fn may_be_early(&self) -> bool {
        matches!(
            self,
            Self::NullRecords { is_after_full: true } | Self::TurnedDown { is_after_full: true, .. }
        )
    }

    /// True for an end that is the source's habit: once for a stream is often enough to tell of it.
    pub fn is_habit(&self) -> bool {
        matches!(self.kind(), OddEndKind::NullRecords | OddEndKind::TurnedDown | OddEndKind::PointerMissed)
    }
}

impl fmt::Display for OddEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => out.write_str("its last page is full, and names no next one")?,
            Self::EmptyAfterFull => {
                out.write_str("its last page is empty, though the one before was full")?
            }
            Self::NullRecords { .. } => out.write_str(
                "its last page has null where the records should be, which is taken for the end",
            )?,
            Self::TurnedDown { status, .. } => {
                write!(
                    out,
                    "the page behind its last was answered with {}, which is taken for the end",
                    status_words(*status)
                )?;
            }
            Self::PointerMissed(missed) => write!(out, "its only page leads nowhere: {missed}")?,
        }
        if self.may_be_early() {
            out.write_str("; since the page before was as full as any, the next run looks again")?;
        }
        Ok(())
    }
}

/// The fullness of the last pages, by which an end is judged.
#[derive(Debug, Default)]
pub(super) struct EndCheck {
    was_full: bool,
    /// The records of the last page that has any, and of the largest one.
    last_count: usize,
    largest_count: usize,
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
    /// True where `null` stands for its records, and the pipeline does not say that this is an end.
    pub(super) is_odd_null: bool,
}

impl EndCheck {
    /// Takes the next page in.
    pub(super) fn take(&mut self, page: PageEnd) {
        self.odd_end = match (page.is_last && !page.is_numbered, page.is_full) {
            (true, true) => Some(OddEnd::Full),
            (true, false) if page.record_count == 0 && self.was_full && !page.is_odd_null => {
                Some(OddEnd::EmptyAfterFull)
            }
            _ if page.is_last && page.is_odd_null => {
                let is_after_full = if page.is_numbered { self.is_after_full() } else { self.was_full };
                Some(OddEnd::NullRecords { is_after_full })
            }
            _ => None,
        };
        self.was_full = page.is_full;
        if page.record_count > 0 {
            self.last_count = page.record_count;
            self.largest_count = self.largest_count.max(page.record_count);
        }
    }

    /// Takes note that the page behind the last was turned down, and that this is taken for the end.
    pub(super) fn turned_down(&mut self, status: StatusCode) {
        self.odd_end = Some(OddEnd::TurnedDown { status, is_after_full: self.is_after_full() });
    }

    fn is_after_full(&self) -> bool {
        self.last_count > 0 && self.last_count == self.largest_count
    }

    /// Takes note of an end that shows otherwise than by its last page alone.
    pub(super) fn ended(&mut self, odd_end: OddEnd) {
        self.odd_end = Some(odd_end);
    }

    /// What is odd about the end of the slice.
    pub(super) fn odd_end(&self) -> Option<OddEnd> {
        self.odd_end.clone()
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
                check.take(PageEnd { record_count, is_full, is_last, is_numbered, is_odd_null: false });
            }
            assert_eq!(check.odd_end(), expected, "{record_counts:?}, numbered: {is_numbered}");
        }
    }

    #[test]
    fn null_for_records_is_told_of_at_the_end() {
        for (is_last, is_odd_null, expected) in [
            (true, true, Some(OddEnd::NullRecords { is_after_full: false })),
            (false, true, None),
            (true, false, None),
        ] {
            let mut check = EndCheck::default();
            let (record_count, is_full, is_numbered) = (0, false, true);
            check.take(PageEnd { record_count, is_full, is_last, is_numbered, is_odd_null });
            assert_eq!(check.odd_end(), expected);
        }
    }

    #[test]
    fn an_end_behind_a_page_as_full_as_any_may_be_early() {
        for (record_counts, expected) in
            [(&[20, 20][..], true), (&[20, 7], false), (&[7], true), (&[20, 7, 0], false), (&[], false)]
        {
            let mut check = EndCheck::default();
            for record_count in record_counts.iter().copied() {
                let (is_full, is_last, is_numbered, is_odd_null) = (false, false, true, false);
                check.take(PageEnd { record_count, is_full, is_last, is_numbered, is_odd_null });
            }
            check.turned_down(StatusCode::NOT_FOUND);
            assert_eq!(check.odd_end().unwrap().may_be_early(), expected, "{record_counts:?}");
        }
    }
}
