//! `schemas/tables/NAME.yaml`, `schemas/marts/NAME.yaml` and `schemas/PIPELINE/STREAM.yaml`: what tables are, what is expected of
//! their rows, and how records map to them.

mod table;
mod checks;
mod mapping;
mod written;
mod reserved_names;
mod validate_table;
mod validate_mapping;

pub(crate) use checks::MartWritten;
pub use checks::{CheckRule, CheckValue, Condition, DataCheck, MartChecks, RowCondition, Severity};
pub use mapping::{
    ColumnMapping, ColumnSource, DateSpelling, Mapping, StreamSchema, Synonyms, Texts, UnixUnit,
    UsualSpelling,
};
pub use reserved_names::is_same_name;
pub use table::{DateColumns, Repeats, Table, TableColumn};
pub(crate) use written::{StreamSchemaWritten, TableWritten};
