//! The command: the Delta tables are brought to what the newest commits say.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::present::Present;
use crate::report::delta_report::DeltaReport;
use crate::{EngineError, Outcome, RunId, Seams};

/// What to publish.
#[derive(Debug, Clone)]
pub struct PublishRequest {
    /// Where the lake is.
    pub to: String,
    /// Names of pipelines; empty for all that the lake holds.
    pub pipelines: Vec<String>,
    /// Whether what others have made of the tables is taken away.
    pub rebuild: Rebuild,
}

/// Whether what others have made of the tables is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuild {
    /// A table that others have changed is refused.
    No,
    /// All tables are made what the lake holds, by versions that say so.
    Yes,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublishReport {
    /// The version of this document.
    pub version: u32,
    /// `publish`.
    pub command: &'static str,
    /// The lake, as it was given.
    pub lake: String,
    /// The worst of all pipelines.
    pub outcome: Outcome,
    /// The exit code that stands for the outcome.
    pub exit_code: u8,
    /// How long it took.
    pub seconds: f64,
    /// What became of the tables, by pipeline; of a rebuild, under `*`: tables are of all pipelines together.
    pub pipelines: BTreeMap<String, DeltaReport>,
}

impl PublishReport {
    const VERSION: u32 = 1;
}

/// Publishes. Blocks.
///
/// # Errors
/// That there is no lake, or that it cannot be looked at. What goes wrong with a pipeline is in the report, and the others follow.
pub fn publish(request: &PublishRequest, seams: &Seams) -> Result<PublishReport, EngineError> {
    let started_at = seams.clock.now();
    let asked = match request.rebuild {
        Rebuild::No => request.pipelines.as_slice(),
        Rebuild::Yes => &[],
    };
    let present = Present::open(&request.to, asked)?;
    let run = RunId::new(started_at, seams.entropy);
    let mut pipelines = BTreeMap::new();
    match request.rebuild {
        Rebuild::Yes => {
            let leases = present.leases(&run, started_at)?;
            pipelines
                .insert("*".to_owned(), DeltaReport::of(present.lake.rebuild_delta(&leases, started_at)));
        }
        Rebuild::No => {
            for pipeline in &present.pipelines {
                let done = match present.lease(pipeline, &run, started_at) {
                    Ok(lease) => DeltaReport::of(present.lake.publish_delta(&lease, started_at)),
                    Err(EngineError::Load(error)) => DeltaReport::of(Err(error)),
                    Err(error) => return Err(error),
                };
                pipelines.insert(pipeline.clone(), done);
            }
        }
    }
    let outcome = pipelines.values().map(|done| done.outcome).max().unwrap_or(Outcome::Done);
    Ok(PublishReport {
        version: PublishReport::VERSION,
        command: "publish",
        lake: request.to.clone(),
        outcome,
        exit_code: outcome.exit_code(),
        seconds: seams.clock.now().duration_since(started_at).as_secs_f64(),
        pipelines,
    })
}
