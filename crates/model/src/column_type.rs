//! The types of columns.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The type of a table's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// UTF-8 text.
    String,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// IEEE 754 double.
    Float64,
    /// true or false.
    Bool,
    /// An instant: microseconds since 1970-01-01 UTC.
    Timestamp,
    /// A calendar day.
    Date,
    /// A JSON value, verbatim, as UTF-8 text.
    Json,
    /// A list of UTF-8 texts.
    #[serde(rename = "list<string>")]
    StringList,
}

/// As it is written in a schema.
impl fmt::Display for ColumnType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(out)
    }
}
