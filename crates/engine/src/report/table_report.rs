//! What a run did to a table.

use convolake_loader::{GaveWay, Shrunk, TableTold, WentBack};
use serde::Serialize;

use crate::report::new_columns::NewColumns;

/// What a run did to one table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TableReport {
    /// Rows that were not there.
    pub rows_added: u64,
    /// Rows whose content changed.
    pub rows_changed: u64,
    /// Rows that are gone.
    pub rows_removed: u64,
    /// Files written.
    pub files_written: u64,
    /// Their size.
    pub bytes_written: u64,
    /// The partitions that the commit changed, by their folders within the table's, as in `source=agentx/month=2025-04`, sorted: what a load
    /// into a warehouse copies anew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<String>,
    /// Columns it has since this run, which files of before lack. `None` where it has none, or all files have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_columns: Option<NewColumns>,
    /// Rows that gave way to another of the same load: the source gave several of one key, or of one record, at once, and the
    /// table holds one. `None` where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gave_way: Option<GaveWayReport>,
    /// Parents that came back with fewer rows than they themselves declare, or that say nothing of rows: those they had were kept. `None` where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shrunk: Option<ShrunkReport>,
    /// Parents that came back whole, as far as they say, with fewer rows than they had: the others were taken out. `None` where
    /// none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduced: Option<ShrunkReport>,
    /// Rows that took the place of one that the source changed later, by what it says itself. `None` where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub went_back: Option<WentBackReport>,
}

/// Rows that took the place of one that the source changed later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WentBackReport {
    /// How many.
    pub rows: u64,
    /// The key of the first.
    pub key: String,
    /// The page it stands on.
    pub page: String,
    /// What that means, for who has never met it.
    pub why: &'static str,
}

impl WentBackReport {
    const WHY: &'static str = "what was fetched, or given, last counts, and the source says that it had changed what it replaces later: \
                               a cache may have answered, or an older file came behind a newer one";
}

/// Rows that gave way to another of the same load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GaveWayReport {
    /// How many.
    pub rows: u64,
    /// The key of the first.
    pub key: String,
    /// The page it stands on.
    pub page: String,
    /// The page of what it gave way to.
    pub to_page: String,
    /// The columns in which the two differ; empty where what it gave way to has no such row.
    pub columns: Vec<String>,
    /// What that means, for who has never met it.
    pub why: &'static str,
}

impl GaveWayReport {
    const WHY: &'static str = "rows of the same key, or records of one parent, came in one load with different content, and a table \
                               holds one of them: the last; if each of them counts, the key is too narrow";
}

/// Parents that came back with fewer rows than they had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShrunkReport {
    /// How many.
    pub parents: u64,
    /// The rows they had and did not bring.
    pub rows: u64,
    /// The first of them.
    pub first: String,
    /// The page it came back on.
    pub page: String,
}

impl TableReport {
    pub(super) fn new(table: convolake_loader::TableReport, told: TableTold) -> Self {
        let convolake_loader::TableReport {
            rows_added,
            rows_changed,
            rows_removed,
            files_written,
            bytes_written,
        } = table;
        let TableTold { gave_way, shrunk, reduced, went_back } = told;
        let gave_way = gave_way.map(|GaveWay { rows, key, page, to_page, columns }| GaveWayReport {
            rows,
            key,
            page,
            to_page,
            columns,
            why: GaveWayReport::WHY,
        });
        let of_parents = |Shrunk { parents, rows, first, page }| ShrunkReport { parents, rows, first, page };
        Self {
            rows_added,
            rows_changed,
            rows_removed,
            files_written,
            bytes_written,
            partitions: Vec::new(),
            new_columns: None,
            gave_way,
            shrunk: shrunk.map(of_parents),
            reduced: reduced.map(of_parents),
            went_back: went_back.map(|WentBack { rows, key, page }| WentBackReport {
                rows,
                key,
                page,
                why: WentBackReport::WHY,
            }),
        }
    }
}
