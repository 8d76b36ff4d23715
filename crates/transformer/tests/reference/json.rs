//! JSON as a tree that keeps each value's own text, the order of members, and members that stand twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value and its text.
#[derive(Debug, Clone)]
pub(crate) struct Json<'a> {
    /// The value as it is written, without white space around it.
    pub(crate) text: &'a str,
    pub(crate) kind: Kind<'a>,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind<'a> {
    Null,
    Bool(bool),
    Number,
    Text(String),
    Array(Vec<Json<'a>>),
    Object(Vec<(String, Json<'a>)>),
    /// Nested so deep that nobody looks inside.
    Deep,
}

/// Deeper than any schema looks and any record may be.
const OPENED: usize = 300;

impl<'a> Json<'a> {
    /// `None` where the text is no JSON.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str::<&RawValue>(text).ok().map(|raw| Self::open(raw, 0))
    }

    fn open(raw: &'a RawValue, depth: usize) -> Self {
        let text = raw.get();
        let kind = match text.as_bytes()[0] {
            b'n' => Kind::Null,
            b't' => Kind::Bool(true),
            b'f' => Kind::Bool(false),
            b'"' => Kind::Text(serde_json::from_str(text).unwrap()),
            b'[' | b'{' if depth > OPENED => Kind::Deep,
            b'[' => {
                let elements: Vec<&RawValue> = serde_json::from_str(text).unwrap();
                Kind::Array(elements.into_iter().map(|element| Self::open(element, depth + 1)).collect())
            }
            b'{' => {
                let Members(members) = serde_json::from_str(text).unwrap();
                let open = |(key, value)| (key, Self::open(value, depth + 1));
                Kind::Object(members.into_iter().map(open).collect())
            }
            _ => Kind::Number,
        };
        Self { text, kind }
    }

    /// The kind's name, as in reports.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.text.as_bytes()[0] {
            b'n' => "null",
            b't' | b'f' => "bool",
            b'"' => "string",
            b'[' => "array",
            b'{' => "object",
            _ => "number",
        }
    }

    pub(crate) fn string(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn elements(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::Array(elements) => Some(elements),
            _ => None,
        }
    }

    pub(crate) fn members(&self) -> Option<&[(String, Self)]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements of an array, or the members of an object with their keys.
    pub(crate) fn parts(&self) -> Option<Vec<(Option<&str>, &Self)>> {
        match &self.kind {
            Kind::Array(elements) => Some(elements.iter().map(|element| (None, element)).collect()),
            Kind::Object(members) => {
                Some(members.iter().map(|(key, value)| (Some(key.as_str()), value)).collect())
            }
            _ => None,
        }
    }

    /// The member under `key`; of several, the last.
    pub(crate) fn member(&self, key: &str) -> Option<&Self> {
        self.members()?.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// What stands at a path of keys.
    pub(crate) fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.member(key))
    }

    /// All values at a path of keys, in their order: of members that stand twice, each.
    pub(crate) fn everything_at(&self, path: &[String]) -> Vec<&Self> {
        let Some((key, rest)) = path.split_first() else { return vec![self] };
        let members = self.members().unwrap_or_default().iter().filter(|(name, _)| name == key);
        members.flat_map(|(_, value)| value.everything_at(rest)).collect()
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// How many objects and arrays stand in one another; 0 for a scalar.
    pub(crate) fn depth(&self) -> usize {
        let (mut deepest, mut open, mut in_string, mut escaped) = (0, 0_usize, false, false);
        for byte in self.text.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = !in_string,
                b'[' | b'{' if !in_string => open += 1,
                b']' | b'}' if !in_string => open -= 1,
                _ => {}
            }
            deepest = deepest.max(open);
        }
        deepest
    }
}

/// An object's members in their order, also those that stand twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry::<String, &RawValue>()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
