//! The report of `upkeep`.

use convolake_loader::UpkeepReport;
use serde::Serialize;

use crate::Outcome;

/// What came of an upkeep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LakeUpkeepReport {
    /// The version of this document.
    pub version: u32,
    /// `upkeep`.
    pub command: &'static str,
    /// The lake, as it was given.
    pub lake: String,
    /// True where nothing was changed.
    pub dry_run: bool,
    /// The worst of all pipelines.
    pub outcome: Outcome,
    /// The exit code that stands for the outcome.
    pub exit_code: u8,
    /// How long it took.
    pub seconds: f64,
    /// The lake's pipelines.
    pub pipelines: Vec<PipelineUpkeep>,
}

/// The upkeep of one pipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineUpkeep {
    /// The pipeline.
    pub pipeline: String,
    /// How it went.
    pub outcome: Outcome,
    /// Why it did not go well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was done, or would be.
    #[serde(flatten)]
    pub done: UpkeepReport,
}

impl LakeUpkeepReport {
    pub(crate) const VERSION: u32 = 1;
}
