//! The report of `plan`.

use convolake_model::ParamSet;
use jiff::Timestamp;
use serde::Serialize;

use crate::Outcome;

/// What a run would do: `plan --output json`.
#[derive(Debug, Clone, Serialize)]
pub struct PlanReport {
    /// The format of this report.
    pub version: u32,
    /// The pipeline.
    pub pipeline: String,
    /// Where the lake is, or would be.
    pub lake: String,
    /// The instant the plan looks back from.
    pub now: Timestamp,
    /// How planning ended; with probes, how these ended.
    pub outcome: Outcome,
    /// The process's exit code.
    pub exit_code: u8,
    /// The streams, one for each set of params.
    pub streams: Vec<StreamPlan>,
    /// The requests of all streams.
    pub requests: RequestEstimate,
    /// The bytes of all pages; `None` where nothing is known of some stream.
    pub bytes: Option<u64>,
    /// How long the run takes at the rate limits, from what is expected, else at least.
    pub seconds: f64,
    /// What a person should know before the run.
    pub warnings: Vec<String>,
}

impl PlanReport {
    /// The format of the report.
    pub const VERSION: u32 = 1;
}

/// What a run would do for one stream and one set of params.
#[derive(Debug, Clone, Serialize)]
pub struct StreamPlan {
    /// The stream.
    pub stream: String,
    /// Its params.
    pub params: ParamSet,
    /// Up to which instant the lake is complete; `None` before the first run.
    pub watermark: Option<Timestamp>,
    /// True where everything is walked, because it never was or not for long enough.
    pub is_full_walk: bool,
    /// The list whose changed ids it asks for, where it is such a stream.
    pub changed_in: Option<String>,
    /// What would be pulled, in order.
    pub slices: Vec<SlicePlan>,
    /// The pace of its requests.
    pub requests_per_second: f64,
    /// Its requests.
    pub requests: RequestEstimate,
    /// Its records; `None` where nothing is known.
    pub records: Option<u64>,
    /// The bytes of its pages; `None` where nothing is known.
    pub bytes: Option<u64>,
    /// How long its requests take at its pace.
    pub seconds: f64,
    /// What the estimates come from.
    pub basis: Basis,
    /// What a request to it gave, with `--probe`.
    pub probe: Option<ProbeReport>,
}

/// A slice that would be pulled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlicePlan {
    /// `whole`, `window` or `ids`.
    pub kind: &'static str,
    /// The first instant of a window.
    pub from: Option<Timestamp>,
    /// The instant after the last of a window.
    pub until: Option<Timestamp>,
    /// Its requests.
    pub requests: RequestEstimate,
}

/// How many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RequestEstimate {
    /// No fewer than these.
    pub at_least: u64,
    /// About so many; `None` where nothing is known to go by.
    pub expected: Option<u64>,
}

impl RequestEstimate {
    /// What to reckon with.
    pub fn likely(&self) -> u64 {
        self.expected.unwrap_or(self.at_least).max(self.at_least)
    }
}

/// What estimates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Nothing is known yet.
    Nothing,
    /// What earlier runs saw, and the rows they left.
    EarlierRuns,
    /// One page that was asked for.
    Probe,
}

/// What one request to a stream gave. Nothing of it was kept.
#[derive(Debug, Clone, Serialize)]
pub struct ProbeReport {
    /// What was asked for.
    pub slice: serde_json::Value,
    /// Requests made in all: where no earlier run tells when a stream has records, some more windows are asked for.
    pub requests: u64,
    /// Records on the page.
    pub records: u64,
    /// Its size.
    pub bytes: u64,
    /// True where the page was all there was.
    pub is_all: bool,
    /// How long the answer took.
    pub seconds: f64,
    /// Why no page came.
    pub error: Option<String>,
}
