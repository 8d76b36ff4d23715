//! Checks as written.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use super::{CheckValue, Severity};
use crate::Span;
use crate::schema::written::OneOrMany;

/// What is expected of the rows of a mart.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Mart")]
pub(crate) struct MartWritten {
    /// What a row is.
    #[serde(rename = "doc")]
    pub(crate) _doc: Option<String>,
    /// What is expected of its rows, by names that you choose.
    #[serde(default)]
    pub(crate) checks: IndexMap<String, CheckWritten>,
}

/// One thing that is expected of rows: exactly one of `not_null`, `unique`, `accepted_values`, `share`, `references`, `freshness`,
/// `volume`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Check")]
pub(crate) struct CheckWritten {
    /// Columns that are never null.
    pub(crate) not_null: Option<OneOrMany<String>>,
    /// Columns whose values, together, no two rows share. A row with null in one of them equals no other.
    pub(crate) unique: Option<OneOrMany<String>>,
    /// A column that has no other values than these.
    pub(crate) accepted_values: Option<AcceptedValuesWritten>,
    /// The share of rows for which something holds.
    pub(crate) share: Option<ShareWritten>,
    /// A table in which each row finds what it refers to, by the table's `references`; for a mart, with the columns that hold the
    /// other's key.
    pub(crate) references: Option<ReferencesWritten>,
    /// How old the newest instant of a column may be.
    pub(crate) freshness: Option<FreshnessWritten>,
    /// How many rows the last whole day has, against the same weekday of the weeks before.
    pub(crate) volume: Option<VolumeWritten>,
    /// Only rows for which this holds are looked at.
    #[serde(rename = "where")]
    pub(crate) rows: Option<RowConditionWritten>,
    /// What its failure means: `error` (exit code 66), as is usual, or `warn`.
    #[serde(default)]
    pub(crate) severity: Severity,
    /// What is expected, for people.
    pub(crate) doc: Option<String>,
    /// `false`: this check is left out; the way to do without one while its text stays.
    pub(crate) enabled: Option<bool>,
}

/// A column and the values it may have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ column: role, values: [human, bot] }`")]
#[schemars(rename = "AcceptedValues")]
pub(crate) struct AcceptedValuesWritten {
    /// The column: string, int32, int64 or bool.
    pub(crate) column: String,
    /// The values. Null fails, unless it stands among them: `[human, bot, null]`.
    pub(crate) values: Vec<ValueWritten>,
}

/// A condition, and how large a share of the rows it may hold for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ column: sent_at, is: missing, at_most: 0.05 }`")]
#[schemars(rename = "Share")]
pub(crate) struct ShareWritten {
    /// The column.
    pub(crate) column: String,
    /// What its value is.
    pub(crate) is: Option<IsWritten>,
    /// Its value is one of these.
    pub(crate) one_of: Option<Vec<ValueWritten>>,
    /// Its value is less than this number.
    pub(crate) below: Option<f64>,
    /// Its value is greater than this number.
    pub(crate) above: Option<f64>,
    /// The least share, from 0 to 1.
    pub(crate) at_least: Option<f64>,
    /// The greatest share, from 0 to 1.
    pub(crate) at_most: Option<f64>,
}

/// What holds for a row: exactly one of `is`, `one_of`, `below`, `above`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ column: role, one_of: [human] }`")]
#[schemars(rename = "RowCondition")]
pub(crate) struct RowConditionWritten {
    /// The column.
    pub(crate) column: String,
    /// What its value is.
    pub(crate) is: Option<IsWritten>,
    /// Its value is one of these.
    pub(crate) one_of: Option<Vec<ValueWritten>>,
    /// Its value is less than this number.
    pub(crate) below: Option<f64>,
    /// Its value is greater than this number.
    pub(crate) above: Option<f64>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Is")]
pub(crate) enum IsWritten {
    /// Null.
    Missing,
    /// Not null.
    Present,
    /// Null, or a text of white space alone.
    Empty,
}

/// What rows refer to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ table: conversations }`")]
#[schemars(rename = "References")]
pub(crate) struct ReferencesWritten {
    /// The other table.
    pub(crate) table: String,
    /// The columns that hold its key; without them, those that the table's `references` name.
    pub(crate) columns: Option<Vec<String>>,
}

/// How old the newest instant may be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ column: sent_at, at_most: 2d }`")]
#[schemars(rename = "Freshness")]
pub(crate) struct FreshnessWritten {
    /// The timestamp column: of what happened, as `sent_at`, or of when it was fetched, as `fetched_at`.
    pub(crate) column: String,
    /// The greatest age.
    pub(crate) at_most: Span,
}

/// How many rows the last whole day may have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ column: sent_at, factor: 3 }`")]
#[schemars(rename = "Volume")]
pub(crate) struct VolumeWritten {
    /// The timestamp column that says to which day a row belongs.
    pub(crate) column: String,
    /// By how much the day may differ from the median of the same weekday, up or down: `3` is a third to three times. 3 by default.
    pub(crate) factor: Option<f64>,
    /// How many weeks before are looked at: 2 to 52; 4 by default.
    pub(crate) weeks: Option<u32>,
    /// Where the day and the median both have fewer rows, nothing is judged; 20 by default.
    pub(crate) at_least: Option<u64>,
}

/// A value of a column: a text, a whole number, `true`, `false` or null.
#[derive(Debug, Clone)]
pub(crate) enum ValueWritten {
    Null,
    Value(CheckValue),
}

impl JsonSchema for ValueWritten {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer", "boolean", "null"],
            "description": "A value of a column: a text, a whole number, `true`, `false` or null."
        })
    }
}

impl<'de> Deserialize<'de> for ValueWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = ValueWritten;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text, a whole number, true, false or null")
    }

    fn visit_str<E>(self, text: &str) -> Result<ValueWritten, E> {
        Ok(ValueWritten::Value(CheckValue::Text(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<ValueWritten, E> {
        Ok(ValueWritten::Value(CheckValue::Int(number)))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<ValueWritten, E> {
        i64::try_from(number).map(CheckValue::Int).map(ValueWritten::Value).map_err(E::custom)
    }

    fn visit_bool<E>(self, value: bool) -> Result<ValueWritten, E> {
        Ok(ValueWritten::Value(CheckValue::Bool(value)))
    }

    fn visit_unit<E>(self) -> Result<ValueWritten, E> {
        Ok(ValueWritten::Null)
    }
}
