//! What is known of answers, as written.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::Pointer;
use crate::pipeline::EndSign;

/// A sign of failure in an answer of a good status: what stands at `at`. Without `is` and `not`, whatever stands there but null,
/// `false`, 0 and what is empty.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ at: /status, is: error }`")]
#[schemars(rename = "FailureSign")]
pub(crate) struct FailedWritten {
    /// Where it stands in the answer.
    pub(crate) at: Pointer,
    /// A value, or a list of them, of which each means failure.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    pub(crate) is: Option<WordsWritten>,
    /// A value, or a list of them, of which none means failure, and any other does.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    pub(crate) not: Option<WordsWritten>,
}

/// A value that is there, also where it is null.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<WordsWritten>, D::Error> {
    WordsWritten::deserialize(deserializer).map(Some)
}

/// A value or a list of them, as texts: JSON's `true` and `7` are `"true"` and `"7"`.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct WordsWritten(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for WordsWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = WordsWritten;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text, a whole number, true, false, null, or a list of them")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<WordsWritten, E> {
        Ok(WordsWritten(vec![text.to_owned()]))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<WordsWritten, E> {
        Ok(WordsWritten(vec![number.to_string()]))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<WordsWritten, E> {
        Ok(WordsWritten(vec![number.to_string()]))
    }

    fn visit_bool<E: serde::de::Error>(self, is: bool) -> Result<WordsWritten, E> {
        Ok(WordsWritten(vec![is.to_string()]))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<WordsWritten, E> {
        Ok(WordsWritten(vec!["null".to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<WordsWritten, A::Error> {
        let lists: Vec<WordsWritten> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(WordsWritten(lists.into_iter().flat_map(|WordsWritten(words)| words).collect()))
    }
}

impl JsonSchema for WordsWritten {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let word = json_schema!({ "type": ["string", "integer", "boolean", "null"] });
        json_schema!({
            "description": "A value or a list of them.",
            "anyOf": [word, { "type": "array", "items": word }],
        })
    }
}

/// What is an end by the source's own rules: a status, `null_records`, `no_next` or `repeat`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndWritten(pub(crate) EndSign);

const NULL_RECORDS: &str = "null_records";
const NO_NEXT: &str = "no_next";
const REPEAT: &str = "repeat";

impl<'de> Deserialize<'de> for EndWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EndVisitor)
    }
}

struct EndVisitor;

impl Visitor<'_> for EndVisitor {
    type Value = EndWritten;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a status such as 404, `{NULL_RECORDS}`, `{NO_NEXT}` or `{REPEAT}`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<EndWritten, E> {
        match text {
            NULL_RECORDS => Ok(EndWritten(EndSign::NullRecords)),
            NO_NEXT => Ok(EndWritten(EndSign::AbsentNext)),
            REPEAT => Ok(EndWritten(EndSign::Repeat)),
            _ => Err(E::unknown_variant(text, &[NULL_RECORDS, NO_NEXT, REPEAT])),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<EndWritten, E> {
        let status = u16::try_from(number).ok().filter(|status| (100..=599).contains(status));
        let status = status.ok_or_else(|| E::custom("a status is a number from 100 to 599"))?;
        Ok(EndWritten(EndSign::Status(status)))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<EndWritten, E> {
        self.visit_u64(number.unsigned_abs())
    }
}

impl Serialize for EndWritten {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            EndSign::NullRecords => serializer.serialize_str(NULL_RECORDS),
            EndSign::AbsentNext => serializer.serialize_str(NO_NEXT),
            EndSign::Repeat => serializer.serialize_str(REPEAT),
            EndSign::Status(status) => serializer.serialize_u16(status),
        }
    }
}

impl JsonSchema for EndWritten {
    fn schema_name() -> Cow<'static, str> {
        "End".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An end by the source's own rules: the status of the answer behind the last page, null where the records should be, the member with the way to the next page left out, or a way on or page that came before.",
            "anyOf": [{ "type": "integer", "minimum": 400, "maximum": 499 }, { "enum": [NULL_RECORDS, NO_NEXT, REPEAT] }],
        })
    }
}
