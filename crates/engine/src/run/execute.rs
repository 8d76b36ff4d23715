//! `run`: from the watermark to now.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use convolake_extractor::{Budget, RetryPolicy};
use convolake_loader::LoadMode;
use convolake_model::{ConfigError, Override};
use jiff::Timestamp;

use crate::blocking::blocking;
use crate::ingest::{StreamSinks, Workers};
use crate::run::goal::Goal;
use crate::run::resume::Checkpoint;
use crate::run::source_clock::SourceClock;
use crate::run::steady_clock::SteadyClock;
use crate::run::stream::{RunContext, StreamEnd, stream_groups};
use crate::session::{Comparing, Session, stream_report};
use crate::source::connect;
use crate::{EngineError, Project, RunReport, Seams, StreamReport};

/// What to run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// Where the lake is.
    pub to: String,
    /// The streams to pull; all where empty.
    pub streams: Vec<String>,
    /// Where a stream without a watermark begins, instead of the pipeline's `begin`.
    pub from: Option<Timestamp>,
    /// What stands for now.
    pub until: Option<Timestamp>,
    /// What the run may spend; what is left undone is work for the next one.
    pub budget: Budget,
    /// The memory rows may take before they are spilled.
    pub memory_bytes: u64,
    /// It is an error that something is short of what the source declares.
    pub strict: bool,
    /// Go on although the lake's streams were pulled from another origin.
    pub allow_new_origin: bool,
}

/// Pulls what is new and merges it into the lake.
///
/// # Errors
/// Why the run could not begin or commit. A stream that fails is no error: the report says so.
pub async fn run(request: RunRequest, seams: Seams) -> Result<RunReport, EngineError> {
    pull(request, Goal::Incremental, seams).await
}

/// Pulls what the goal asks for, and merges it into the lake.
pub(crate) async fn pull(request: RunRequest, goal: Goal, seams: Seams) -> Result<RunReport, EngineError> {
    let seams = Seams { clock: Arc::new(SteadyClock::start(Arc::clone(&seams.clock))), ..seams };
    let command = match goal {
        Goal::Incremental => "run",
        Goal::Backfill(_) => "backfill",
    };
    let project = Project::load(&request.pipeline, &request.overrides)?;
    let param_sets = project.param_sets()?;
    let streams: Vec<String> =
        project.chosen(&request.streams)?.iter().map(|stream| stream.name.clone()).collect();
    let extractor = connect::extractor(&project, &seams, RetryPolicy::USUAL, request.budget)?;
    let (to, memory_bytes) = (request.to.clone(), request.memory_bytes);
    let mut session = blocking(move || Session::open(command, project, &to, &seams)).await?;
    let kept = session.state.clone();
    session.goal = goal;
    if let Some(range) = goal.range() {
        session.state = kept.for_backfill(range);
    }
    let checkpoint = Checkpoint::find(&session).await?;
    session.run = session.run.after(checkpoint.newest_run());
    extractor.remember_spent(session.state.spent.clone());
    for stream in session.project.pipeline.streams.values() {
        extractor.add_spent(stream, checkpoint.uncounted(stream, session.started_at));
    }
    // Pages that a killed run has landed are merged whatever streams this one was asked for.
    let waiting = checkpoint.streams(&session.project.pipeline);
    let streams: BTreeSet<String> = streams.into_iter().chain(waiting).collect();
    let (session, workers) = blocking(move || {
        let (load, quarantine) =
            session.begin_load(streams.iter().map(String::as_str), LoadMode::Merge, memory_bytes)?;
        let workers = Workers::start(load, quarantine, &session.seams.observer);
        Ok((session, workers))
    })
    .await?;
    check_origins(&session, request.allow_new_origin)?;
    let now = request.until.unwrap_or(session.started_at).min(session.started_at);
    let begin = request.from.unwrap_or(session.project.pipeline.begin);
    let chosen = session.project.chosen(&request.streams)?;
    let sinks = StreamSinks::default();
    let run = RunContext {
        session: &session,
        extractor: &extractor,
        jobs: workers.sender(),
        checkpoint: &checkpoint,
        sinks: &sinks,
        failures: AtomicU32::new(0),
        source_clock: SourceClock::default(),
        now,
        begin,
    };
    let stream_groups = stream_groups(&chosen, &param_sets);
    let ended = futures::future::join_all(stream_groups.into_iter().map(|group| run.pull_group(group))).await;
    run.merge_rest().await?;
    drop(run);
    let is_strict = request.strict;
    let spent = extractor.spent();
    let all_lanes: Vec<_> = sinks.into_all().collect();
    let others = checkpoint.others().to_vec();
    blocking(move || {
        // Why the workers stopped comes before what it did to those who wait for them.
        let (load, quarantine) = workers.finish()?;
        let mut state = kept;
        let (mut reports, mut sinks) = (Vec::new(), Vec::new());
        for group in ended {
            for StreamEnd { mut report, sink, state: ended } in group? {
                let stream = ended.stream.clone();
                match goal.range() {
                    Some(range) => state.take_backfilled(range, ended),
                    None => state.set(ended),
                }
                report.watermark = state.get(&stream, &report.params).and_then(|state| state.watermark);
                reports.push((report, sink));
            }
        }
        others.into_iter().for_each(|left| state.note(left));
        state.spent = spent;
        state.merged = Some(session.run.to_string());
        for (params, sink) in all_lanes {
            if !reports.iter().any(|(_, reported)| Arc::ptr_eq(reported, &sink)) {
                reports.push((stream_report(&sink, &params), Arc::clone(&sink)));
            }
            sinks.push(sink);
        }
        // Records are counted when their page is flattened, which has ended only now.
        let reports = reports
            .into_iter()
            .map(|(report, sink)| StreamReport {
                error: report.error,
                outcome: report.outcome,
                watermark: report.watermark,
                unanswered: report.unanswered,
                warnings: report.warnings,
                gone: report.gone,
                removed: report.removed,
                fetched_again: report.fetched_again,
                gone_examples: report.gone_examples,
                completeness: report.completeness,
                ..stream_report(&sink, &report.params)
            })
            .collect();
        let comparing = Comparing::Yes { is_strict };
        session.finish(load, quarantine, &state, reports, &sinks, comparing)
    })
    .await
}

fn check_origins(session: &Session, is_allowed: bool) -> Result<(), EngineError> {
    match session.state.moved(&session.project.pipeline) {
        Some((stream, was, now)) if !is_allowed => {
            let message =
                format!("the stream {stream} was pulled from {was} so far, and now would be from {now}");
            Err(ConfigError::new(&session.project.file, 0, message)
                .with_hint(Some("if that is meant, add --allow-new-origin; if not, use another lake".into()))
                .into())
        }
        _ => Ok(()),
    }
}
