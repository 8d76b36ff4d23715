//! What pushed rows are to stored ones.

/// What the rows pushed are to the rows stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMode {
    /// Newer versions of some of them.
    Merge,
    /// The whole truth: what is not pushed goes, but for rows that no landed page answers for, and a changed schema is taken over.
    Rebuild,
}

/// Whether a rebuild may leave a table with fewer rows than it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FewerRows {
    /// Somebody has said so.
    Allowed,
    /// It is refused, with nothing changed.
    Refused,
}
