//! TODO.

pub(crate) mod bytes;
pub(crate) mod file;
pub(crate) mod layout;
pub(crate) mod partition;
pub(crate) mod row_counts;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod totals;
pub(crate) mod writer;
