//! What came of what a pipeline asks for after a run.

use serde::Serialize;

use crate::seams::{AfterRun, AfterRunRequest, CarriedOut};
use crate::{Outcome, Project, Seams};

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
    /// Has something of this project and lake carried out, and tells what came of it. Blocks.
    pub(crate) fn of(
        project: &Project,
        to: &str,
        seams: &Seams,
        carry_out: impl FnOnce(&dyn AfterRun, &AfterRunRequest<'_>) -> CarriedOut,
    ) -> Self {
        let of = AfterRunRequest { pipeline: project.given_as(), overrides: &project.overrides, to };
        let carried_out = seams.after_run.as_ref().map(|after| carry_out(after.as_ref(), &of));
        let nobody = || "nobody carries this out here".to_owned();
        match carried_out {
            Some(CarriedOut::Done { outcome, report }) => Self { outcome, report: Some(report), error: None },
            Some(CarriedOut::Not { outcome, why }) => Self { outcome, report: None, error: Some(why) },
            None => Self { outcome: Outcome::Failed, report: None, error: Some(nobody()) },
        }
    }
}
