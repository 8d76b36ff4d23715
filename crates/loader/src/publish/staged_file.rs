//! A table file's successor before it is published.

use crate::storage::ObjectVersion;
use crate::table::writer::Written;

/// A table file's successor, staged and durable. What rows move into it and out of it says when its contents are published:
/// a moving row is to be missed for a moment, and never seen twice.
#[derive(Debug)]
pub(crate) struct StagedFile {
    /// The table file's name within the lake.
    pub(crate) target: String,
    /// The version it was merged with; `None` where there was no file.
    pub(crate) replaces: Option<ObjectVersion>,
    /// What takes moving rows away, and adds none that move here. Where rows move out only, this is the final content.
    pub(crate) taking: Option<StagedContent>,
    /// The final content, where it adds rows, or where no rows move.
    pub(crate) adding: Option<StagedContent>,
    pub(crate) afterwards: Afterwards,
}

/// What becomes of a table file once the commit is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// The commit names it.
    Stays,
    /// It is left without rows, in a partition of a kind that its table has no more, and is removed.
    Goes,
}

/// A content of a table file, staged under a name within the lake.
#[derive(Debug)]
pub(crate) struct StagedContent {
    pub(crate) name: String,
    pub(crate) written: Written,
}

impl StagedFile {
    /// The content that stands there in the end.
    pub(crate) fn last(&self) -> Option<&StagedContent> {
        self.adding.as_ref().or(self.taking.as_ref())
    }
}
