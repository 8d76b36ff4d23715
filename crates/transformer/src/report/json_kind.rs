//! The kinds of JSON values that reports tell apart.

use crate::json::Kind;

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JsonKind {
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// `"..."`
    String,
    /// `1.5`
    Number,
    /// `true` and `false`
    Bool,
    /// `null`
    Null,
}

impl JsonKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Object, Self::Array, Self::String, Self::Number, Self::Bool, Self::Null];

    /// The kind's name, as in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Null => "null",
        }
    }

    /// The kind of a value whose text is this.
    pub(crate) fn of(raw: &str) -> Self {
        match raw.as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }

    /// [`JsonKind::of`] a value whose kind the reader knows.
    #[inline(always)]
    pub(crate) fn of_kind(kind: Kind, raw: &str) -> Self {
        match kind {
            Kind::Object => Self::Object,
            Kind::Array => Self::Array,
            Kind::String => Self::String,
            Kind::Number => Self::Number,
            Kind::Literal => Self::of(raw),
        }
    }
}
