//! What a run did, made once at its end.

use std::collections::BTreeMap;

use convolake_loader::{CommittedFile, GaveWay, Shrunk, TableTold, WentBack};
use jiff::Timestamp;
use serde::Serialize;

use crate::reads::rows_kept::RowsKept;
use crate::report::delta_report::DeltaReport;
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
    /// Fields beside the records that no column takes and nothing else reads, by stream and pointer from the page. They stand in
    /// no row.
    pub envelope_fields: Vec<FieldReport>,
    /// Columns and rows that nothing was found for where they look: `table.column`, or the place of a table's rows.
    pub silent_places: Vec<FieldReport>,
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
    /// The files that were flattened, in the order in which they count: of a record that several hold, the last one's is kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Rows that a replay kept, since no landed page gives them; `None` where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_kept: Option<RowsKept>,
    /// The number of the commit, where one was made.
    pub commit: Option<u64>,
    /// What came of the checks of the tables; `None` where the pipeline does not ask for them after a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<ChecksReport>,
    /// What became of the Delta tables; `None` where the pipeline does not ask for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<DeltaReport>,
    /// What became of the derived tables that the pipeline asks for, as `convolake mart --output json` tells it. They are built after the
    /// run, whose report in the lake is written by then and has no such member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marts: Option<serde_json::Value>,
}

/// What came of the checks of the tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChecksReport {
    /// How they ended: `short` where one of severity error fails, `failed` where they could not be carried out.
    pub outcome: Outcome,
    /// Each check with what came of it, as `convolake checks --output json` gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<serde_json::Value>,
    /// Why they could not be carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What single commands tell in their report.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) files: Vec<String>,
    pub(crate) rows_kept: Option<RowsKept>,
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
    pub(crate) checks: Option<ChecksReport>,
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
            told: Told { files, rows_kept },
            commit,
            changed,
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
                    (name, TableReport { partitions, ..TableReport::new(table, told) })
                })
                .collect(),
            new_fields,
            envelope_fields,
            silent_places: silent,
            mismatches,
            as_text,
            vanished_fields,
            changed_types,
            unknown_words,
            replaced_characters,
            files,
            rows_kept,
            commit,
            checks,
            delta,
            marts: None,
        }
    }
}

/// The folders of the files of a table, within the table's.
fn partitions(files: &[CommittedFile], table: &str) -> Vec<String> {
    let folder = |file: &CommittedFile| {
        let (folder, _) = file.path.strip_prefix(table)?.strip_prefix('/')?.rsplit_once('/')?;
        Some(folder.to_owned())
    };
    let mut folders: Vec<String> = files.iter().filter_map(folder).collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// What a run did to one table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
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
    /// The partitions that the commit changed, by their folders within the table's, as in `source=agentx/month=2025-04`, sorted: what a load
    /// into a warehouse copies anew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<String>,
    /// Rows that gave way to another of the same load: the source gave several of one key, or of one record, at once, and the
    /// table holds one. `None` where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gave_way: Option<GaveWayReport>,
    /// Parents that came back with fewer rows than they themselves declare: the rows they had were kept. `None` where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shrunk: Option<ShrunkReport>,
    /// Parents that came back whole, as far as they say, with fewer rows than they had: the others were taken out. `None` where
    /// none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduced: Option<ShrunkReport>,
    /// Rows that took the place of one that the source changed later, by what it says itself. `None` where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub went_back: Option<WentBackReport>,
}

/// Rows that took the place of one that the source changed later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WentBackReport {
    /// How many.
    pub rows: u64,
    /// The key of the first.
    pub key: String,
    /// The page it stands on.
    pub page: String,
    /// What that means, for who has never met it.
    pub why: &'static str,
}

impl WentBackReport {
    const WHY: &'static str = "what was fetched, or given, last counts, and the source says that it had changed what it replaces later: \
                               a cache may have answered, or an older file came behind a newer one";
}

/// Rows that gave way to another of the same load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GaveWayReport {
    /// How many.
    pub rows: u64,
    /// The key of the first.
    pub key: String,
    /// The page it stands on.
    pub page: String,
    /// The page of what it gave way to.
    pub to_page: String,
    /// The columns in which the two differ; empty where what it gave way to has no such row.
    pub columns: Vec<String>,
    /// What that means, for who has never met it.
    pub why: &'static str,
}

impl GaveWayReport {
    const WHY: &'static str = "rows of the same key, or records of one parent, came in one load with different content, and a table \
                               holds one of them: the last; if each of them counts, the key is too narrow";
}

/// Parents that came back with fewer rows than they had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShrunkReport {
    /// How many.
    pub parents: u64,
    /// The rows they had and did not bring.
    pub rows: u64,
    /// The first of them.
    pub first: String,
    /// The page it came back on.
    pub page: String,
}

impl TableReport {
    fn new(table: convolake_loader::TableReport, told: TableTold) -> Self {
        let convolake_loader::TableReport {
            rows_added,
            rows_changed,
            rows_removed,
            files_written,
            bytes_written,
        } = table;
        let TableTold { gave_way, shrunk, reduced, went_back } = told;
        let gave_way = gave_way.map(|GaveWay { rows, key, page, to_page, columns }| GaveWayReport {
            rows,
            key,
            page,
            to_page,
            columns,
            why: GaveWayReport::WHY,
        });
        let of_parents = |Shrunk { parents, rows, first, page }| ShrunkReport { parents, rows, first, page };
        Self {
            rows_added,
            rows_changed,
            rows_removed,
            files_written,
            bytes_written,
            partitions: Vec::new(),
            gave_way,
            shrunk: shrunk.map(of_parents),
            reduced: reduced.map(of_parents),
            went_back: went_back.map(|WentBack { rows, key, page }| WentBackReport {
                rows,
                key,
                page,
                why: WentBackReport::WHY,
            }),
        }
    }
}
