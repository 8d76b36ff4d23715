//! Params as written.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// A param: its value, its values, or what is expected of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
#[serde(deny_unknown_fields, expecting = "a block such as `{ required: true }`")]
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
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Scalar")]
pub(crate) enum ScalarWritten {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl ScalarWritten {
    /// Its text.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl<'de> Deserialize<'de> for ScalarWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = ScalarWritten;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text or a whole number (anything else is written in quotes)")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ScalarWritten, E> {
        Ok(ScalarWritten::Text(text.to_owned()))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<ScalarWritten, E> {
        Ok(ScalarWritten::Number(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<ScalarWritten, E> {
        // Beyond the range of signed numbers its digits are text all the same.
        Ok(i64::try_from(number)
            .map_or_else(|_| ScalarWritten::Text(number.to_string()), ScalarWritten::Number))
    }
}

impl<'de> Deserialize<'de> for ParamWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParamVisitor)
    }
}

struct ParamVisitor;

impl<'de> Visitor<'de> for ParamVisitor {
    type Value = ParamWritten;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "a text, a whole number, a list of them, or a block such as `{ required: true }` (anything else is written in quotes)",
        )
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ParamWritten, E> {
        ScalarVisitor.visit_str(text).map(ParamWritten::Value)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<ParamWritten, E> {
        ScalarVisitor.visit_i64(number).map(ParamWritten::Value)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<ParamWritten, E> {
        ScalarVisitor.visit_u64(number).map(ParamWritten::Value)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ParamWritten, A::Error> {
        ParamSpecWritten::deserialize(MapAccessDeserializer::new(map)).map(ParamWritten::Spec)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ParamWritten, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(ParamWritten::Values)
    }
}
