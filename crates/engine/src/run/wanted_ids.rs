//! Which ids a stream is asked for: what a list shows as changed, and what is short. Pure.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::state::goal::Goal;
use crate::state::shortfalls::due;
use crate::state::streams::StreamState;

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
}

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct WantedIds {
    /// What the list shows as changed, in its order; for a backfill all that it shows.
    pub(crate) changed: Vec<String>,
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
        let Known { goal, listed, in_lake, removed, answered, state } = known;
        let is_backfill = matches!(goal, Goal::Backfill(_));
        let n_asked_before = if is_backfill { n_asked_before(listed, state) } else { 0 };
        let is_wanted = |id: &String, hash: &String| {
            // A backfill asks for all that the list shows for its time. What was removed and is back is not known any more,
            // whatever the tables still hold.
            (is_backfill || removed.contains(id) || in_lake.get(id) != Some(hash))
                && !answered.contains(id)
                && state.unanswered.get(id) != Some(hash)
        };
        let left = listed.iter().skip(n_asked_before);
        let changed: Vec<String> =
            left.filter(|(id, hash)| is_wanted(id, hash)).map(|(id, _)| id.clone()).collect();
        let due = if is_backfill { Vec::new() } else { due(&state.shortfalls) };
        let wanted: BTreeSet<&String> = changed.iter().collect();
        let is_pulled_anyway = |id: &String| answered.contains(id) || wanted.contains(id);
        let (pulled_anyway, refetched) = due.into_iter().partition(is_pulled_anyway);
        Self { changed, refetched, pulled_anyway, n_asked_before }
    }

    /// All ids, in the order they are asked for.
    pub(crate) fn all(&self) -> Vec<String> {
        self.changed.iter().chain(&self.refetched).cloned().collect()
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

#[cfg(test)]
mod tests {
    use convolake_extractor::Window;
    use convolake_model::ParamSet;
    use jiff::Timestamp;

    use super::*;
    use crate::state::shortfalls::Shortfall;
    use crate::state::streams::Unfinished;

    const RUN: Goal = Goal::Incremental;
    const BACKFILL: Goal =
        Goal::Backfill(Window { from: Timestamp::UNIX_EPOCH, until: Timestamp::UNIX_EPOCH });

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    /// Each id under the hash `1`.
    fn hashes<T: FromIterator<(String, String)>>(of: &[&str]) -> T {
        ids(of).into_iter().map(|id| (id, "1".to_owned())).collect()
    }

    fn shortfall(asked: bool) -> Shortfall {
        Shortfall { declared: 1, since: None, until: Timestamp::UNIX_EPOCH, asked }
    }

    #[test]
    fn what_is_listed_is_asked_for_unless_it_is_known_answered_or_has_no_answer() {
        let listed: IndexMap<String, String> = hashes(&["d", "c", "b", "a"]);
        let none: &[&str] = &[];
        for (goal, in_lake, removed, answered, unanswered, expected) in [
            (RUN, none, none, none, none, &["d", "c", "b", "a"][..]),
            (RUN, &["c", "a"], none, none, none, &["d", "b"]),
            (RUN, &["c", "a"], &["c"], none, none, &["d", "c", "b"]),
            (RUN, &["c", "a"], &["c"], &["c"], &["d"], &["b"]),
            (BACKFILL, &["c", "a"], none, none, none, &["d", "c", "b", "a"]),
            (BACKFILL, none, none, &["d"], &["a"], &["c", "b"]),
        ] {
            let state =
                StreamState { unanswered: hashes(unanswered), ..StreamState::new("s", &ParamSet::new()) };
            let wanted = WantedIds::choose(&Known {
                goal,
                listed: &listed,
                in_lake: &hashes(in_lake),
                removed: &ids(removed).into_iter().collect(),
                answered: &ids(answered).into_iter().collect(),
                state: &state,
            });
            let case = format!("{goal:?}, {in_lake:?}, {removed:?}, {answered:?}, {unanswered:?}");
            assert_eq!(wanted.changed, ids(expected), "{case}");
        }
    }

    #[test]
    fn an_id_is_asked_for_again_once_it_is_listed_under_another_hash() {
        let listed: IndexMap<String, String> = hashes(&["a", "b", "c"]);
        let other = |id: &str| BTreeMap::from([(id.to_owned(), "0".to_owned())]);
        let state = StreamState { unanswered: other("b"), ..StreamState::new("s", &ParamSet::new()) };
        let none = BTreeSet::new();
        let in_lake: BTreeMap<String, String> =
            other("a").into_iter().chain(hashes::<Vec<_>>(&["c"])).collect();
        let known = Known {
            goal: RUN,
            listed: &listed,
            in_lake: &in_lake,
            removed: &none,
            answered: &none,
            state: &state,
        };
        assert_eq!(WantedIds::choose(&known).changed, ids(&["a", "b"]));
    }

    #[test]
    fn what_is_short_is_refetched_unless_the_run_pulls_it_anyway() {
        let listed: IndexMap<String, String> = hashes(&["listed"]);
        let none: &[&str] = &[];
        for (goal, refetched, pulled_anyway) in
            [(RUN, &["left"][..], &["answered", "listed"][..]), (BACKFILL, none, none)]
        {
            let shortfalls = [("answered", false), ("asked", true), ("left", false), ("listed", false)];
            let shortfalls =
                shortfalls.map(|(id, asked)| (id.to_owned(), shortfall(asked))).into_iter().collect();
            let state = StreamState { shortfalls, ..StreamState::new("s", &ParamSet::new()) };
            let wanted = WantedIds::choose(&Known {
                goal,
                listed: &listed,
                in_lake: &BTreeMap::new(),
                removed: &BTreeSet::new(),
                answered: &BTreeSet::from(["answered".to_owned()]),
                state: &state,
            });
            assert_eq!(wanted.refetched, ids(refetched), "{goal:?}");
            assert_eq!(wanted.pulled_anyway, ids(pulled_anyway), "{goal:?}");
            assert_eq!(wanted.all(), [ids(&["listed"]), ids(refetched)].concat(), "{goal:?}");
        }
    }

    #[test]
    fn a_backfill_goes_on_behind_the_last_id_that_was_asked_for() {
        let listed: IndexMap<String, String> = hashes(&["d", "c", "b", "a"]);
        let none: &[&str] = &[];
        for (goal, before, changed, asked, after) in [
            (BACKFILL, None, &["d", "c", "b", "a"][..], none, None),
            (BACKFILL, None, &["d", "c", "b", "a"], &["d", "c", "a"], Some("c")),
            (BACKFILL, Some("c"), &["b", "a"], none, Some("c")),
            (BACKFILL, Some("c"), &["b", "a"], &["b"], Some("b")),
            // The list does not show it any more.
            (BACKFILL, Some("x"), &["d", "c", "b", "a"], &["d"], Some("d")),
            (RUN, Some("c"), &["d", "c", "b", "a"], none, None),
        ] {
            let unfinished = Unfinished {
                asked_up_to: before.map(str::to_owned),
                ..Unfinished::new(Timestamp::UNIX_EPOCH)
            };
            let unfinished = Some(unfinished);
            let state = StreamState { unfinished, ..StreamState::new("s", &ParamSet::new()) };
            let wanted = WantedIds::choose(&Known {
                goal,
                listed: &listed,
                in_lake: &BTreeMap::new(),
                removed: &BTreeSet::new(),
                answered: &BTreeSet::new(),
                state: &state,
            });
            assert_eq!(wanted.changed, ids(changed), "{before:?}");
            let asked = ids(asked).into_iter().collect();
            assert_eq!(wanted.asked_up_to(&listed, &asked).as_deref(), after, "{before:?}, {asked:?}");
        }
    }
}
