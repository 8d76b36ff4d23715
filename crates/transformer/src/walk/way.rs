//! The way through a page to its records: steps, and what holds a record.

use crate::json::{self, Failed, Reader, pointer};

/// A step of the way from the page to a record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// The member under this key, which has its quotes.
    Key(&'a str),
    /// The element at this index.
    Index(u32),
}

/// The JSON Pointer of a way.
pub(super) fn pointer(way: &[Step<'_>]) -> String {
    let step = |step: &Step<'_>| match step {
        Step::Key(key) => pointer::of_keys(&[json::unescape(json::unquoted(key)).into_owned()]),
        Step::Index(index) => format!("/{index}"),
    };
    way.iter().map(step).collect()
}

/// What a value stands in, and so what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// An array: a comma or its bracket.
    Array,
    /// An object: a comma or its bracket.
    Object,
    /// A place for one value: its own last bracket.
    Place,
}

impl Holder {
    /// Enters an object or array that was peeked at; true if there is something in it.
    #[inline]
    pub(super) fn enter(self, reader: &mut Reader<'_>) -> bool {
        match self {
            Self::Array => reader.enter_array(),
            Self::Object => reader.enter_object(),
            Self::Place => true,
        }
    }

    /// The key of the next member, with its quotes; none in an array.
    #[inline]
    pub(super) fn key<'a>(self, reader: &mut Reader<'a>) -> Result<Option<&'a str>, Failed> {
        match self {
            Self::Object => reader.quoted_key().map(Some),
            Self::Array | Self::Place => Ok(None),
        }
    }

    /// After a value: true if another follows.
    #[inline]
    pub(super) fn next(self, reader: &mut Reader<'_>) -> Result<bool, Failed> {
        match self {
            Self::Array => reader.next_element(),
            Self::Object => reader.next_member(),
            Self::Place => Ok(false),
        }
    }

    /// The bracket that ends it; none for a place.
    pub(super) fn close(self) -> Option<u8> {
        match self {
            Self::Array => Some(b']'),
            Self::Object => Some(b'}'),
            Self::Place => None,
        }
    }
}
