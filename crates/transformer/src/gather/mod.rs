//! The rows of several pages, gathered to one batch a table.

pub(crate) mod gathered;
pub(crate) mod table_rows;
