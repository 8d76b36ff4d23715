//! A validated pipeline: its source, its defaults and its streams.

use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Auth, Mart, Meaning, Param, Stream};
use crate::PartitionBy;

/// A validated pipeline: everything needed to plan and make its requests, but for the key.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The pipeline's name: `source=NAME` in the lake.
    pub name: String,
    /// How requests are authorised.
    pub auth: Auth,
    /// How long a request may take.
    pub timeouts: Timeouts,
    /// The largest answer that is taken, in bytes; `None` for as much as the memory allows, and no more than is usual.
    pub max_page_bytes: Option<u64>,
    /// Where whoever runs the source finds whoever runs this, for the User-Agent.
    pub contact: Option<String>,
    /// The params by name, with the values they have so far.
    pub params: IndexMap<String, Param>,
    /// Where a stream without a watermark begins.
    pub begin: Timestamp,
    /// What is done with a value that does not fit its column.
    pub on_mismatch: OnMismatch,
    /// The share of a run's records (0 to 1) that may be quarantined before the run ends with exit code 65.
    pub max_quarantined: f64,
    /// Files per partition. Fixed once a lake holds the pipeline.
    pub buckets: u32,
    /// When the checks of its tables are carried out.
    pub checks: WhenChecked,
    /// How all its tables are cut into partitions; `None` for as each table's file says.
    pub partition_by: Option<PartitionBy>,
    /// What the words of the source mean, for derived tables.
    pub meaning: Meaning,
    /// The trees that the tables are published as, each once; at least one.
    pub publish: Vec<Tree>,
    /// The derived tables that are brought up to date after each run, each once, those that others are made of first.
    pub marts: Vec<Mart>,
    /// The streams by name, in the order they stand in the file.
    pub streams: IndexMap<String, Stream>,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The longest wait for a connection, TLS included.
    pub connect: Duration,
    /// The longest wait for the head of an answer, and then between two pieces of its body.
    pub idle: Duration,
    /// The longest a request may take from start to end.
    pub total: Duration,
}

impl Timeouts {
    /// What suits an export API over the open internet.
    pub const USUAL: Self = Self {
        connect: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        total: Duration::from_secs(600),
    };
}

/// When the checks of a pipeline's tables are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenChecked {
    /// By `convolake checks`.
    #[default]
    OnDemand,
    /// Also at the end of each command that writes to the lake; their result is in its report, and in its exit code.
    AfterRun,
}

/// A tree of files that tables are published as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tree {
    /// A file for each partition, whose successor takes its name: `messages/source=NAME/month=2025-04/part-0.parquet`.
    Plain,
    /// Files that are never replaced, and a log of which of them are a table's: `delta/messages`, a Delta table.
    Delta,
}

/// What is done with a value that does not fit its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnMismatch {
    /// The cell is null, the value stands in `extra`, the run counts it.
    #[default]
    Keep,
    /// The record goes to quarantine.
    Quarantine,
    /// The run fails.
    Fail,
}
