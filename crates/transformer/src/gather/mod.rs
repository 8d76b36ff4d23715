//! The rows of several pages, gathered to one batch a table.

mod gathered;
mod table_rows;
mod dropped;
pub(crate) mod params;

pub use gathered::Gathered;
pub(crate) use table_rows::TableRows;
