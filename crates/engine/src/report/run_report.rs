//! What a run did, made once at its end.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::report::drift_report::{FieldReport, TypeReport, WordReport};
use crate::report::exit::ExitRules;
use crate::report::stream_report::{Compared, EndedStream, StreamReport};
use crate::state::record_shape::Difference;
use crate::{Outcome, RunId};

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
    /// Numbers and booleans that stand in a string column as they are written; in a key, `12` and `"12"` are one row.
    pub as_text: Vec<FieldReport>,
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

/// All that a run's report is made of.
pub(crate) struct EndedRun {
    pub(crate) run: RunId,
    pub(crate) command: &'static str,
    pub(crate) pipeline: String,
    pub(crate) lake: String,
    pub(crate) started_at: Timestamp,
    pub(crate) seconds: f64,
    pub(crate) rules: ExitRules,
    pub(crate) streams: Vec<(EndedStream, Compared)>,
    /// How records differ from those of earlier runs, by stream.
    pub(crate) differences: Vec<(String, Difference)>,
    pub(crate) tables: BTreeMap<String, convolake_loader::TableReport>,
    pub(crate) commit: Option<u64>,
}

impl RunReport {
    /// The format of the report.
    pub const VERSION: u32 = 1;

    /// The report of a run that is over.
    pub(crate) fn new(ended: EndedRun) -> Self {
        let EndedRun {
            run,
            command,
            pipeline,
            lake,
            started_at,
            seconds,
            rules,
            streams,
            differences,
            tables,
            commit,
        } = ended;
        let mut counts: Vec<_> = streams
            .iter()
            .map(|(ended, _)| ((ended.stream.as_str(), &ended.params), &ended.counts))
            .collect();
        counts.sort_by_key(|(stream, _)| *stream);
        let counts = || counts.iter().map(|((stream, _), counts)| (*stream, *counts));
        let differences = || differences.iter().map(|(stream, difference)| (stream.as_str(), difference));
        let new_fields =
            counts().flat_map(|(stream, counts)| FieldReport::new_fields(stream, counts)).collect();
        let mismatches =
            counts().flat_map(|(stream, counts)| FieldReport::mismatches(stream, counts)).collect();
        let as_text = counts().flat_map(|(stream, counts)| FieldReport::as_text(stream, counts)).collect();
        let unknown_words =
            counts().flat_map(|(stream, counts)| WordReport::unknown_words(stream, counts)).collect();
        let replaced_characters =
            counts().map(|(_, counts)| u64::from(counts.drift.replaced_characters)).sum();
        let vanished_fields =
            differences().flat_map(|(stream, of)| FieldReport::vanished(stream, of)).collect();
        let changed_types = differences().flat_map(|(stream, of)| TypeReport::changed(stream, of)).collect();
        let streams: Vec<StreamReport> =
            streams.into_iter().map(|(ended, compared)| StreamReport::new(ended, compared, &rules)).collect();
        let outcome = streams.iter().map(|stream| stream.outcome).max().unwrap_or(Outcome::Done);
        Self {
            version: Self::VERSION,
            run: run.to_string(),
            command,
            pipeline,
            lake,
            outcome,
            exit_code: outcome.exit_code(),
            started_at,
            seconds,
            streams,
            tables: tables.into_iter().map(|(name, table)| (name, table.into())).collect(),
            new_fields,
            mismatches,
            as_text,
            vanished_fields,
            changed_types,
            unknown_words,
            replaced_characters,
            commit,
        }
    }
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

impl From<convolake_loader::TableReport> for TableReport {
    fn from(table: convolake_loader::TableReport) -> Self {
        let convolake_loader::TableReport {
            rows_added,
            rows_changed,
            rows_removed,
            files_written,
            bytes_written,
        } = table;
        Self { rows_added, rows_changed, rows_removed, files_written, bytes_written }
    }
}
