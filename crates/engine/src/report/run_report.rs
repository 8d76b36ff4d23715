//! What a run did, made once at its end.

use std::collections::BTreeMap;

use convolake_loader::{CommittedFile, TableTold};
use jiff::Timestamp;
use serde::Serialize;

use crate::reads::rows_kept::RowsKept;
use crate::report::after_run_report::AfterRunReport;
use crate::report::delta_report::DeltaReport;
use crate::report::drift_report::{FieldReport, TypeReport, WordReport};
use crate::report::exit::ExitRules;
use crate::report::files_moved::FilesMoved;
use crate::report::new_columns::NewColumns;
use crate::report::stream_report::{Compared, EndedStream, StreamReport};
use crate::report::table_report::TableReport;
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
    /// Fields beside the records that no column takes and nothing else reads, by stream and pointer from the page. They stand in
    /// no row.
    pub envelope_fields: Vec<FieldReport>,
    /// Columns and rows that nothing was found for where they look: `table.column`, or the place of a table's rows.
    pub silent_places: Vec<FieldReport>,
    /// Values that do not fit their column; they stand in `extra`.
    pub mismatches: Vec<FieldReport>,
    /// Values that gave way to another of the same key in the same object: JSON has a key once.
    pub doubled_keys: Vec<FieldReport>,
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
    /// The first page with such; `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_replaced: Option<String>,
    /// The files that were flattened, in the order in which they count: of a record that several hold, the last one's is kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Rows that a replay kept, since no landed page gives them; `None` where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_kept: Option<RowsKept>,
    /// Table files that were brought into another tree first, since the pipeline publishes another; `None` where none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_moved: Option<FilesMoved>,
    /// The number of the commit, where one was made.
    pub commit: Option<u64>,
    /// What came of the checks of the tables; `None` where the pipeline does not ask for them after a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<AfterRunReport>,
    /// What became of the Delta tables; `None` where the pipeline does not ask for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<DeltaReport>,
    /// What became of the derived tables; `None` where the pipeline asks for none after a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marts: Option<AfterRunReport>,
}

/// What single commands tell in their report.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) files: Vec<String>,
    pub(crate) rows_kept: Option<RowsKept>,
    pub(crate) files_moved: Option<FilesMoved>,
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
    /// Columns and tables that nothing was found for.
    pub(crate) silent: Vec<FieldReport>,
    pub(crate) tables: BTreeMap<String, convolake_loader::TableReport>,
    pub(crate) tables_told: BTreeMap<String, TableTold>,
    pub(crate) told: Told,
    pub(crate) commit: Option<u64>,
    /// The files that the commit of the rows changed.
    pub(crate) changed: Vec<CommittedFile>,
    /// The columns it has grown tables by.
    pub(crate) new_columns: BTreeMap<String, NewColumns>,
    pub(crate) checks: Option<AfterRunReport>,
    pub(crate) delta: Option<DeltaReport>,
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
            silent,
            tables,
            mut tables_told,
            told: Told { files, rows_kept, files_moved },
            commit,
            changed,
            mut new_columns,
            checks,
            delta,
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
        let envelope_fields =
            counts().flat_map(|(stream, counts)| FieldReport::beside(stream, counts)).collect();
        let mismatches =
            counts().flat_map(|(stream, counts)| FieldReport::mismatches(stream, counts)).collect();
        let doubled_keys =
            counts().flat_map(|(stream, counts)| FieldReport::doubled_keys(stream, counts)).collect();
        let as_text = counts().flat_map(|(stream, counts)| FieldReport::as_text(stream, counts)).collect();
        let unknown_words =
            counts().flat_map(|(stream, counts)| WordReport::unknown_words(stream, counts)).collect();
        let replaced_characters =
            counts().map(|(_, counts)| u64::from(counts.drift.replaced_characters)).sum();
        let first_replaced = counts().find_map(|(_, counts)| counts.drift.first_replaced.as_ref());
        let first_replaced = first_replaced.map(|place| place.page_name().to_owned());
        let vanished_fields =
            differences().flat_map(|(stream, of)| FieldReport::vanished(stream, of)).collect();
        let changed_types = differences().flat_map(|(stream, of)| TypeReport::changed(stream, of)).collect();
        let streams: Vec<StreamReport> =
            streams.into_iter().map(|(ended, compared)| StreamReport::new(ended, compared, &rules)).collect();
        let of_streams = streams.iter().map(|stream| stream.outcome);
        let outcomes = of_streams.chain(checks.as_ref().map(|checks| checks.outcome));
        let outcomes = outcomes.chain(delta.as_ref().map(|delta| delta.outcome));
        let outcome = outcomes.max().unwrap_or(Outcome::Done);
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
            tables: tables
                .into_iter()
                .map(|(name, table)| {
                    let told = tables_told.remove(&name).unwrap_or_default();
                    let partitions = partitions(&changed, &name);
                    let new_columns = new_columns.remove(&name);
                    (name, TableReport { partitions, new_columns, ..TableReport::new(table, told) })
                })
                .collect(),
            new_fields,
            envelope_fields,
            silent_places: silent,
            mismatches,
            doubled_keys,
            as_text,
            vanished_fields,
            changed_types,
            unknown_words,
            replaced_characters,
            first_replaced,
            files,
            rows_kept,
            files_moved,
            commit,
            checks,
            delta,
            marts: None,
        }
    }
    /// Adds what became of the derived tables.
    pub(crate) fn add_marts(&mut self, marts: AfterRunReport) {
        self.outcome = self.outcome.max(marts.outcome);
        self.exit_code = self.outcome.exit_code();
        self.marts = Some(marts);
    }
}

/// The folders of the files of a table, within the table's.
fn partitions(files: &[CommittedFile], table: &str) -> Vec<String> {
    let mut folders: Vec<String> = files.iter().filter_map(|file| file.partition_of(table)).collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}
