//! What a load has done.

use std::collections::BTreeMap;

use crate::publish::commit::Commit;
use crate::resolve::told::TableTold;

/// What a load has done.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadReport {
    /// By table.
    pub tables: BTreeMap<String, TableReport>,
    /// What it has met that somebody should know of, by table.
    pub told: BTreeMap<String, TableTold>,
    /// The commit it wrote; `None` where neither rows nor state changed.
    pub commit: Option<Commit>,
}

/// What a load has done to a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableReport {
    /// Rows with a new key.
    pub rows_added: u64,
    /// Rows whose content changed (after a rebuild also: whose page did).
    pub rows_changed: u64,
    /// Rows whose parent no longer has them.
    pub rows_removed: u64,
    /// Table files written; 0 where nothing changed.
    pub files_written: u64,
    /// Their size.
    pub bytes_written: u64,
}
