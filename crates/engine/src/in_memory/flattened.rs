//! What pages gave: tables, and all that is told of them.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use indexmap::IndexMap;
use serde::Serialize;

use crate::ingest::tally::Counts;
use crate::{FieldReport, WordReport};

/// What pages of one stream gave.
#[derive(Debug, Clone)]
pub struct Flattened {
    /// The tables that the stream feeds by name, in the order of its schema; those without rows too.
    pub tables: IndexMap<String, FlatTable>,
    /// Pages that were looked at.
    pub pages: u64,
    /// Records on them, with the rejected ones.
    pub records: u64,
    /// Records that became no rows, and pages that could not be read, in the order of the pages.
    pub rejects: Vec<RejectedRecord>,
    /// How the pages differ from what the schema expects.
    pub drift: DriftReport,
    /// Ids of records that landed tombstones say are gone at the source.
    pub gone: Vec<String>,
}

/// A table's rows, in the order of their pages.
#[derive(Debug, Clone)]
pub struct FlatTable {
    /// The columns of the table but for its lineage, texts as UTF-8; exact in what may be null.
    pub schema: SchemaRef,
    /// The rows. None of the batches is empty.
    pub batches: Vec<RecordBatch>,
}

/// A record that became no row, or a page that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedRecord {
    /// The page, as `object#line`.
    pub page: String,
    /// The record's place on the page as a JSON Pointer; empty for a page.
    pub pointer: String,
    /// The kind of fault, a word.
    pub reason: String,
    /// What exactly.
    pub detail: String,
    /// The record as it stands on the page.
    pub record: String,
}

/// How pages differ from what a schema expects, by place, with counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DriftReport {
    /// Fields of records that no column takes; they stand in `extra`.
    pub new_fields: Vec<FieldReport>,
    /// Fields beside the records that nothing takes.
    pub beside: Vec<FieldReport>,
    /// Values that do not fit their column; they stand in `extra`.
    pub mismatches: Vec<FieldReport>,
    /// Values that gave way to another of the same key in the same object.
    pub doubled_keys: Vec<FieldReport>,
    /// Numbers and booleans that stand in a string column as they were written.
    pub as_text: Vec<FieldReport>,
    /// Words that their column is not known to hold.
    pub unknown_words: Vec<WordReport>,
    /// Characters that were no UTF-8, or half of a surrogate pair, and were replaced.
    pub replaced_characters: u64,
}

impl DriftReport {
    pub(super) fn of(stream: &str, counts: &Counts) -> Self {
        Self {
            new_fields: FieldReport::new_fields(stream, counts).collect(),
            beside: FieldReport::beside(stream, counts).collect(),
            mismatches: FieldReport::mismatches(stream, counts).collect(),
            doubled_keys: FieldReport::doubled_keys(stream, counts).collect(),
            as_text: FieldReport::as_text(stream, counts).collect(),
            unknown_words: WordReport::unknown_words(stream, counts).collect(),
            replaced_characters: counts.drift.replaced_characters.into(),
        }
    }
}
