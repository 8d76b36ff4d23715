//! Backfills in the state: what one begins with, and what it leaves.
//!
//! A backfill pulls on a state of its own: no watermark, and of unfinished work only what an earlier backfill of the same
//! stretch has left. What it leaves itself goes into the lake's state under that stretch.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::Window;
use convolake_model::ParamSet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::awaited::AwaitedVersions;
use crate::state::goal::Goal;
use crate::state::streams::{State, StreamState, Unfinished};

/// A backfill of one stream with one set of params that did not come through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backfill {
    pub(crate) stream: String,
    pub(crate) params: ParamSet,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) unfinished: Unfinished,
}

impl Backfill {
    fn is_of(&self, range: Window) -> bool {
        (self.from, self.until) == (range.from, range.until)
    }

    fn is(&self, stream: &str, params: &ParamSet, range: Window) -> bool {
        self.is_of(range) && self.stream == stream && self.params == *params
    }
}

/// A slice that a killed run of another goal has landed pages of, and that no commit knows of. Its pages are merged by
/// whichever run finds them; the rest of it is left to the next run of its own goal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OrphanedSlice {
    pub(crate) goal: Goal,
    pub(crate) stream: String,
    pub(crate) params: ParamSet,
    pub(crate) seen_at: Timestamp,
    pub(crate) runs: BTreeSet<String>,
    pub(crate) slice: serde_json::Value,
}

impl State {
    /// The state that a run of this goal begins with.
    pub(crate) fn for_goal(&self, goal: Goal) -> Self {
        let Goal::Backfill(range) = goal else { return self.clone() };
        let mut state = Self { streams: BTreeMap::new(), ..self.clone() };
        for stream in self.streams.values() {
            state.set(StreamState {
                watermark: None,
                last_full_walk: None,
                was_first_walk: false,
                unanswered: BTreeMap::new(),
                awaited: AwaitedVersions::new(),
                reopened: Vec::new(),
                unfinished: None,
                refetch: None,
                ..stream.clone()
            });
        }
        for backfill in self.backfills.iter().filter(|backfill| backfill.is_of(range)) {
            let mut stream = state.get_or_new(&backfill.stream, &backfill.params);
            stream.unfinished = Some(backfill.unfinished.clone());
            state.set(stream);
        }
        state
    }

    /// Puts in what a run of this goal ended with for one stream; a backfill leaves the stream's watermark as it was.
    pub(crate) fn put(&mut self, goal: Goal, ended: StreamState) {
        let Goal::Backfill(range) = goal else { return self.set(ended) };
        let mut stream = self.get_or_new(&ended.stream, &ended.params);
        stream.origin = ended.origin.or(stream.origin);
        // What was learnt of the source holds for all who ask it.
        stream.longest_window = ended.longest_window;
        stream.page_size = ended.page_size;
        stream.cut_short = ended.cut_short;
        self.set(stream);
        self.set_backfill(&ended.stream, &ended.params, range, ended.unfinished);
    }

    /// Leaves an orphaned slice to the next run of its goal.
    pub(crate) fn leave(&mut self, orphan: OrphanedSlice) {
        let OrphanedSlice { goal, stream, params, seen_at, runs, slice } = orphan;
        let add = |known: Option<Unfinished>| {
            let mut unfinished = known.unwrap_or_else(|| Unfinished::new(seen_at));
            unfinished.seen_at = unfinished.seen_at.min(seen_at);
            unfinished.runs.extend(runs);
            if !unfinished.begun.contains(&slice) {
                unfinished.begun.push(slice);
            }
            Some(unfinished)
        };
        match goal {
            Goal::Incremental => {
                let mut state = self.get_or_new(&stream, &params);
                state.unfinished = add(state.unfinished);
                self.set(state);
            }
            Goal::Backfill(range) => {
                let known = self.backfills.iter().find(|known| known.is(&stream, &params, range));
                let known = known.map(|known| known.unfinished.clone());
                self.set_backfill(&stream, &params, range, add(known));
            }
        }
    }

    fn set_backfill(
        &mut self,
        stream: &str,
        params: &ParamSet,
        range: Window,
        unfinished: Option<Unfinished>,
    ) {
        self.backfills.retain(|known| !known.is(stream, params, range));
        self.backfills.extend(unfinished.map(|unfinished| Backfill {
            stream: stream.to_owned(),
            params: params.clone(),
            from: range.from,
            until: range.until,
            unfinished,
        }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn unfinished(slice: &str) -> Unfinished {
        let begun = vec![json!({ "kind": slice })];
        Unfinished { begun, ..Unfinished::new(at("2025-03-01T00:00:00Z")) }
    }

    fn stream(unfinished: Option<Unfinished>) -> StreamState {
        let watermark = Some(at("2025-02-01T00:00:00Z"));
        StreamState { watermark, unfinished, ..StreamState::new("s", &ParamSet::new()) }
    }

    fn ranges() -> [Window; 2] {
        let [a, b, c] = ["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", "2025-01-03T00:00:00Z"].map(at);
        [Window { from: a, until: b }, Window { from: b, until: c }]
    }

    #[test]
    fn a_backfill_begins_with_what_one_of_the_same_stretch_has_left_and_keeps_the_watermark() {
        let [range, other] = ranges();
        let (goal, other) = (Goal::Backfill(range), Goal::Backfill(other));
        let mut state = State::default();
        state.put(Goal::Incremental, stream(Some(unfinished("run"))));
        let of = |state: &State| state.get("s", &ParamSet::new()).cloned().unwrap();
        assert_eq!(of(&state.for_goal(Goal::Incremental)), of(&state));
        assert_eq!((of(&state.for_goal(goal)).watermark, of(&state.for_goal(goal)).unfinished), (None, None));

        let origin = Some("https://a".to_owned());
        let left = StreamState { origin, watermark: None, ..stream(Some(unfinished("backfill"))) };
        state.put(goal, left);
        let kept = StreamState { origin: Some("https://a".to_owned()), ..stream(Some(unfinished("run"))) };
        assert_eq!(of(&state), kept);
        assert_eq!(of(&state.for_goal(goal)).unfinished, Some(unfinished("backfill")));
        assert_eq!(of(&state.for_goal(other)).unfinished, None);
        state.put(goal, stream(None));
        assert_eq!(state.backfills, []);
    }

    #[test]
    fn an_orphaned_slice_is_left_to_its_own_goal() {
        let [range, _] = ranges();
        for goal in [Goal::Incremental, Goal::Backfill(range)] {
            let orphan = OrphanedSlice {
                goal,
                stream: "s".to_owned(),
                params: ParamSet::new(),
                seen_at: at("2025-02-01T00:00:00Z"),
                runs: BTreeSet::from(["r1".to_owned()]),
                slice: json!({"kind": "whole"}),
            };
            let mut state = State::default();
            state.put(goal, stream(Some(unfinished("whole"))));
            state.leave(orphan.clone());
            state.leave(orphan.clone());
            let begun = state.for_goal(goal).get("s", &ParamSet::new()).unwrap().unfinished.clone();
            let expected = Unfinished { seen_at: orphan.seen_at, runs: orphan.runs, ..unfinished("whole") };
            assert_eq!(begun, Some(expected), "{goal:?}");
            let mut blank = State::default();
            blank.leave(OrphanedSlice { runs: BTreeSet::new(), ..orphan });
            let begun = blank.for_goal(goal).get("s", &ParamSet::new()).unwrap().unfinished.clone();
            assert_eq!(begun.unwrap().begun, [json!({"kind": "whole"})], "{goal:?}");
        }
    }
}
