//! Table files: what a table's rows look like in them, how they are written, found, read and counted.

pub(crate) mod partition;
pub(crate) mod layout;
pub(crate) mod schema;
pub(crate) mod writer;
pub(crate) mod bytes;
pub(crate) mod file;
pub(crate) mod statistics;
pub(crate) mod scan;
pub(crate) mod grouped_scan;
pub(crate) mod row_counts;
pub(crate) mod totals;
