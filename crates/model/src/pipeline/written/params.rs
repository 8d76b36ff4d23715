//! Params as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A param: its value, its values, or what is expected of it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Param")]
pub(crate) enum ParamWritten {
    /// What is expected of it.
    Spec(ParamSpecWritten),
    /// Its values; each is pulled on its own.
    Values(Vec<ScalarWritten>),
    /// Its value.
    Value(ScalarWritten),
}

/// What is expected of a param.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ParamSpec")]
pub(crate) struct ParamSpecWritten {
    /// True where a run cannot do without a value.
    #[serde(default)]
    pub(crate) required: bool,
    /// What it is.
    pub(crate) doc: Option<String>,
    /// The value where none is given.
    pub(crate) default: Option<ScalarWritten>,
}

/// A text or a number, taken as text.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Scalar")]
pub(crate) enum ScalarWritten {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}
