//! What crosses from the transformer to the loader: one table's rows as Arrow columns, with the pages they are of.
//!
//! Transformer and loader do not name each other. Both name this crate, so that rows pass from one to the other as they
//! are: the same value, without a copy and without a conversion.
//!
//! - [`PhysicalType`] is how the cells of a column lie in memory. It is an exhaustive enum: code that handles columns by
//!   type matches on it, and a new type does not compile until every place knows it.
//! - [`arrow_schema()`] is the Arrow schema of a table, in the two forms that texts have: checked UTF-8 in a file
//!   ([`TextForm::Utf8`]), and bytes on their way to it ([`TextForm::Bytes`]).
//! - [`TableBatch`] is one table's rows of one or several pages, and [`readable()`] shows them to readers that are no part of this project.

mod physical_type;
mod readable;
mod schema;
mod table_batch;

pub use physical_type::{PhysicalType, TextForm};
pub use readable::readable;
pub use schema::{Nulls, arrow_field, arrow_schema, is_json};
pub use table_batch::{ParentBatch, ParentExtent, TableBatch};
