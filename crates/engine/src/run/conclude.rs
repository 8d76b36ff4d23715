//! The end of a run: workers, next state, commit, completeness, report.

use std::sync::Arc;

use convolake_extractor::Spent;

use crate::completeness::awaited::settle_awaited;
use crate::completeness::compare::Comparison;
use crate::completeness::kept::kept;
use crate::completeness::of_run::RunComparison;
use crate::completeness::remember::{refetched_complete, remember};
use crate::completeness::reopened::settle_reopened;
use crate::ingest::{StreamSink, StreamSinks, Workers};
use crate::report::exit::Strictness;
use crate::report::stream_report::{Compared, EndedStream};
use crate::run::stream::EndedPull;
use crate::session::{Committed, Session, ThenFound};
use crate::state::backfills::OrphanedSlice;
use crate::state::goal::Goal;
use crate::state::streams::State;
use crate::upkeep::in_run::keep_up;
use crate::{EngineError, Event, RunReport, with_causes};

/// What became of a group of streams.
pub(crate) type PulledGroup = Result<Vec<EndedPull>, EngineError>;

/// A run that has pulled everything it will.
pub(crate) struct PulledRun {
    pub(crate) session: Session,
    pub(crate) workers: Workers,
    pub(crate) goal: Goal,
    pub(crate) ended: Vec<PulledGroup>,
    pub(crate) sinks: StreamSinks,
    /// Slices that are left to runs of another goal.
    pub(crate) orphans: Vec<OrphanedSlice>,
    /// How many landed pages may be packed.
    pub(crate) packable: usize,
    /// What is spent of the sources' quotas.
    pub(crate) spent: Spent,
    pub(crate) strictness: Strictness,
}

impl PulledRun {
    /// Merges, commits, compares and reports. Blocks.
    pub(crate) fn conclude(self) -> Result<RunReport, EngineError> {
        let Self { session, workers, goal, ended, sinks, orphans, packable, spent, strictness } = self;
        // Why the workers stopped comes before what it did to those who wait for them.
        let (load, quarantine) = workers.finish()?;
        let groups: Vec<Vec<EndedPull>> = ended.into_iter().collect::<Result<_, _>>()?;
        let ended: Vec<EndedPull> = groups.into_iter().flatten().collect();
        let run = session.run.to_string();
        let state = next_state(session.state.clone(), goal, &ended, orphans, spent, run);
        let mut streams = ended_streams(ended, sinks, &state);
        let observer = &*session.seams.observer;
        let (lake, project) = (&session.lake, &session.project);
        let comparison = RunComparison { lake, project, memory: session.memory, observer };
        let known = comparison.before_merge(&session.state, session.head.as_ref(), &streams, &load);
        let mut committed = session.commit(load, quarantine, state, &streams, ThenFound::InItsOwnCommit)?;
        let comparisons = comparison.after_merge(&committed.state, &streams, &known);
        let complete = refetched_complete(project, &streams, &comparisons);
        let now = session.started_at;
        let awaited = settle_awaited(lake, project, &mut streams, &committed.state, now, observer);
        let mut is_changed = !awaited.is_empty();
        awaited.into_iter().for_each(|changed| committed.state.set(changed));
        if let Some(since) = committed.state.uncompared_since.take() {
            let reopened = settle_reopened(lake, project, &mut streams, &committed.state, since, observer);
            reopened.into_iter().for_each(|changed| committed.state.set(changed));
            is_changed = true;
        }
        let shortfalls = match goal {
            Goal::Incremental => remember(project, &streams, &comparisons, &committed.state),
            Goal::Backfill(_) => Vec::new(),
        };
        let is_count_changed = keep_counts(&session, &mut committed, &streams, &comparisons);
        if is_changed || is_count_changed || !shortfalls.is_empty() {
            shortfalls.into_iter().for_each(|changed| committed.state.set(changed));
            commit_found(&session, &mut committed);
        }
        // A run that was stopped ends as soon as it can.
        if streams.iter().all(|ended| ended.outcome.fault.error.is_none() && ended.outcome.is_through()) {
            committed.seq = keep_up(&session, &committed, packable).or(committed.seq);
        }
        let compared = comparisons.into_iter().zip(complete);
        let ended = streams.into_iter().zip(compared).map(|(ended, (comparison, n_refetched_complete))| {
            let completeness = comparison.map(|comparison| comparison.completeness);
            let completeness = completeness.map(|counts| counts.with_unanswered(&ended.unanswered));
            (ended, Compared { completeness, n_refetched_complete })
        });
        session.report(committed, ended.collect(), strictness)
    }
}

