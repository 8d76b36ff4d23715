//! What is remembered of shortfalls for the next run, and what became of those that were refetched. Pure.

use convolake_model::ParamSet;

use crate::Project;
use crate::completeness::compare::Comparison;
use crate::numbers::count;
use crate::report::stream_report::EndedStream;
use crate::state::shortfalls::{FoundShortfall, remembered};
use crate::state::streams::{State, StreamState};

#[cfg(test)]
mod tests;

/// Of the ids that each stream refetched, how many have as many rows as declared by now; `None` where nothing was
/// refetched or compared.
pub(crate) fn refetched_complete(
    project: &Project,
    streams: &[EndedStream],
    comparisons: &[Option<Comparison>],
) -> Vec<Option<u64>> {
    let complete = |ended: &EndedStream| {
        let asked = &ended.outcome.refetch.asked;
        let of = found(project, streams, comparisons);
        let mut of = of.filter(|found| found.refetched == ended.stream && found.params() == &ended.params);
        let shortfalls = of.next().filter(|_| !asked.is_empty())?.shortfalls;
        let is_short = |id: &&String| shortfalls.iter().any(|shortfall| shortfall.id == **id);
        Some(count(asked.len()) - count(asked.iter().filter(is_short).count()))
    };
    streams.iter().map(complete).collect()
}

/// The states that change where shortfalls of streams that came through are remembered.
pub(crate) fn remember(
    project: &Project,
    streams: &[EndedStream],
    comparisons: &[Option<Comparison>],
    state: &State,
) -> Vec<StreamState> {
    let changed = found(project, streams, comparisons).filter_map(|found| {
        let params = found.params();
        let mut is_refetched =
            streams.iter().filter(|ended| ended.stream == found.refetched && ended.params == *params);
        // What is not pulled yet is not short.
        if !is_through(found.declaring, state) || !is_through(is_refetched.next()?, state) {
            return None;
        }
        let before = state.get_or_new(found.refetched, params);
        let shortfalls = remembered(&before.shortfalls, found.shortfalls, before.watermark?);
        (shortfalls != before.shortfalls).then_some(StreamState { shortfalls, ..before })
    });
    changed.collect()
}

/// Shortfalls of a stream that declares counts, and the stream that is refetched for them.
struct Found<'a> {
    declaring: &'a EndedStream,
    refetched: &'a str,
    shortfalls: &'a [FoundShortfall],
}

impl<'a> Found<'a> {
    fn params(&self) -> &'a ParamSet {
        &self.declaring.params
    }
}

fn found<'a>(
    project: &'a Project,
    streams: &'a [EndedStream],
    comparisons: &'a [Option<Comparison>],
) -> impl Iterator<Item = Found<'a>> {
    streams.iter().zip(comparisons).filter_map(|(declaring, comparison)| {
        let shortfalls = &comparison.as_ref()?.shortfalls;
        let stream = project.pipeline.streams.get(&declaring.stream)?;
        let refetched = &project.refetched_for(stream)?.name;
        Some(Found { declaring, refetched, shortfalls })
    })
}

fn is_through(ended: &EndedStream, state: &State) -> bool {
    let state = state.get(&ended.stream, &ended.params);
    ended.outcome.fault.error.is_none() && state.is_some_and(|state| state.unfinished.is_none())
}
