//! The next state of a stream: a pure decision from what was known before and what pulling it found out.

use std::collections::BTreeSet;

use convolake_extractor::{Facts, Slice, Window, watermark};
use convolake_model::{Gone, Stream};
use indexmap::IndexMap;
use jiff::Timestamp;

use crate::RunId;
use crate::report::stream_outcome::StreamOutcome;
use crate::state::awaited::{AwaitedVersion, await_version};
use crate::state::goal::Goal;
use crate::state::streams::{LearntSize, StreamState, Unfinished, origin};

#[cfg(test)]
mod tests;

/// What a decision is made by, beside the state before and the outcome.
#[derive(Clone, Copy)]
pub(crate) struct Basis<'a> {
    pub(crate) stream: &'a Stream,
    pub(crate) goal: Goal,
    /// What the stream's slices were planned by.
    pub(crate) facts: &'a Facts,
    /// True where another stream asks for what this one lists.
    pub(crate) is_list: bool,
    /// The ids that the stream's list shows, with the hash of each; `None` where it has no list, or that was not pulled.
    pub(crate) listed: Option<&'a IndexMap<String, String>>,
    pub(crate) run: &'a RunId,
    /// Earlier runs whose pages this one resumed from or merged.
    pub(crate) resumed_runs: &'a BTreeSet<String>,
    /// When the run began, by this machine's clock.
    pub(crate) started_at: Timestamp,
    /// The earliest time that the source said it was.
    pub(crate) source_time: Option<Timestamp>,
}

impl Basis<'_> {
    /// An instant, but no later than the source's clock: beyond that nothing is known of the source.
    fn at_the_source(&self, instant: Timestamp) -> Timestamp {
        self.source_time.map_or(instant, |source_time| instant.min(source_time))
    }

    fn runs(&self, before: Option<&Unfinished>) -> BTreeSet<String> {
        let before = before.into_iter().flat_map(|before| before.runs.iter().cloned());
        before.chain(self.resumed_runs.iter().cloned()).chain([self.run.to_string()]).collect()
    }
}

/// The state of a stream after a run. A backfill moves no watermark and notes no full walk.
pub(crate) fn decide(before: &StreamState, basis: &Basis<'_>, outcome: &StreamOutcome) -> StreamState {
    let mut after = before.clone();
    if outcome.has_page {
        after.origin = Some(origin(basis.stream));
    }
    if basis.goal == Goal::Incremental {
        move_watermark(&mut after, basis, outcome);
        settle_refetch(&mut after, before, basis, outcome);
    }
    settle_windows(&mut after, outcome);
    settle_page_size(&mut after, basis, outcome);
    settle_unanswered(&mut after, basis, outcome);
    settle_cut_short(&mut after, basis, outcome);
    after.unfinished = (!outcome.is_through()).then(|| unfinished(before, basis, outcome));
    after
}

/// What the next run has to know to go on where this one stopped.
pub(crate) fn unfinished(before: &StreamState, basis: &Basis<'_>, outcome: &StreamOutcome) -> Unfinished {
    let known = basis.facts.unfinished.as_ref();
    let done_before = known.into_iter().flat_map(|known| &known.done).map(|done| (done.from, done.until));
    let done = outcome.done.iter().filter_map(window).map(|done| (done.from, done.until));
    // A walk that is through is read again from its pages where the next run needs what it showed: a list, until everything on
    // it was asked for; a walk beside a list, until what is gone was removed.
    let is_needed = basis.is_list || (outcome.is_full_walk && removes(basis.stream));
    let walks = outcome.done.iter().filter(|slice| is_needed && **slice == Slice::Whole);
    Unfinished {
        seen_at: known.map_or_else(|| basis.at_the_source(basis.started_at), |known| known.seen_at),
        runs: basis.runs(before.unfinished.as_ref()),
        done: joined(done_before.chain(done).collect()),
        begun: outcome.begun.iter().chain(walks).map(Slice::to_json).collect(),
        asked_up_to: outcome.asked_up_to.clone(),
    }
}

/// Keeps a list that is through unfinished while a stream that asks by it is: what it showed is needed until all of it was
/// asked for.
pub(crate) fn keep_list<'a>(
    list: &mut StreamState,
    left: Unfinished,
    asking: impl IntoIterator<Item = &'a StreamState>,
) {
    if list.unfinished.is_none() && asking.into_iter().any(|asking| asking.unfinished.is_some()) {
        list.unfinished = Some(left);
    }
}

fn removes(stream: &Stream) -> bool {
    stream.gone != Gone::Keep
}

fn move_watermark(after: &mut StreamState, basis: &Basis<'_>, outcome: &StreamOutcome) {
    if outcome.may_have_ended_early {
        return;
    }
    // A source's clock that is far behind makes nothing incomplete that was never asked for.
    let complete = basis.at_the_source(watermark(basis.stream, basis.facts)).max(basis.facts.begin);
    if outcome.is_through() {
        after.watermark = after.watermark.max(Some(complete));
    }
    // A walk counts even if what follows it is stopped, so that it is not made twice; but where what is gone is removed, only
    // after that.
    if outcome.is_full_walk && (outcome.is_through() || !removes(basis.stream)) {
        after.was_first_walk = after.last_full_walk.is_none();
        after.last_full_walk = Some(complete);
    }
}