/// The state of the pipeline after a run.
fn next_state(
    before: State,
    goal: Goal,
    ended: &[EndedPull],
    orphans: Vec<OrphanedSlice>,
    spent: Spent,
    run: String,
) -> State {
    let mut state = before;
    ended.iter().for_each(|pulled| state.put(goal, pulled.state.clone()));
    orphans.into_iter().for_each(|orphan| state.leave(orphan));
    State { spent, merged: Some(run), ..state }
}

/// The streams that were pulled, then those of which only pages of earlier runs were merged. Records are counted when their
/// page is flattened, so not before the workers have ended.
fn ended_streams(ended: Vec<EndedPull>, sinks: StreamSinks, state: &State) -> Vec<EndedStream> {
    let pulled: Vec<Arc<StreamSink>> = ended.iter().map(|pulled| Arc::clone(&pulled.sink)).collect();
    let is_merged_only = |sink: &Arc<StreamSink>| !pulled.iter().any(|pulled| Arc::ptr_eq(pulled, sink));
    let merged_only = sinks
        .into_all()
        .filter(|(_, sink)| is_merged_only(sink))
        .map(|(params, sink)| EndedStream::of_pages(&sink, &params));
    let of_pull = |pulled: EndedPull| {
        let EndedPull { outcome, state: ended, sink } = pulled;
        let committed = state.get(&ended.stream, &ended.params);
        EndedStream {
            outcome,
            counts: sink.tally.counts(),
            watermark: committed.and_then(|committed| committed.watermark),
            unanswered: ended.unanswered.into_keys().collect(),
            n_stale: 0,
            stream: ended.stream,
            params: ended.params,
        }
    };
    let merged_only: Vec<EndedStream> = merged_only.collect();
    ended.into_iter().map(of_pull).chain(merged_only).collect()
}

/// Keeps what was counted, for the next run to go on from; true where that is another than was kept.
fn keep_counts(
    session: &Session,
    committed: &mut Committed,
    streams: &[EndedStream],
    comparisons: &[Option<Comparison>],
) -> bool {
    let Committed { state, commit, .. } = committed;
    let Some(newest) = commit.as_ref().or(session.head.as_ref()) else { return false };
    let mut is_changed = false;
    for (ended, comparison) in streams.iter().zip(comparisons) {
        let stream = session.project.pipeline.streams.get(&ended.stream);
        let (Some(stream), Some(comparison)) = (stream, comparison) else { continue };
        if let Some(counts) = kept(&session.project, stream, newest, comparison.completeness.clone()) {
            is_changed |= state.keep_counted(&ended.stream, &ended.params, counts);
        }
    }
    is_changed
}

/// Commits what was found out of the rows for the next run, in a commit of its own.
fn commit_found(session: &Session, committed: &mut Committed) {
    match session.commit_state(&committed.state) {
        Ok(later) => committed.seq = later.or(committed.seq),
        // The rows are safe by now, and the next run finds out anew what is short.
        Err(error) => {
            let why = with_causes(&error, ": ");
            let message =
                format!("what is short, stale or counted was not written down for the next run: {why}");
            session.seams.observer.on(&Event::Warning { message: &message });
        }
    }
}
