//! What a build did.

use std::collections::BTreeMap;

use convolake_model::Mart;
use serde::Serialize;

/// What became of the derived tables of a source.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BuildReport {
    /// The source.
    pub(crate) source: String,
    /// The months of conversations that were made anew.
    pub(crate) months: Vec<String>,
    /// All months of conversations.
    pub(crate) all_months: usize,
    /// By table.
    pub(crate) tables: BTreeMap<Mart, MartReport>,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// What became of one derived table.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct MartReport {
    /// Partitions that were made anew.
    pub(crate) partitions: u64,
    /// Those whose file changed.
    pub(crate) files: u64,
    /// The rows of all that were made anew.
    pub(crate) rows: u64,
}
