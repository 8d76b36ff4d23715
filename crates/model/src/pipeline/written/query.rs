//! Query parameters as written.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use crate::Template;

/// A query parameter's value.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "QueryValue")]
pub(crate) enum QueryWritten {
    /// A whole number.
    Number(i64),
    /// A text with `{param}` places.
    Text(Template),
}

impl<'de> Deserialize<'de> for QueryWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QueryVisitor)
    }
}

struct QueryVisitor;

impl Visitor<'_> for QueryVisitor {
    type Value = QueryWritten;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text or a whole number (anything else is written in quotes, as in \"true\")")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<QueryWritten, E> {
        Template::parse(text).map(QueryWritten::Text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<QueryWritten, E> {
        Ok(QueryWritten::Number(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<QueryWritten, E> {
        let text = |_| QueryWritten::Text(Template::text(number.to_string()));
        Ok(i64::try_from(number).map_or_else(text, QueryWritten::Number))
    }
}
