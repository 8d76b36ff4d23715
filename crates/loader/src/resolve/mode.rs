//! What pushed rows are to stored ones.

/// What the rows pushed are to the rows stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMode {
    /// Newer versions of some of them.
    Merge,
    /// The whole truth: what is not pushed goes, and a changed schema is taken over.
    Rebuild,
}
