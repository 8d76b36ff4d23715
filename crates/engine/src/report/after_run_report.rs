//! What came of what a pipeline asks for after a run.

use serde::Serialize;

use crate::Outcome;
use crate::seams::CarriedOut;

/// What came of checks, or of derived tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AfterRunReport {
    /// How they ended: `short` where a check of severity error fails, `failed` where they could not be carried out.
    pub outcome: Outcome,
    /// Each of them with what came of it, as `convolake checks` and `convolake mart` give it with `--output json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<serde_json::Value>,
    /// Why they could not be carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl AfterRunReport {
    pub(crate) fn of(carried_out: CarriedOut) -> Self {
        match carried_out {
            CarriedOut::Done { outcome, report } => Self { outcome, report: Some(report), error: None },
            CarriedOut::Not { outcome, why } => Self { outcome, report: None, error: Some(why) },
        }
    }
}