/// Windows that were pulled to their end hold their records as they are; what was learnt of their length is kept.
fn settle_windows(after: &mut StreamState, outcome: &StreamOutcome) {
    let done: Vec<Window> = outcome.done.iter().filter_map(window).collect();
    let left = after.reopened_windows().into_iter().flat_map(|window| window.without(done.clone()));
    after.reopened = left.map(|window| (window.from, window.until)).collect();
    let learnt = outcome.longest_window.map(|longest| longest.as_secs());
    after.longest_window = learnt.or(after.longest_window);
}

/// The size of pages that the source takes, since it was found; a stream that was not asked has told nothing.
fn settle_page_size(after: &mut StreamState, basis: &Basis<'_>, outcome: &StreamOutcome) {
    if outcome.has_page {
        let known = after.page_size.filter(|known| known.holds(basis.started_at));
        after.page_size = outcome.page_size.map(|records| match known {
            Some(known) if known.records == records => known,
            _ => LearntSize { records, since: basis.started_at },
        });
    }
}

fn window(slice: &Slice) -> Option<Window> {
    match slice {
        Slice::Window { from, until } => Some(Window { from: *from, until: *until }),
        Slice::Whole | Slice::Ids(_) | Slice::Of { .. } => None,
    }
}

/// What was refetched, or pulled anyway, is not asked for again while it declares the same.
fn settle_refetch(after: &mut StreamState, before: &StreamState, basis: &Basis<'_>, outcome: &StreamOutcome) {
    for id in outcome.refetch.asked.iter().chain(&outcome.refetch.pulled_anyway) {
        if let Some(shortfall) = after.shortfalls.get_mut(id) {
            shortfall.asked = true;
        }
    }
    // A stream is refetched by its parents only once it is through.
    if basis.stream.by_parent.is_some() && outcome.is_through() {
        let begun = &outcome.refetch.begun;
        after.refetch = (!begun.is_empty()).then(|| Unfinished {
            runs: basis.runs(before.refetch.as_ref()),
            begun: begun.iter().map(Slice::to_json).collect(),
            ..Unfinished::new(basis.started_at)
        });
    }
}

/// Ids without an answer are remembered with the hash they are listed under, until they are answered, that changes or they
/// are removed, and are awaited within the lookback; those that the source turned down are not. What was answered stays
/// awaited until its version is compared.
fn settle_unanswered(after: &mut StreamState, basis: &Basis<'_>, outcome: &StreamOutcome) {
    for id in &outcome.deletions.removed {
        after.unanswered.remove(id);
        after.awaited.remove(id);
    }
    after.unanswered.retain(|id, _| !outcome.answered.contains_key(id));
    let Some(listed) = basis.listed else { return };
    let is_listed_so = |id: &String, hash: &String| listed.get(id).is_none_or(|listed| listed == hash);
    after.unanswered.retain(|id, hash| is_listed_so(id, hash));
    after.awaited.retain(|id, awaited| is_listed_so(id, &awaited.hash));
    for id in &outcome.unanswered {
        let before = after.awaited.get(id).map(|awaited| &awaited.hash);
        if let Some(hash) = listed.get(id).or(before).cloned() {
            await_version(&mut after.awaited, id, &hash, basis.started_at);
            after.unanswered.insert(id.clone(), hash);
        }
    }
    for id in &outcome.rejected {
        let before = after.awaited.remove(id).map(|awaited| awaited.hash);
        if let Some(hash) = listed.get(id).cloned().or(before) {
            after.unanswered.insert(id.clone(), hash);
        }
    }
    // What is stale is told of for as long as it is.
    let is_due = |awaited: &AwaitedVersion| awaited.is_due(basis.stream.lookback, basis.started_at);
    let unanswered = &after.unanswered;
    after.awaited.retain(|id, awaited| !unanswered.contains_key(id) || is_due(awaited));
}

/// Ids of which only a part has come are asked for until they come through, are removed, or stay without an answer.
fn settle_cut_short(after: &mut StreamState, basis: &Basis<'_>, outcome: &StreamOutcome) {
    let listed = |id: &String| basis.listed.and_then(|listed| listed.get(id));
    for id in &outcome.cut_short {
        if let Some(hash) = listed(id).or_else(|| after.version_of(id)).cloned() {
            after.cut_short.insert(id.clone(), hash);
        }
    }
    let unanswered = &after.unanswered;
    after.cut_short.retain(|id, _| {
        let is_settled = outcome.answered.contains_key(id) || outcome.deletions.removed.contains(id);
        !is_settled && !unanswered.contains_key(id)
    });
}

/// Stretches of time, those that touch as one.
fn joined(mut windows: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    windows.sort_unstable();
    let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, until) in windows {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}
