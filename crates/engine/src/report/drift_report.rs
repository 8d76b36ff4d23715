//! Differences between the records of a run and what its pipeline and earlier runs know, as a report tells them.

use serde::Serialize;

use crate::ingest::tally::Counts;
use crate::state::record_shape::Difference;

/// A field or column, how often, and where first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldReport {
    /// The stream.
    pub stream: String,
    /// The field's pointer from the record, or `table.column`.
    pub field: String,
    /// How often.
    pub count: u64,
    /// The first place.
    pub first: String,
}

/// A field with values of a type it had not before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypeReport {
    /// The stream.
    pub stream: String,
    /// The field's pointer from the record.
    pub field: String,
    /// True where this run is the first that met the field: it has values of several types.
    pub is_first: bool,
    /// The JSON types it had; in the first run, that of most of its values.
    pub before: Vec<String>,
    /// The one it has.
    pub now: String,
    /// How often.
    pub count: u64,
    /// The first place.
    pub first: String,
}

/// A word a column is not known to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordReport {
    /// The stream.
    pub stream: String,
    /// The column, as `table.column`.
    pub field: String,
    /// The word, or its beginning.
    pub word: String,
    /// How often.
    pub count: u64,
    /// The first place.
    pub first: String,
}

impl FieldReport {
    /// Fields of a stream that no column takes.
    pub(crate) fn new_fields(stream: &str, counts: &Counts) -> impl Iterator<Item = Self> {
        counts.drift.new_fields.iter().map(move |(field, met)| Self {
            stream: stream.to_owned(),
            field: field.clone(),
            count: met.count,
            first: met.first.to_string(),
        })
    }

    /// Fields beside a stream's records that nothing takes.
    pub(crate) fn beside(stream: &str, counts: &Counts) -> impl Iterator<Item = Self> {
        counts.drift.beside.iter().map(move |(field, met)| Self {
            stream: stream.to_owned(),
            field: field.clone(),
            count: met.count,
            first: met.first.to_string(),
        })
    }

    /// Values of a stream whose key stands once more in the same object.
    pub(crate) fn doubled_keys(stream: &str, counts: &Counts) -> impl Iterator<Item = Self> {
        counts.drift.doubled_keys.iter().map(move |(field, met)| Self {
            stream: stream.to_owned(),
            field: field.clone(),
            count: met.count,
            first: met.first.to_string(),
        })
    }

    /// Values of a stream that do not fit their column.
    pub(crate) fn mismatches(stream: &str, counts: &Counts) -> impl Iterator<Item = Self> {
        counts.drift.mismatches.iter().map(move |((table, column), met)| Self {
            stream: stream.to_owned(),
            field: format!("{table}.{column}"),
            count: met.count,
            first: met.first.to_string(),
        })
    }

    /// Numbers and booleans of a stream that stand in a string column.
    pub(crate) fn as_text(stream: &str, counts: &Counts) -> impl Iterator<Item = Self> {
        counts.drift.as_text.iter().map(move |((table, column), met)| Self {
            stream: stream.to_owned(),
            field: format!("{table}.{column}"),
            count: met.count,
            first: met.first.to_string(),
        })
    }

    /// Fields of a stream that were usual and are in no record.
    pub(crate) fn vanished(stream: &str, difference: &Difference) -> impl Iterator<Item = Self> {
        difference.vanished.iter().map(move |vanished| Self {
            stream: stream.to_owned(),
            field: vanished.pointer.clone(),
            count: vanished.n_records,
            first: "in no record of this run".to_owned(),
        })
    }
}

impl TypeReport {
    /// Fields of a stream with values of a type they had not before.
    pub(crate) fn changed(stream: &str, difference: &Difference) -> impl Iterator<Item = Self> {
        difference.changed.iter().map(move |changed| Self {
            stream: stream.to_owned(),
            field: changed.pointer.clone(),
            is_first: changed.is_first,
            before: changed.before.clone(),
            now: changed.now.to_owned(),
            count: changed.count,
            first: changed.first.clone(),
        })
    }
}

impl WordReport {
    /// Words of a stream that their column is not known to hold.
    pub(crate) fn unknown_words(stream: &str, counts: &Counts) -> impl Iterator<Item = Self> {
        counts.drift.unknown_words.iter().map(move |((table, column, word), met)| Self {
            stream: stream.to_owned(),
            field: format!("{table}.{column}"),
            word: word.clone(),
            count: met.count,
            first: met.first.to_string(),
        })
    }
}
