//! Keys as written.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// How requests are authorised: one key, or a list of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Auth")]
pub(crate) enum AuthWritten {
    /// One key.
    One(AuthPartWritten),
    /// Several, each in a place of its own.
    Several(Vec<AuthPartWritten>),
}

/// A key, and where requests carry it: in `header`, in `query` or as `basic`, which is one of the three.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ header: x-api-key, env: MY_KEY }`")]
#[schemars(rename = "AuthPart")]
pub(crate) struct AuthPartWritten {
    /// The header that carries the key.
    pub(crate) header: Option<String>,
    /// What stands before the key in the header, as in `Bearer `.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) prefix: String,
    /// The query parameter that carries the key. The key stands in no URL that is shown or kept.
    pub(crate) query: Option<String>,
    /// HTTP basic authentication.
    pub(crate) basic: Option<BasicWritten>,
    /// The environment variable that holds the key; with `_FILE` behind it, the one that names a file with it.
    pub(crate) env: Option<String>,
    /// Where a user finds the key.
    pub(crate) hint: Option<String>,
}

/// User and password of HTTP basic authentication, each by the name of its environment variable.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a block such as `{ user_env: MY_USER, password_env: MY_PASSWORD }`"
)]
#[schemars(rename = "BasicAuth")]
pub(crate) struct BasicWritten {
    /// The environment variable that holds the user, or the key that stands for one; with `_FILE` behind it, the one that names
    /// a file with it.
    pub(crate) user_env: String,
    /// The environment variable that holds the password, likewise; left out, the password is empty.
    pub(crate) password_env: Option<String>,
}

impl<'de> Deserialize<'de> for AuthWritten {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AuthVisitor)
    }
}

struct AuthVisitor;

impl<'de> Visitor<'de> for AuthVisitor {
    type Value = AuthWritten;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a block such as `{ header: x-api-key, env: MY_KEY }`, or a list of such blocks")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AuthWritten, A::Error> {
        AuthPartWritten::deserialize(MapAccessDeserializer::new(map)).map(AuthWritten::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<AuthWritten, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(AuthWritten::Several)
    }
}
