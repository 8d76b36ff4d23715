//! Whether page numbers still lead to where they led when pages landed.

use std::collections::HashSet;

use crate::envelope::RecordSeen;

/// The ids of landed pages, until a page is there to be held against them.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    landed: Option<HashSet<String>>,
}

impl Overlap {
    /// True while no page was held against landed ones.
    pub(super) fn is_awaited(&self) -> bool {
        self.landed.is_some()
    }

    /// Adds the records of a landed page.
    pub(super) fn add(&mut self, records: &[RecordSeen]) {
        let ids = records.iter().filter_map(|record| record.id.clone());
        self.landed.get_or_insert_default().extend(ids);
    }

    /// Asks for no overlap.
    pub(super) fn clear(&mut self) {
        self.landed = None;
    }

    /// Holds a page against the landed ones, once; true where it has no record of theirs.
    pub(super) fn is_missed_by(&mut self, records: &[RecordSeen]) -> bool {
        let Some(landed) = self.landed.take() else { return false };
        !records.iter().any(|record| record.id.as_ref().is_some_and(|id| landed.contains(id)))
    }
}
