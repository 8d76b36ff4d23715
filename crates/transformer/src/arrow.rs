use std::{collections::HashMap, sync::Arc};

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use convolake_model::{ColumnType, Table};

/// The Arrow schema of a table's batches, in the order of its columns.
///
/// Texts are `Binary` (their bytes are UTF-8, which nobody behind needs to check again), instants `Timestamp(µs, "UTC")`,
/// JSON columns `Binary` marked by the field's metadata (`convolake.type` = `json`); lists hold nullable texts (`Utf8`) named
/// `element`. Required columns are not nullable.
pub fn arrow_schema(table: &Table) -> SchemaRef {
    let fields: Fields = table
        .columns
        .iter()
        .map(|(name, column)| {
            let field = Field::new(name, data_type(column.column_type), !column.required);
            match column.column_type {
                ColumnType::Json => {
                    field.with_metadata(HashMap::from([("convolake.type".to_owned(), "json".to_owned())]))
                }
                _ => field,
            }
        })
        .collect();
    Arc::new(Schema::new(fields))
}

pub(crate) fn data_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::String | ColumnType::Json => DataType::Binary,
        ColumnType::Int32 => DataType::Int32,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Float64 => DataType::Float64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::Date => DataType::Date32,
        ColumnType::StringList => DataType::List(Arc::new(list_element())),
    }
}

pub(crate) fn list_element() -> Field {
    Field::new("element", DataType::Utf8, true)
}
