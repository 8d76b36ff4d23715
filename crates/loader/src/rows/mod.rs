//! Rows on their way: batches with the versions of their pages, cells compared and hashed where they lie, ranges of rows
//! gathered at once, and sorted streams merged to one.

pub(crate) mod texts;
pub(crate) mod cells;
pub(crate) mod order;
pub(crate) mod range;
pub(crate) mod version;
pub(crate) mod batch;
pub(crate) mod hashes;
pub(crate) mod landed_objects;
pub(crate) mod words;
pub(crate) mod key_interner;
pub(crate) mod coalesce;
pub(crate) mod merge;
