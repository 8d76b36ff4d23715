//! The command: reads what the lake knows, plans each stream, adds up.

use std::collections::BTreeMap;

use convolake_extractor::{Budget, RetryPolicy};
use convolake_model::{Override, RateScope, Stream};
use jiff::Timestamp;

use crate::memory::MemoryBudget;
use crate::plan::estimate::sum;
use crate::plan::known::Known;
use crate::plan::report::{PlanReport, StreamPlan};
use crate::plan::stream_plan::Planner;
use crate::reads::bucket_advice;
use crate::run::bounds::{BackfillCommand, Begin, Bounds};
use crate::run::group::stream_groups;
use crate::source::connect;
use crate::state::streams::origin;
use crate::{EngineError, Outcome, Project, Seams};

/// What to plan.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// Where the lake is, or would be.
    pub to: String,
    /// The streams to plan; all where empty.
    pub streams: Vec<String>,
    /// Where a stream without a watermark begins, instead of the pipeline's `begin`.
    pub from: Option<Timestamp>,
    /// What stands for now.
    pub until: Option<Timestamp>,
    /// Ask each stream for one page, and go by that where nothing else is known.
    pub probe: bool,
}

/// Plans a run with what the lake knows. Nothing is written, no lease is taken; without probes no request is made
/// and no key needed.
///
/// # Errors
/// The pipeline, the params or the lake. A probe that fails is no error: the report says so.
pub async fn plan(request: PlanRequest, seams: Seams) -> Result<PlanReport, EngineError> {
    let project = Project::load(&request.pipeline, &request.overrides)?;
    let chosen = project.chosen(&request.streams)?;
    let groups = stream_groups(&chosen, |stream| project.param_sets(stream))?;
    let extractor = match request.probe {
        true => Some(connect::extractor(
            &project,
            &seams,
            RetryPolicy::USUAL,
            Budget::default(),
            MemoryBudget::USUAL,
        )?),
        false => None,
    };
    let known = Known::read(&request.to, project.clone()).await?;
    let clock_now = seams.clock.now();
    let bounds =
        Bounds { from: request.from, until: request.until, begin: project.pipeline.begin, now: clock_now };
    let backfill = BackfillCommand { pipeline: &request.pipeline, to: &request.to };
    bounds.check(&groups, &known.state, &project, &backfill)?;
    let now = request.until.unwrap_or(clock_now).min(clock_now);
    let begin = Begin { of_pipeline: project.pipeline.begin, from: request.from };
    let planner = Planner { known: &known, extractor: extractor.as_ref(), seams: &seams, now, begin };
    let (mut streams, mut group_seconds, mut outcome) = (Vec::new(), 0.0_f64, Outcome::Done);
    for group in groups {
        let mut seconds = 0.0;
        let mut list = None;
        for stream in group.streams {
            let (plan, ended) = planner.stream(stream, &group.params, list).await;
            list = Some(stream);
            seconds += plan.seconds;
            outcome = outcome.max(ended);
            streams.push(plan);
        }
        group_seconds = group_seconds.max(seconds);
    }
    let bytes = streams.iter().map(|stream| stream.bytes).sum();
    Ok(PlanReport {
        version: PlanReport::VERSION,
        pipeline: project.pipeline.name.clone(),
        lake: request.to,
        now,
        outcome,
        exit_code: outcome.exit_code(),
        requests: sum(streams.iter().map(|stream| stream.requests)),
        bytes,
        seconds: group_seconds.max(pace_seconds(&project, &streams)),
        warnings: warnings(&project, &known),
        streams,
    })
}

/// The longest time that the requests of one rate limit take, in seconds; streams of one host may share a limit.
fn pace_seconds(project: &Project, plans: &[StreamPlan]) -> f64 {
    let mut seconds: BTreeMap<(String, Option<String>), f64> = BTreeMap::new();
    for plan in plans {
        let Some(stream) = project.pipeline.streams.get(&plan.stream) else { continue };
        let endpoint = match stream.rate_limit.per {
            RateScope::Stream => Some(stream.path.to_string()),
            RateScope::Host => None,
        };
        *seconds.entry((origin(stream), endpoint)).or_default() += plan.seconds;
    }
    seconds.into_values().fold(0.0, f64::max)
}

fn warnings(project: &Project, known: &Known) -> Vec<String> {
    let moved = known.state.moved(&project.pipeline).map(|(stream, was, now)| {
        format!(
            "the stream {stream} was pulled from {was} so far, and now would be from {now}; a run needs --allow-new-origin"
        )
    });
    let advice = bucket_advice::advice(&project.pipeline.name, project.pipeline.buckets, &known.largest);
    let streams: Vec<&Stream> = project.pipeline.streams.values().collect();
    let unsaid = project.advice(&streams).into_iter().map(|advice| (advice.message, advice.hint));
    let advice = advice.into_iter().chain(unsaid).map(|(message, hint)| format!("{message}; {hint}"));
    moved.into_iter().chain(advice).collect()
}
