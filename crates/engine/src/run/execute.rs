//! `run`: from the watermark to now.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use convolake_extractor::{Budget, Extractor, RetryPolicy};
use convolake_loader::LoadMode;
use convolake_model::{ConfigError, Override};
use futures::future::join_all;
use jiff::Timestamp;

use crate::blocking::blocking;
use crate::ingest::{StreamSinks, Workers};
use crate::memory::MemoryBudget;
use crate::report::exit::Strictness;
use crate::run::bounds::{BackfillCommand, Begin, Bounds};
use crate::run::checkpoint::Checkpoint;
use crate::run::conclude::{PulledGroup, PulledRun};
use crate::run::context::RunContext;
use crate::run::group::stream_groups;
use crate::run::left_over::settle_left_over;
use crate::run::source_clock::SourceClock;
use crate::run::steady_clock::SteadyClock;
use crate::session::Session;
use crate::source::connect;
use crate::state::goal::Goal;
use crate::state::streams::State;
use crate::{EngineError, Event, Project, RunReport, Seams, with_causes};

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
    /// The memory of the whole command, in bytes.
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
    execute(request, Goal::Incremental, seams).await
}

/// Pulls what the goal asks for, and merges it into the lake.
pub(crate) async fn execute(request: RunRequest, goal: Goal, seams: Seams) -> Result<RunReport, EngineError> {
    let begun = BegunRun::begin(&request, goal, seams).await?;
    let (ended, sinks) = begun.pull(&request).await?;
    // Kept or not, nothing is lost but room in the lake.
    if let Err(error) = begun.session.raw.keep_repeats().await {
        let why = with_causes(&error, ": ");
        let message = format!("what this run has landed may be written once more by the next: {why}");
        begun.session.seams.observer.on(&Event::Warning { message: &message });
    }
    let BegunRun { session, extractor, checkpoint, workers, .. } = begun;
    let strictness = if request.strict { Strictness::Strict } else { Strictness::Lenient };
    let orphans = checkpoint.orphans().to_vec();
    let packable = checkpoint.packable();
    let spent = extractor.spent();
    let pulled = PulledRun { session, workers, goal, ended, sinks, orphans, packable, spent, strictness };
    blocking(move || pulled.conclude()).await
}

/// A run that holds the lease and has its workers, and has asked for nothing yet.
struct BegunRun {
    session: Session,
    goal: Goal,
    /// What the streams of this goal begin with.
    state: State,
    extractor: Extractor,
    checkpoint: Checkpoint,
    workers: Workers,
}

impl BegunRun {
    async fn begin(request: &RunRequest, goal: Goal, seams: Seams) -> Result<Self, EngineError> {
        let seams = Seams { clock: Arc::new(SteadyClock::start(Arc::clone(&seams.clock))), ..seams };
        let command = match goal {
            Goal::Incremental => "run",
            Goal::Backfill(_) => "backfill",
        };
        let project = Project::load(&request.pipeline, &request.overrides)?;
        let streams = project.chosen(&request.streams)?;
        let groups = stream_groups(&streams, |stream| project.param_sets(stream))?;
        if goal == Goal::Incremental {
            let (from, until) = (request.from, request.until);
            let bounds = Bounds { from, until, begin: project.pipeline.begin, now: seams.clock.now() };
            let backfill = BackfillCommand { pipeline: &request.pipeline, to: &request.to };
            bounds.check_lake(&groups, &project, &backfill).await?;
        }
        let chosen: Vec<String> = streams.iter().map(|stream| stream.name.clone()).collect();
        let memory = MemoryBudget::new(request.memory_bytes, &request.to)?;
        let extractor = connect::extractor(&project, &seams, RetryPolicy::USUAL, request.budget, memory)?;
        let to = request.to.clone();
        let mut session = blocking(move || {
            let mut session = Session::open(command, project, &to, memory, &seams)?;
            settle_left_over(&mut session)?;
            Ok(session)
        })
        .await?;
        let state = session.state.for_goal(goal);
        let checkpoint = Checkpoint::find(&session, goal, &state).await?;
        session.run = session.run.after(checkpoint.newest_run());
        for known in state.streams.values() {
            let size = known.page_size.filter(|size| size.holds(session.started_at));
            if let (Some(size), Some(stream)) = (size, session.project.pipeline.streams.get(&known.stream)) {
                extractor.remember_page_size(stream, size.records);
            }
        }
        extractor.remember_spent(session.state.spent.clone());
        for stream in session.project.pipeline.streams.values() {
            extractor.add_spent(stream, checkpoint.uncounted(stream, session.started_at));
        }
        // Pages that a killed run has landed are merged whatever streams this one was asked for.
        let waiting = checkpoint.streams(&session.project.pipeline);
        let loaded: BTreeSet<String> = chosen.into_iter().chain(waiting).collect();
        let (session, workers) = blocking(move || {
            let streams = loaded.iter().map(String::as_str);
            let (load, quarantine) = session.begin_load(streams, LoadMode::Merge)?;
            let workers = Workers::start(load, quarantine, &session.seams.observer, memory);
            Ok((session, workers))
        })
        .await?;
        if !request.allow_new_origin {
            check_origins(&session)?;
        }
        Ok(Self { session, goal, state, extractor, checkpoint, workers })
    }

    /// Pulls all groups of streams at once, then merges what was landed earlier and no slice resumed.
    async fn pull(&self, request: &RunRequest) -> Result<(Vec<PulledGroup>, StreamSinks), EngineError> {
        let session = &self.session;
        let sinks = StreamSinks::default();
        let run = RunContext {
            session,
            goal: self.goal,
            state: &self.state,
            extractor: &self.extractor,
            jobs: self.workers.sender(),
            checkpoint: &self.checkpoint,
            sinks: &sinks,
            failures: AtomicU32::new(0),
            source_clock: SourceClock::default(),
            now: request.until.unwrap_or(session.started_at).min(session.started_at),
            begin: Begin { of_pipeline: session.project.pipeline.begin, from: request.from },
        };
        let chosen = session.project.chosen(&request.streams)?;
        let groups = stream_groups(&chosen, |stream| session.project.param_sets(stream))?;
        let ended = join_all(groups.into_iter().map(|group| run.pull_group(group))).await;
        run.merge_unclaimed().await?;
        drop(run);
        Ok((ended, sinks))
    }
}

fn check_origins(session: &Session) -> Result<(), EngineError> {
    let Some((stream, was, now)) = session.state.moved(&session.project.pipeline) else { return Ok(()) };
    let message = format!("the stream {stream} was pulled from {was} so far, and now would be from {now}");
    Err(ConfigError::new(&session.project.file, 0, message)
        .with_hint(Some("if that is meant, add --allow-new-origin; if not, use another lake".into()))
        .into())
}
