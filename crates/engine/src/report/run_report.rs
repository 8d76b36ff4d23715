use std::collections::{BTreeMap, BTreeSet};

use convolake_model::ParamSet;
use jiff::Timestamp;
use serde::Serialize;

use crate::Outcome;
use crate::completeness::shorts::FoundShort;

/// What a run did: `--output json`, and `_convolake/<pipeline>/runs/<run>.json`.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The format of this report.
    pub version: u32,
    /// The run.
    pub run: String,
    /// What was run: `run`, `flatten`, `replay`.
    pub command: &'static str,
    /// The pipeline.
    pub pipeline: String,
    /// Where the lake is.
    pub lake: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The process's exit code.
    pub exit_code: u8,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// The streams, one for each set of params.
    pub streams: Vec<StreamReport>,
    /// The tables that could have changed.
    pub tables: BTreeMap<String, TableReport>,
    /// Fields no column takes, by stream and pointer; they stand in `extra`.
    pub new_fields: Vec<FieldReport>,
    /// Values that do not fit their column; they stand in `extra`.
    pub mismatches: Vec<FieldReport>,
    /// Fields that were usual in earlier runs and stand in no record of this one.
    pub vanished_fields: Vec<FieldReport>,
    /// Fields whose values are of a type that they had not before (in a first run: that most of them have not).
    pub changed_types: Vec<TypeReport>,
    /// Words that are none of those a column is known to hold, such as a new type of message.
    pub unknown_words: Vec<WordReport>,
    /// Bytes and escapes that were no text and became U+FFFD.
    pub replaced_characters: u64,
    /// The number of the commit, where one was made.
    pub commit: Option<u64>,
}

impl RunReport {
    /// The format of the report.
    pub const VERSION: u32 = 1;
}

/// What a run did for one stream and one set of params.
#[derive(Debug, Clone, Serialize)]
pub struct StreamReport {
    /// The stream.
    pub stream: String,
    /// Its params.
    pub params: ParamSet,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it stopped before its end.
    pub error: Option<String>,
    /// Requests made, with those that were made again.
    pub requests: u64,
    /// Pages read.
    pub pages: u64,
    /// Pages an earlier run had landed but not merged; no request was made for them.
    pub pages_taken_up: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Records on them.
    pub records: u64,
    /// Of those, quarantined; without those that were quarantined earlier.
    pub quarantined: u64,
    /// Up to which instant the stream is complete.
    pub watermark: Option<Timestamp>,
    /// What the source declares against what the lake holds; `None` where it declares nothing, or was not asked.
    pub completeness: Option<Completeness>,
    /// Records of the lake that a walk of the whole source did not meet: they are gone there.
    pub gone: u64,
    /// Of those, taken out of the lake's tables; the others stay.
    pub removed: u64,
    /// Some of their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone_examples: Vec<String>,
    /// What was short after an earlier run, and asked for again by id; `None` where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_again: Option<FetchedAgain>,
    /// What stopped nothing and is worth a look.
    pub warnings: Vec<String>,
    /// Ids that were asked for and never answered, some of them.
    pub unanswered: Vec<String>,
}

impl StreamReport {
    /// Tells of something; of many, some: the kinds matter, and not each instance.
    pub(crate) fn warn(&mut self, warning: String) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(warning);
        }
    }
}

/// Warnings of one stream that are told.
const WARNINGS_MAX: usize = 20;

/// What was short and asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FetchedAgain {
    /// Ids that were asked for.
    pub asked: u64,
    /// Of those, the ones that have as many rows as declared now; `None` where that was not compared.
    pub complete: Option<u64>,
    /// The ids.
    #[serde(skip)]
    pub(crate) ids: BTreeSet<String>,
}

/// Declared counts against rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Completeness {
    /// Conversations with as many rows as declared.
    pub complete: u64,
    /// Conversations with fewer.
    pub short: u64,
    /// Conversations with more.
    pub over: u64,
    /// Some that are short.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub short_examples: Vec<Miscount>,
    /// Some that are over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over_examples: Vec<Miscount>,
    /// What is short, as far as it is remembered for the next run.
    #[serde(skip)]
    pub(crate) found: Vec<FoundShort>,
}

/// A record with another number of rows than it declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miscount {
    /// Its id.
    pub id: String,
    /// What the source declares; `None` where it did not answer for the id at all.
    pub declared: Option<i64>,
    /// What the lake holds.
    pub rows: i64,
}

/// What a run did to one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct TableReport {
    /// Rows that were not there.
    pub rows_added: u64,
    /// Rows whose content changed.
    pub rows_changed: u64,
    /// Rows that are gone.
    pub rows_removed: u64,
    /// Files written.
    pub files_written: u64,
    /// Their size.
    pub bytes_written: u64,
}

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
    /// The JSON types it had.
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
