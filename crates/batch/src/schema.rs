//! The Arrow schema of a table.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use convolake_model::{ColumnType, Table};

use crate::{PhysicalType, TextForm};

/// The key of a field's metadata under which JSON is told from text.
const TYPE_KEY: &str = "convolake.type";
const JSON: &str = "json";

/// The Arrow schema of a table, its columns in their order; required columns are not nullable.
///
/// A `json` column is text, marked by the field's metadata `convolake.type` = `json`: with Parquet's own JSON type not
/// every reader shows a string.
pub fn arrow_schema(table: &Table, texts: TextForm) -> SchemaRef {
    let fields = table.columns.iter().map(|(name, column)| {
        let nulls = if column.required { Nulls::Never } else { Nulls::Possible };
        arrow_field(name, column.column_type, texts, nulls)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Whether a column may hold nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// It may.
    Possible,
    /// Each row has a value.
    Never,
}

/// One column of [`arrow_schema()`].
pub fn arrow_field(name: &str, column_type: ColumnType, texts: TextForm, nulls: Nulls) -> Field {
    let field = Field::new(name, PhysicalType::of(column_type).data_type(texts), nulls == Nulls::Possible);
    match column_type {
        ColumnType::Json => field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), JSON.to_owned())])),
        ColumnType::String
        | ColumnType::Int32
        | ColumnType::Int64
        | ColumnType::Float64
        | ColumnType::Bool
        | ColumnType::Timestamp
        | ColumnType::Date
        | ColumnType::StringList => field,
    }
}

/// True for the field of a `json` column.
pub fn is_json(field: &Field) -> bool {
    field.metadata().get(TYPE_KEY).is_some_and(|column_type| column_type == JSON)
}
