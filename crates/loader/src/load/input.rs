use convolake_model::Table;

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
