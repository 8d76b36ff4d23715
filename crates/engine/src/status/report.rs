//! The report of `status`.

use std::collections::BTreeMap;

use convolake_model::{ParamSet, PartitionBy};
use jiff::Timestamp;
use serde::Serialize;

use crate::Outcome;

/// What a lake holds and how its runs went: `status --output json`.
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// The format of this report.
    pub version: u32,
    /// Where the lake is.
    pub lake: String,
    /// When it was looked at.
    pub at: Timestamp,
    /// The worst of what is wrong: something does not read, the last run of a stream failed, or a stream is late.
    pub outcome: Outcome,
    /// The process's exit code.
    pub exit_code: u8,
    /// The pipelines that have written to it.
    pub pipelines: Vec<PipelineStatus>,
}

impl StatusReport {
    /// The format of the report.
    pub const VERSION: u32 = 1;
}

/// One pipeline of a lake.
#[derive(Debug, Clone, Serialize)]
pub struct PipelineStatus {
    /// The pipeline.
    pub pipeline: String,
    /// Who holds the lease now; `None` where nobody does.
    pub lease: Option<LeaseStatus>,
    /// A run that has stopped without giving the lease back, as one that was killed; the next run takes it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedRun>,
    /// The newest commit; `None` before the first.
    pub commit: Option<CommitStatus>,
    /// Its streams, one for each set of params.
    pub streams: Vec<StreamStatus>,
    /// Slices that are not through: of a run under way, of one that was killed, or of one that ended with work left.
    pub in_flight: Vec<InFlight>,
    /// How much it has in each table.
    pub tables: BTreeMap<String, TableStatus>,
    /// Records in quarantine, of all streams and of page files.
    pub quarantined: u64,
    /// The newest runs that ended, newest first.
    pub runs: Vec<RunSummary>,
    /// Its Delta tables, as the newest run that ended has left them; `None` where it was asked for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<DeltaStatus>,
    /// What of it does not read, and is left out above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

/// Delta tables, as a run has left them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeltaStatus {
    /// The newest version of each table.
    pub versions: BTreeMap<String, u64>,
    /// Why they are not at the run's commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Who holds a lease.
#[derive(Debug, Clone, Serialize)]
pub struct LeaseStatus {
    /// The run; `None` where it has only just begun.
    pub run: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// For how long.
    pub seconds: Option<f64>,
}

/// A run that has stopped without giving its lease back.
#[derive(Debug, Clone, Serialize)]
pub struct StoppedRun {
    /// The run.
    pub run: String,
    /// Its process.
    pub pid: u32,
    /// When it took the lease.
    pub since: Timestamp,
    /// When it last renewed it, by the store's clock.
    pub renewed_at: Timestamp,
}

/// A commit.
#[derive(Debug, Clone, Serialize)]
pub struct CommitStatus {
    /// Its number.
    pub seq: u64,
    /// The run that made it.
    pub run: String,
    /// When.
    pub created_at: Timestamp,
    /// How long ago.
    pub age_seconds: f64,
}

/// One stream with one set of params.
#[derive(Debug, Clone, Serialize)]
pub struct StreamStatus {
    /// The stream.
    pub stream: String,
    /// Its params.
    pub params: ParamSet,
    /// Up to which instant it is complete; `None` before it came through once.
    pub watermark: Option<Timestamp>,
    /// How long ago that is.
    pub watermark_age_seconds: Option<f64>,
    /// True where that is longer than was asked for, or there is no watermark.
    pub is_late: bool,
    /// The instant of its newest row, by the columns that date the rows; `None` where it has none.
    pub newest_row: Option<Timestamp>,
    /// How long ago that is.
    pub newest_row_age_seconds: Option<f64>,
    /// When all of it was last walked, for streams where that is done now and then.
    pub last_full_walk: Option<Timestamp>,
    /// Its rows by table; `None` where the tables it feeds are not known here (its pipeline is not built in, and was not given).
    pub rows: Option<BTreeMap<String, u64>>,
    /// How many of its slices are in flight.
    pub slices_in_flight: u64,
    /// What the source declares against what the lake holds, as the newest run that compared them says.
    pub completeness: Option<serde_json::Value>,
    /// Its records in quarantine.
    pub quarantined: u64,
    /// Ids that were asked for and never answered.
    pub unanswered: u64,
    /// Ids that the lake holds in an older version than their list shows.
    pub stale: u64,
    /// How its last run ended, among the runs looked at.
    pub last_run: Option<StreamRun>,
}

/// How a run ended for one stream.
#[derive(Debug, Clone, Serialize)]
pub struct StreamRun {
    /// The run.
    pub run: String,
    /// How it ended, as the run report has it.
    pub outcome: String,
    /// Why it stopped before its end.
    pub error: Option<String>,
    /// Requests made.
    pub requests: u64,
    /// Records on the pages.
    pub records: u64,
}

/// A slice with landed pages that is not through.
#[derive(Debug, Clone, Serialize)]
pub struct InFlight {
    /// The stream.
    pub stream: String,
    /// The slice's name.
    pub slice: String,
    /// The newest run that landed pages of it.
    pub run: String,
    /// True where that run still goes on; else the next one takes it up.
    pub is_live: bool,
    /// How many pages.
    pub pages: u64,
}

/// How much of a pipeline stands in a table.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TableStatus {
    /// Its rows.
    pub rows: u64,
    /// The size of its files.
    pub bytes: u64,
    /// Their number.
    pub files: u64,
    /// How it is cut into partitions; `None` before the first commit.
    pub partition_by: Option<PartitionBy>,
    /// How a replay would cut it, where that is otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_cuts_by: Option<PartitionBy>,
}

/// A run that ended.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run: String,
    /// What was run: `run`, `backfill`, `flatten`, `replay`.
    pub command: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// How long it took.
    pub seconds: f64,
    /// How it ended, as the run report has it.
    pub outcome: String,
    /// The process's exit code.
    pub exit_code: u64,
    /// Requests made, of all streams.
    pub requests: u64,
    /// The size of the pages in bytes, undone from their encoding.
    pub bytes: u64,
    /// Records on the pages.
    pub records: u64,
    /// Of those, quarantined.
    pub quarantined: u64,
    /// Rows added, changed and removed.
    pub rows_changed: u64,
    /// Why streams stopped before their end.
    pub errors: Vec<String>,
}
