//! TODO.

pub(crate) mod batch;
pub(crate) mod cells;
pub(crate) mod coalesce;
pub(crate) mod hashes;
pub(crate) mod interner;
pub(crate) mod merge;
pub(crate) mod order;
pub(crate) mod range;
pub(crate) mod version;
