//! The columns of a table as Delta writes them down.

use std::collections::BTreeSet;

use convolake_model::{ColumnType, PartitionBy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::table::schema::{is_nullable, stored_column};

/// What stands in no name of a column, unless the table maps its names, which few readers know.
const NOT_IN_NAMES: [char; 8] = [' ', ',', ';', '{', '}', '(', ')', '='];

/// True for a name that a column of a Delta table can have.
pub fn is_delta_column(name: &str) -> bool {
    !name.contains(NOT_IN_NAMES)
}

/// The columns of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Struct {
    r#type: String,
    fields: Vec<Field>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Field {
    name: String,
    r#type: Value,
    nullable: bool,
    #[serde(default)]
    metadata: Value,
}

/// The partition columns of a table that is cut so.
pub(crate) fn partition_columns(by: PartitionBy) -> Vec<String> {
    vec!["source".to_owned(), by.folder_column().to_owned()]
}

/// The first column, by the lines of columns in a commit, that a Delta table cannot have.
pub(crate) fn unfit_column(columns: &[String]) -> Option<String> {
    columns.iter().filter_map(|line| Some(stored_column(line)?.0)).find(|name| !is_delta_column(name))
}

/// The schema of a table, by the lines of its columns in a commit; `None` where a line is of a type that this program does not know.
pub(crate) fn schema_string(columns: &[String], by: PartitionBy) -> Option<String> {
    let of_column = |line: &String| {
        let (name, column_type) = stored_column(line)?;
        Some(field(name, delta_type(column_type), is_nullable(line)))
    };
    let mut fields = columns.iter().map(of_column).collect::<Option<Vec<Field>>>()?;
    let time = match by {
        PartitionBy::Day => "date",
        PartitionBy::Month => "string",
    };
    fields.push(field("source".to_owned(), json!("string"), true));
    fields.push(field(by.folder_column().to_owned(), json!(time), true));
    serde_json::to_string(&Struct { r#type: "struct".to_owned(), fields }).ok()
}

/// The schema that the table is to have, where `stored` is its own and `wanted` that of one pipeline: the larger one. `None` where neither
/// has all columns of the other.
pub(crate) fn merged(stored: &str, wanted: &str) -> Option<String> {
    let (stored_fields, wanted_fields) = (fields(stored)?, fields(wanted)?);
    let has_all_of = |larger: &[Field], smaller: &[Field]| {
        let is_in = |field: &Field| larger.iter().any(|other| is_same(other, field));
        let may_lack = |field: &Field| field.nullable || smaller.iter().any(|other| other.name == field.name);
        smaller.iter().all(is_in) && larger.iter().all(may_lack)
    };
    if has_all_of(&stored_fields, &wanted_fields) {
        Some(stored.to_owned())
    } else if has_all_of(&wanted_fields, &stored_fields) {
        Some(wanted.to_owned())
    } else {
        None
    }
}

/// The columns of instants in a schema of which a log tells. A property of the table names them one after the other, which not every name bears.
pub(crate) fn instants(schema: &str) -> BTreeSet<String> {
    let is_plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let fields = fields(schema).unwrap_or_default().into_iter();
    let of_instants = fields.filter(|field| field.r#type == "timestamp" && is_plain(&field.name));
    of_instants.map(|field| field.name).collect()
}

fn is_same(one: &Field, other: &Field) -> bool {
    one.name == other.name && one.r#type == other.r#type && one.nullable == other.nullable
}

fn fields(schema: &str) -> Option<Vec<Field>> {
    serde_json::from_str::<Struct>(schema).ok().map(|schema| schema.fields)
}

fn field(name: String, r#type: Value, nullable: bool) -> Field {
    Field { name, r#type, nullable, metadata: json!({}) }
}

fn delta_type(column_type: ColumnType) -> Value {
    match column_type {
        ColumnType::String | ColumnType::Json => json!("string"),
        ColumnType::Int32 => json!("integer"),
        ColumnType::Int64 => json!("long"),
        ColumnType::Float64 => json!("double"),
        ColumnType::Bool => json!("boolean"),
        ColumnType::Timestamp => json!("timestamp"),
        ColumnType::Date => json!("date"),
        ColumnType::StringList => json!({ "type": "array", "elementType": "string", "containsNull": true }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[&str]) -> String {
        let columns: Vec<String> = columns.iter().map(|line| (*line).to_owned()).collect();
        schema_string(&columns, PartitionBy::Month).unwrap()
    }

    #[test]
    fn columns_become_fields_with_the_partition_behind_them() {
        assert_eq!(
            schema(&["id String required", "tags StringList optional"]),
            concat!(
                r#"{"type":"struct","fields":[{"name":"id","type":"string","nullable":false,"metadata":{}},"#,
                r#"{"name":"tags","type":{"type":"array","elementType":"string","containsNull":true},"nullable":true,"metadata":{}},"#,
                r#"{"name":"source","type":"string","nullable":true,"metadata":{}},"#,
                r#"{"name":"month","type":"string","nullable":true,"metadata":{}}]}"#
            )
        );
        assert_eq!(schema_string(&["id Uuid required".to_owned()], PartitionBy::Day), None);
    }

    #[test]
    fn the_larger_schema_is_the_tables() {
        let (old, new) =
            (schema(&["id String required"]), schema(&["n Int32 optional", "id String required"]));
        assert_eq!(merged(&old, &new).as_ref(), Some(&new));
        assert_eq!(merged(&new, &old).as_ref(), Some(&new));
        assert_eq!(merged(&old, &old).as_ref(), Some(&old));
        for other in
            [&["id Int32 required"][..], &["id String required", "n Int32 required"], &["x String optional"]]
        {
            assert_eq!(merged(&old, &schema(other)), None, "{other:?}");
        }
    }
}
