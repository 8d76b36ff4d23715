//! What an upkeep has done.

use serde::Serialize;

/// Objects of one kind that became archives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// The objects.
    pub objects: u64,
    /// Their size.
    pub bytes: u64,
    /// The archives made of them.
    pub archives: u64,
    /// The size of these; 0 where they were not made.
    pub archive_bytes: u64,
}

/// What an upkeep has done of one pipeline, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpkeepReport {
    /// Landed pages that were merged before.
    pub pages: Archived,
    /// Earlier commits.
    pub commits: Archived,
    /// Run reports.
    pub reports: Archived,
    /// Manifests that no commit names, and that were removed.
    pub manifests: u64,
    /// Versions and checkpoints of the Delta tables' logs that a later checkpoint stands for, and that were removed.
    pub delta_log: u64,
    /// Objects that processes were writing when they were killed, and that were removed.
    pub unfinished: u64,
    /// The newest commit; `None` where nothing had to be committed.
    pub commit: Option<u64>,
}

impl UpkeepReport {
    /// True where there was nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Archived {
    pub(crate) fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.archives += other.archives;
        self.archive_bytes += other.archive_bytes;
    }
}
