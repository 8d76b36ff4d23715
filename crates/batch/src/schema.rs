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
        let data_type = PhysicalType::of(column.column_type).data_type(texts);
        let field = Field::new(name, data_type, !column.required);
        match column.column_type {
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
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// True for the field of a `json` column.
pub fn is_json(field: &Field) -> bool {
    field.metadata().get(TYPE_KEY).is_some_and(|column_type| column_type == JSON)
}
