use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::Schema;
use arrow_schema::SchemaRef;
use arrow_schema::TimeUnit;
use convolake_model::ColumnType;
use convolake_model::Table;
use sha2::Digest;
use sha2::Sha256;

use crate::storage::seal::hex;

/// The Arrow schema of a table's files, and of batches pushed for it, whose texts may also stand as bytes.
///
/// `json` is text, marked by the field's metadata `convolake.type` = `json`: with Parquet's own JSON type not every
/// reader shows a string. A list's items stand in a nullable field named `element`, as the Parquet format has it.
pub fn arrow_schema(table: &Table) -> SchemaRef {
    let fields = table.columns.iter().map(|(name, column)| {
        let field = Field::new(name, data_type(column.column_type), !column.required);
        match column.column_type {
            ColumnType::Json => field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), JSON.to_owned())])),
            _ => field,
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The key of a field's metadata under which JSON is told from text.
const TYPE_KEY: &str = "convolake.type";
const JSON: &str = "json";

/// True for a column of JSON.
pub(crate) fn is_json(field: &Field) -> bool {
    field.metadata().get(TYPE_KEY).is_some_and(|column_type| column_type == JSON)
}

fn data_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::String | ColumnType::Json => DataType::Utf8,
        ColumnType::Int32 => DataType::Int32,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Float64 => DataType::Float64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::Date => DataType::Date32,
        ColumnType::StringList => DataType::List(Arc::new(Field::new("element", DataType::Utf8, true))),
    }
}

/// What the lake compares to know a table again.
pub(crate) fn schema_hash(table: &Table) -> String {
    hex(&Sha256::digest(table.fingerprint().as_bytes()))
}
