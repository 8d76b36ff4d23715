//! Whether pages go round in circles.

use std::collections::{HashMap, HashSet};

use super::PageRef;
use crate::digest::{Fingerprint, fingerprint_of};
use crate::error::LoopSign;

/// Empty pages one after the other, each with a way on, before they count as a loop.
pub(super) const EMPTY_PAGES_MAX: u32 = 200;

/// The pages and cursors a walk has met.
#[derive(Debug, Default)]
pub(super) struct LoopDetector {
    /// The number of each page that held records, by what it held.
    pages: HashMap<Fingerprint, u32>,
    /// The last page, where it held records.
    last: Option<Fingerprint>,
    empty_in_a_row: u32,
    /// The cursors and links that were followed.
    followed: HashSet<Fingerprint>,
}

impl LoopDetector {
    /// Takes in what a page of so many records held, the `number`-th of the walk; the sign of a loop where it shows one.
    pub(super) fn take(
        &mut self,
        fingerprint: Fingerprint,
        record_count: usize,
        number: u32,
    ) -> Option<LoopSign> {
        if record_count > 0 {
            self.empty_in_a_row = 0;
            self.last = Some(fingerprint);
            let earlier = self.pages.insert(fingerprint, number)?;
            return Some(LoopSign::SamePage { earlier });
        }
        self.last = None;
        self.empty_in_a_row += 1;
        let count = self.empty_in_a_row;
        (count >= EMPTY_PAGES_MAX).then_some(LoopSign::EmptyPages { count })
    }

    /// Takes in where the walk goes next; the sign of a loop where it went there before.
    pub(super) fn follow(&mut self, next: &PageRef) -> Option<LoopSign> {
        let followed = match next {
            PageRef::Link(link) => ["link", link.as_str()],
            PageRef::Cursor(cursor) => ["cursor", cursor],
            // Numbers only ever count up.
            PageRef::First | PageRef::Number(_) => return None,
        };
        let is_new = self.followed.insert(fingerprint_of(followed));
        (!is_new).then_some(LoopSign::SameNext)
    }

    /// Forgets the last page; false where it held no records or is forgotten already.
    pub(super) fn forget_last(&mut self) -> bool {
        let Some(last) = self.last.take() else { return false };
        self.pages.remove(&last);
        true
    }

    /// Forgets all pages, but not the cursors and links.
    pub(super) fn forget_pages(&mut self) {
        self.pages.clear();
    }
}
