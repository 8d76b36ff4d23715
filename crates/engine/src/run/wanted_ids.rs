//! Which ids a stream is asked for: what a list shows as changed, and what is short. Pure.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::Span;
use indexmap::IndexMap;
use jiff::Timestamp;

use crate::state::goal::Goal;
use crate::state::shortfalls::due;
use crate::state::streams::StreamState;

#[cfg(test)]
mod tests;

/// What is known when the ids are chosen.
pub(crate) struct Known<'a> {
    pub(crate) goal: Goal,
    /// Ids that the list shows, with the hash of each.
    pub(crate) listed: &'a IndexMap<String, String>,
    /// Ids in the lake, with the hash that each was exported under.
    pub(crate) in_lake: &'a BTreeMap<String, String>,
    /// Ids of tombstones that this run merges.
    pub(crate) removed: &'a BTreeSet<String>,
    /// Ids whose record, in the version that is listed, this run has.
    pub(crate) answered: &'a BTreeSet<String>,
    pub(crate) state: &'a StreamState,
    /// For how long a version that was not given is asked for.
    pub(crate) lookback: Span,
    pub(crate) now: Timestamp,
}

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct WantedIds {
    /// What the list shows as changed, in its order; for a backfill all that it shows.
    pub(crate) changed: Vec<String>,
    /// What the source has not given in the version that its list had shown, or not whole, and the list does not show now.
    pub(crate) awaited: Vec<String>,
    /// What is short, and neither answered nor changed.
    pub(crate) refetched: Vec<String>,
    /// What is short, and answered or changed anyway.
    pub(crate) pulled_anyway: Vec<String>,
    /// How many of the ids the list shows an earlier backfill has asked for.
    n_asked_before: usize,
}

impl WantedIds {
    /// Chooses the ids.
    pub(crate) fn choose(known: &Known<'_>) -> Self {
        let Known { goal, listed, in_lake, removed, answered, state, lookback, now } = known;
        let is_backfill = matches!(goal, Goal::Backfill(_));
        let n_asked_before = if is_backfill { n_asked_before(listed, state) } else { 0 };
        let is_awaited = |id: &String, hash: &String| {
            state
                .awaited
                .get(id)
                .is_some_and(|awaited| awaited.hash == *hash && awaited.is_due(*lookback, *now))
        };
        let is_new = |id: &String, hash: &String| {
            // A backfill asks for all that the list shows for its time. What was removed and is back is not known any more,
            // whatever the tables still hold.
            (is_backfill || removed.contains(id) || in_lake.get(id) != Some(hash))
                && state.unanswered.get(id) != Some(hash)
        };
        let is_wanted = |id: &String, hash: &String| {
            (is_awaited(id, hash) || state.cut_short.contains_key(id) || is_new(id, hash))
                && !answered.contains(id)
        };
        let left = listed.iter().skip(n_asked_before);
        let changed: Vec<String> =
            left.filter(|(id, hash)| is_wanted(id, hash)).map(|(id, _)| id.clone()).collect();
        let awaited = state.awaited.iter().filter(|(_, awaited)| awaited.is_due(*lookback, *now));
        let left: BTreeSet<&String> = awaited.map(|(id, _)| id).chain(state.cut_short.keys()).collect();
        let is_shown =
            |id: &&String| listed.contains_key(*id) || answered.contains(*id) || removed.contains(*id);
        let awaited: Vec<String> = left.into_iter().filter(|id| !is_shown(id)).cloned().collect();
        let due = if is_backfill { Vec::new() } else { due(&state.shortfalls) };
        let wanted: BTreeSet<&String> = changed.iter().chain(&awaited).collect();
        let is_pulled_anyway = |id: &String| answered.contains(id) || wanted.contains(id);
        let (pulled_anyway, refetched) = due.into_iter().partition(is_pulled_anyway);
        Self { changed, awaited, refetched, pulled_anyway, n_asked_before }
    }

    /// All ids, in the order they are asked for.
    pub(crate) fn all(&self) -> Vec<String> {
        self.changed.iter().chain(&self.awaited).chain(&self.refetched).cloned().collect()
    }

    /// Of the ids a list shows, the last one up to which all were asked for, by this run or an earlier one.
    pub(crate) fn asked_up_to(
        &self,
        listed: &IndexMap<String, String>,
        asked: &BTreeSet<String>,
    ) -> Option<String> {
        let is_asked = |(index, id): &(usize, &String)| *index < self.n_asked_before || asked.contains(*id);
        listed.keys().enumerate().take_while(is_asked).last().map(|(_, id)| id.clone())
    }
}

fn n_asked_before(listed: &IndexMap<String, String>, state: &StreamState) -> usize {
    let last = state.unfinished.as_ref().and_then(|unfinished| unfinished.asked_up_to.as_ref());
    last.and_then(|id| listed.get_index_of(id)).map_or(0, |index| index + 1)
}
