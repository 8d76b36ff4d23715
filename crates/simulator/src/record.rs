use std::sync::Arc;

use bytes::Bytes;

/// One record as it is served, with what the server itself knows of it. The text may lie about all of that.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The JSON text, byte for byte.
    pub(crate) text: Bytes,
    /// The record's ID; a made-up one where the text has none.
    pub(crate) key: Arc<str>,
    /// The conversation it belongs to.
    pub(crate) conversation: Arc<str>,
    /// What it is sorted and windowed by, in Unix seconds.
    pub(crate) at: f64,
    /// Decides between records of the same instant; unique within its stream.
    pub(crate) number: u64,
}

impl Record {
    /// Where the record stands among all of its stream, oldest first.
    pub(crate) fn place(&self) -> Place {
        Place { at: self.at, number: self.number }
    }
}

/// A position in a stream that stays where it is when records are added around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) at: f64,
    pub(crate) number: u64,
}

impl Place {
    pub(crate) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        self.at.total_cmp(&other.at).then(self.number.cmp(&other.number))
    }
}
