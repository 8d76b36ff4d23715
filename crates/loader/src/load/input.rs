use arrow_array::RecordBatch;
use convolake_model::Table;

use crate::rows::version::PageVersion;

/// A table to load.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadTable {
    /// The table.
    pub table: Table,
    /// The columns of the parent whose rows are replaced as a whole; empty where rows are upserted by key.
    pub replace: Vec<String>,
}

/// What the rows pushed are to the rows stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMode {
    /// Newer versions of some of them.
    Merge,
    /// The whole truth: what is not pushed goes, and a changed schema is taken over.
    Rebuild,
}

/// Rows of pages for one table.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The table's name.
    pub table: String,
    /// Exactly the table's columns, in order and typed as [`crate::arrow_schema`] says; a text may also be `Binary`, whose
    /// bytes are UTF-8 and are not checked again. The columns of its lineage are taken from `pages` and may be left out.
    pub batch: RecordBatch,
    /// For each row the place of its record on its page.
    pub index_in_page: Vec<u32>,
    /// The pages, in the order of their rows.
    pub pages: Vec<PageVersion>,
    /// For each page how many rows it and those before it gave.
    pub page_ends: Vec<usize>,
    /// Every parent seen on the pages: one without a row loses the rows it had. Where rows are upserted, each is a parent
    /// of its own, told by its key; `None` where none is to go.
    pub parents: Option<Parents>,
}

/// Parents seen on pages.
#[derive(Debug, Clone)]
pub struct Parents {
    /// The `replace` columns, or those of the key where there are none, in their order.
    pub keys: RecordBatch,
    /// For each parent the place of its record on its page.
    pub index_in_page: Vec<u32>,
    /// For each page how many parents stood on it and those before it.
    pub page_ends: Vec<usize>,
}
