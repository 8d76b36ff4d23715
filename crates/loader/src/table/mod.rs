//! Table files: what a table's rows look like in them, how they are written, found and read.

pub(crate) mod partition;
pub(crate) mod delta_file;
pub(crate) mod place;
pub(crate) mod layout;
pub(crate) mod schema;
pub(crate) mod field_ids;
pub(crate) mod writer;
pub(crate) mod bytes;
pub(crate) mod expected_file;
pub(crate) mod file;
pub(crate) mod statistics;
