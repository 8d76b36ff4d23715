//! The command: each pipeline of the lake in turn, under its lease.

use convolake_loader::{Upkeep, UpkeepLimit, UpkeepReport};

use crate::present::Present;
use crate::state::streams::State;
use crate::upkeep::may_pack::MayPack;
use crate::upkeep::report::{LakeUpkeepReport, PipelineUpkeep};
use crate::{EngineError, Outcome, RunId, Seams, with_causes};

/// What to keep up.
#[derive(Debug, Clone)]
pub struct UpkeepRequest {
    /// Where the lake is.
    pub to: String,
    /// Names of pipelines; empty for all that the lake holds.
    pub pipelines: Vec<String>,
    /// True where it is only told what would be done.
    pub dry_run: bool,
}

/// Keeps a lake up. Blocks.
///
/// # Errors
/// That there is no lake, or that it cannot be looked at. What goes wrong with a pipeline is in the report, and the others follow.
pub fn upkeep(request: &UpkeepRequest, seams: &Seams) -> Result<LakeUpkeepReport, EngineError> {
    let started_at = seams.clock.now();
    let present = Present::open(&request.to, &request.pipelines)?;
    let of_pipeline = |pipeline: &String| match one(&present, pipeline, request.dry_run, seams) {
        Ok(done) => PipelineUpkeep { pipeline: pipeline.clone(), outcome: Outcome::Done, error: None, done },
        Err(error) => PipelineUpkeep {
            pipeline: pipeline.clone(),
            outcome: error.outcome(),
            error: Some(with_causes(&error, ": ")),
            done: UpkeepReport::default(),
        },
    };
    let pipelines: Vec<PipelineUpkeep> = present.pipelines.iter().map(of_pipeline).collect();
    let outcome = pipelines.iter().map(|pipeline| pipeline.outcome).max().unwrap_or(Outcome::Done);
    Ok(LakeUpkeepReport {
        version: LakeUpkeepReport::VERSION,
        command: "upkeep",
        lake: request.to.clone(),
        dry_run: request.dry_run,
        outcome,
        exit_code: outcome.exit_code(),
        seconds: seams.clock.now().duration_since(started_at).as_secs_f64(),
        pipelines,
    })
}

fn one(present: &Present, pipeline: &str, dry_run: bool, seams: &Seams) -> Result<UpkeepReport, EngineError> {
    let now = seams.clock.now();
    let run = RunId::new(now, seams.entropy);
    // What is only told is told beside a run that goes on, too.
    let lease = (!dry_run).then(|| present.lease(pipeline, &run, now)).transpose()?;
    let Some(head) = present.lake.head(pipeline)? else { return Ok(UpkeepReport::default()) };
    let run = run.after(Some(&head.run));
    let mut state = State::read(&head)?;
    let may_pack = MayPack::new(&state, Some(&head.run), now);
    // Where nothing is written down, the newest commit tells by its run what is merged; the one to come has merged nothing.
    state.merged.get_or_insert_with(|| head.run.clone());
    let asked = Upkeep {
        run: run.as_str(),
        created_at: now.max(head.created_at),
        state: state.to_json()?,
        may_pack: &|name| may_pack.holds(name),
        limit: UpkeepLimit::None,
    };
    Ok(match &lease {
        Some(lease) => present.lake.upkeep(lease, &asked)?,
        None => present.lake.upkeep_due(pipeline, &asked)?,
    })
}
