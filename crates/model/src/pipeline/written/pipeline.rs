//! A pipeline as written: its source, and the defaults of its streams.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AuthWritten, MeaningWritten, ParamWritten, RateLimitWritten, StreamWritten};
use crate::pipeline::{Mart, OnMismatch, Tree, WhenChecked};
use crate::{PartitionBy, Span};

/// A pipeline: a source API, its streams, and defaults.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "the fields of a pipeline, `name:` first")]
#[schemars(rename = "Pipeline")]
pub(crate) struct PipelineWritten {
    /// The pipeline's name; it stands in the lake's paths as `source=NAME`. It begins with a letter, and is none of the words that readers take
    /// for another type there (`true`, `nan`, `epoch`), and none of the lake's own folders (`staging`, `guard`, `probe`).
    pub(crate) name: String,
    /// What it pulls, for people.
    pub(crate) doc: Option<String>,
    /// Scheme and host of the API, with a path prefix where it has one.
    pub(crate) base_url: String,
    /// How requests are authorised: a key, or a list of them.
    pub(crate) auth: AuthWritten,
    /// Values the user chooses.
    #[serde(default)]
    pub(crate) params: IndexMap<String, ParamWritten>,
    /// The pace of requests, for streams that set none of their own.
    pub(crate) rate_limit: Option<RateLimitWritten>,
    /// How long a request may take.
    #[serde(default)]
    pub(crate) timeouts: TimeoutsWritten,
    /// The largest answer that is taken, in bytes, undone from its encoding; some 60 million by default. A larger one needs `--memory`
    /// of three times as much, and 72 MB.
    pub(crate) max_page_bytes: Option<u64>,
    /// Where whoever runs the source finds whoever runs this: a URL (https:// or mailto:) that stands in every request's
    /// User-Agent, behind name and version.
    pub(crate) contact: Option<String>,
    /// Where a stream without a watermark begins: a date or RFC 3339; a time without a zone is UTC.
    pub(crate) begin: Option<String>,
    /// What is done with a value that does not fit its column.
    #[serde(default)]
    pub(crate) on_mismatch: OnMismatch,
    /// The percentage of a run's records that may be quarantined without failing the run.
    #[serde(default)]
    pub(crate) max_quarantined: f64,
    /// Files per partition, for very large ones.
    pub(crate) buckets: Option<u32>,
    /// When the checks of its tables are carried out: `on_demand`, by `convolake checks`, as is usual, or also `after_run`.
    #[serde(default)]
    pub(crate) checks: WhenChecked,
    /// How the tables are cut into partitions: by `month`, as is usual, or by `day`. Without it, as the tables' files say.
    pub(crate) partition_by: Option<PartitionBy>,
    /// The trees that the tables are published as: `[plain]`, as is usual, `[plain, delta]` for Delta tables beside the plain files, or
    /// `[delta]` for Delta tables alone.
    pub(crate) publish: Option<Vec<Tree>>,
    /// What the words of the source mean, for derived tables: which messages are events, what says that a conversation has ended.
    #[serde(default)]
    pub(crate) meaning: MeaningWritten,
    /// The derived tables that are brought up to date after each run, by `convolake-marts`.
    #[serde(default)]
    pub(crate) marts: Vec<Mart>,
    /// The streams by name.
    pub(crate) streams: IndexMap<String, StreamWritten>,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ idle: 60s }`")]
#[schemars(rename = "Timeouts")]
pub(crate) struct TimeoutsWritten {
    /// The longest wait for a connection, TLS included; 10s by default.
    pub(crate) connect: Option<Span>,
    /// The longest wait for the head of an answer, and then between two pieces of its body; 60s by default.
    pub(crate) idle: Option<Span>,
    /// The longest a request may take from start to end; 10m by default.
    pub(crate) total: Option<Span>,
}
