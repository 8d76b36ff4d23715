//! Which tables are loaded.

use convolake_model::Table;

use crate::table::layout::RowKeys;

/// A table to load.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadTable {
    /// The table.
    pub table: Table,
    /// The columns of the parent whose rows are replaced as a whole; empty where rows are upserted by key.
    pub replace: Vec<String>,
    /// What tells the rows of one parent apart.
    pub keys: RowKeys,
}
