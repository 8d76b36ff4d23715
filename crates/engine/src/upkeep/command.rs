//! The command: each pipeline of the lake in turn, under its lease.

use convolake_loader::{Lake, LeaseHolder, Location, Upkeep, UpkeepLimit, UpkeepMode, UpkeepReport};
use convolake_model::ConfigError;

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
    let lake = Lake::find(&Location::parse(&request.to)?)?
        .ok_or_else(|| EngineError::NoLake { to: request.to.clone() })?;
    let present = lake.pipelines()?;
    if let Some(absent) = request.pipelines.iter().find(|name| !present.contains(*name)) {
        let known: Vec<&str> = present.iter().map(String::as_str).collect();
        let message = format!("the lake holds nothing of the pipeline {absent}");
        return Err(ConfigError::new(&request.to, 0, message)
            .with_hint(Some(format!("it holds: {}", known.join(", "))))
            .into());
    }
    let is_chosen = |name: &String| request.pipelines.is_empty() || request.pipelines.contains(name);
    let of_pipeline = |pipeline: String| match one(&lake, &pipeline, request.dry_run, seams) {
        Ok(done) => PipelineUpkeep { pipeline, outcome: Outcome::Done, error: None, done },
        Err(error) => PipelineUpkeep {
            pipeline,
            outcome: error.outcome(),
            error: Some(with_causes(&error, ": ")),
            done: UpkeepReport::default(),
        },
    };
    let pipelines: Vec<PipelineUpkeep> = present.into_iter().filter(is_chosen).map(of_pipeline).collect();
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

fn one(lake: &Lake, pipeline: &str, dry_run: bool, seams: &Seams) -> Result<UpkeepReport, EngineError> {
    let now = seams.clock.now();
    let run = RunId::new(now, seams.entropy);
    let holder = LeaseHolder { run: run.to_string(), pid: std::process::id(), since: now };
    let lease = lake.lease(pipeline, &holder)?;
    let Some(head) = lake.head(pipeline)? else { return Ok(UpkeepReport::default()) };
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
        mode: if dry_run { UpkeepMode::Tell } else { UpkeepMode::Do },
    };
    Ok(lake.upkeep(&lease, &asked)?)
}
