//! `schemas/tables/NAME.yaml` and `schemas/PIPELINE/STREAM.yaml`: what tables are, and how records map to them.

mod table;
mod mapping;
mod written;
mod validate_table;
mod validate_mapping;

pub use mapping::{
    ColumnMapping, ColumnSource, DateSpelling, Mapping, StreamSchema, Synonyms, UnixUnit, UsualSpelling,
};
pub use table::{DateColumns, Repeats, Table, TableColumn};
pub(crate) use written::{StreamSchemaWritten, TableWritten};
