//! One table's rows of one or several pages.

use arrow_array::RecordBatch;

/// Rows that one or several pages of a stream gave to one table.
#[derive(Debug, Clone)]
pub struct TableBatch {
    /// The table's name.
    pub table: String,
    /// The rows: the table's columns but for its lineage ([`convolake_model::Table::without_lineage`]), texts as bytes.
    pub rows: RecordBatch,
    /// For each row the index of its record on its page.
    pub index_in_page: Vec<u32>,
    /// For each page, in the order of their rows, how many rows it and those before it gave.
    pub page_ends: Vec<usize>,
    /// Every parent on the pages, also those without rows: a parent without a row loses the rows it had. `None` for a
    /// table whose rows are upserted by key, where none is to go.
    pub parents: Option<ParentBatch>,
}

/// Parents seen on pages.
#[derive(Debug, Clone)]
pub struct ParentBatch {
    /// A row for each parent: the `replace` columns in their order, or the key where a table has none. Texts as bytes.
    pub keys: RecordBatch,
    /// For each parent the index of its record on its page.
    pub index_in_page: Vec<u32>,
    /// For each page how many parents stood on it and those before it.
    pub page_ends: Vec<usize>,
    /// For each parent how much of it came; empty where all came whole.
    pub extents: Vec<ParentExtent>,
}

/// How much of a parent's rows its record brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ParentExtent {
    /// All there are, as far as the record says: the rows the parent had give way to them.
    #[default]
    Whole,
    /// Fewer than the record itself declares, or it says nothing of them at all: rows the parent had, and that are not among them,
    /// stay.
    Part,
    /// The parent is gone at the source.
    Gone,
}
