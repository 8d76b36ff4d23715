//! What was answered with an older version than its list shows: found once the rows are in the tables, and asked for again
//! by the next run.

use convolake_loader::{Lake, LoadError};
use jiff::{SignedDuration, Timestamp};

use crate::numbers::count;
use crate::reads::older_answers::TwoViews;
use crate::report::stream_outcome::StreamOutcome;
use crate::report::stream_report::EndedStream;
use crate::report::warning::Warning;
use crate::state::awaited::{AwaitedVersion, await_version};
use crate::state::streams::{State, StreamState};
use crate::{Event, Observer, Project, with_causes};

#[cfg(test)]
mod tests;

/// Ids that a warning names.
const EXAMPLES_MAX: usize = 3;

/// Settles what the run's streams were answered, warns of what is older than its list shows, and gives the states that
/// change. The data is safe by now: what cannot be compared is a warning, and what was awaited stays so.
pub(crate) fn settle_awaited(
    lake: &Lake,
    project: &Project,
    streams: &mut [EndedStream],
    state: &State,
    now: Timestamp,
    observer: &dyn Observer,
) -> Vec<StreamState> {
    let mut changed = Vec::new();
    for ended in streams {
        let Some(before) = state.get(&ended.stream, &ended.params) else { continue };
        let mut after = before.clone();
        match older_answers(lake, project, ended, now) {
            Ok(Some(older)) => settle(&mut after, &ended.outcome, &older, now),
            Ok(None) => {}
            Err(error) => {
                let why = with_causes(&error, ": ");
                let message =
                    format!("what {} gave was not compared with what is listed: {why}", ended.stream);
                observer.on(&Event::Warning { message: &message });
            }
        }
        let Some(stream) = project.pipeline.streams.get(&ended.stream) else { continue };
        ended.n_stale = count(after.stale().count());
        for warning in warnings(&after, |awaited| awaited.is_due(stream.lookback, now)) {
            ended.outcome.warnings.push(warning);
        }
        if after != *before {
            changed.push(after);
        }
    }
    changed
}

/// The ids that were answered with an older version; `None` where nothing was answered that a list has shown, or nothing
/// tells how new it is.
fn older_answers(
    lake: &Lake,
    project: &Project,
    ended: &EndedStream,
    now: Timestamp,
) -> Result<Option<Vec<String>>, LoadError> {
    let answered = &ended.outcome.answered;
    let Some(stream) = project.pipeline.streams.get(&ended.stream).filter(|_| !answered.is_empty()) else {
        return Ok(None);
    };
    let Some(changed) = &stream.changed else { return Ok(None) };
    let declared = stream.declares.as_ref().map(|declares| declares.column.as_str());
    let (list, asking) = (&project.schemas[&changed.list], &project.schemas[&stream.name]);
    let Some(views) = TwoViews::of(list, asking, declared) else { return Ok(Some(Vec::new())) };
    let lookback = SignedDuration::from_secs(stream.lookback.as_seconds());
    let since = now.checked_sub(lookback).unwrap_or(Timestamp::MIN);
    views.older(lake, &project.pipeline.name, &ended.params, answered, since).map(Some)
}

/// What was answered is awaited where it is older than its list shows, and otherwise no more.
fn settle(after: &mut StreamState, outcome: &StreamOutcome, older: &[String], now: Timestamp) {
    let is_older = |id: &String| older.binary_search(id).is_ok();
    after.awaited.retain(|id, _| is_older(id) || !outcome.answered.contains_key(id));
    for id in older {
        if let Some(hash) = outcome.answered.get(id) {
            await_version(&mut after.awaited, id, hash, now);
        }
    }
}

/// Warns of what the lake holds in an older version than its list shows.
fn warnings(state: &StreamState, is_due: impl Fn(&AwaitedVersion) -> bool) -> Vec<Warning> {
    let (due, over): (Vec<_>, Vec<_>) = state.stale().partition(|(_, awaited)| is_due(awaited));
    let examples =
        |ids: &[(&String, _)]| ids.iter().take(EXAMPLES_MAX).map(|(id, _)| (*id).clone()).collect();
    let mut warnings = Vec::new();
    if !due.is_empty() {
        warnings.push(Warning::AnsweredOlder { n_ids: due.len(), examples: examples(&due) });
    }
    if !over.is_empty() {
        warnings.push(Warning::StaysOlder { n_ids: over.len(), examples: examples(&over) });
    }
    warnings
}
