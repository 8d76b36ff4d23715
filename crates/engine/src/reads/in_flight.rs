//! Slices in flight: slices that have landed pages and did not come to their end.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::Slice;
use convolake_loader::LandedName;

use crate::state::streams::State;

/// A slice that has landed pages and did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InFlightSlice {
    pub(crate) stream: String,
    pub(crate) slice_id: String,
    /// The newest run that landed pages of it.
    pub(crate) run: String,
    pub(crate) pages: u64,
    /// The first page that no commit knows of yet.
    pub(crate) unmerged: Option<LandedName>,
}

/// The newest run whose landed pages are in the tables.
pub(crate) fn merged<'a>(state: &'a State, committed: Option<&'a str>) -> Option<&'a str> {
    state.merged.as_deref().or(committed)
}

/// By the state alone: the slices that were begun, with the runs that have landed pages of them.
pub(crate) fn begun(state: &State) -> BTreeMap<(String, String), &BTreeSet<String>> {
    let mut begun: BTreeMap<(String, String), &BTreeSet<String>> = BTreeMap::new();
    let of_streams = state
        .streams
        .values()
        .flat_map(|stream| stream.in_flight().map(|unfinished| (&stream.stream, &stream.params, unfinished)));
    let of_backfills = state.backfills.iter();
    let of_backfills =
        of_backfills.map(|backfill| (&backfill.stream, &backfill.params, &backfill.unfinished));
    for (stream, params, unfinished) in of_streams.chain(of_backfills) {
        for slice in unfinished.begun.iter().filter_map(Slice::from_json) {
            begun.insert((stream.clone(), slice.id(params)), &unfinished.runs);
        }
    }
    begun
}

/// The slices in flight, by the newest commit and the names in the raw zone.
pub(crate) fn in_flight(
    names: Vec<LandedName>,
    state: &State,
    committed: Option<&str>,
) -> Vec<InFlightSlice> {
    let begun = begun(state);
    let merged = merged(state, committed);
    let mut slices: BTreeMap<(String, String), InFlightSlice> = BTreeMap::new();
    for name in names {
        let place = (name.stream.clone(), name.slice_id.clone());
        let is_merged = merged.is_some_and(|merged| name.run.as_str() <= merged);
        if is_merged && begun.get(&place).is_none_or(|runs| !runs.contains(&name.run)) {
            continue;
        }
        let (stream, slice_id) = place.clone();
        let slice = slices.entry(place).or_insert_with(|| InFlightSlice {
            stream,
            slice_id,
            run: String::new(),
            pages: 0,
            unmerged: None,
        });
        slice.pages += 1;
        slice.run = slice.run.clone().max(name.run.clone());
        if !is_merged {
            slice.unmerged.get_or_insert(name);
        }
    }
    slices.into_values().collect()
}

#[cfg(test)]
mod tests {
    use convolake_model::ParamSet;

    use super::*;
    use crate::state::streams::{StreamState, Unfinished};

    fn landed(run: &str, seq: u32) -> LandedName {
        LandedName {
            stream: "s".to_owned(),
            slice_id: Slice::Whole.id(&ParamSet::new()),
            seq,
            run: run.to_owned(),
            object: format!("{run}/{seq}"),
        }
    }

    /// A state in which runs landed pages of the stream as a whole, which is not through.
    fn begun_by(runs: &[&str]) -> State {
        let mut unfinished = Unfinished::new("2026-11-21T12:00:00Z".parse().unwrap());
        unfinished.runs.extend(runs.iter().map(|run| (*run).to_owned()));
        unfinished.begun.push(Slice::Whole.to_json());
        let mut state = State::default();
        state.set(StreamState { unfinished: Some(unfinished), ..StreamState::new("s", &ParamSet::new()) });
        state
    }

    #[test]
    fn a_page_is_in_flight_that_no_commit_knows_or_whose_slice_was_begun() {
        let pages = || vec![landed("r1", 1), landed("r2", 2), landed("r3", 3)];
        for (state, committed, expected) in [
            // The pages, the newest run, and the first page that is not merged.
            (State::default(), None, Some((3, "r3", Some("r1/1")))),
            (State::default(), Some("r1"), Some((2, "r3", Some("r2/2")))),
            (State::default(), Some("r3"), None),
            (begun_by(&["r2"]), Some("r3"), Some((1, "r2", None))),
            (begun_by(&["r1", "r2"]), Some("r2"), Some((3, "r3", Some("r3/3")))),
            (State { merged: Some("r3".to_owned()), ..State::default() }, Some("r1"), None),
        ] {
            let slices = in_flight(pages(), &state, committed);
            let found = slices.first().map(|slice| {
                let unmerged = slice.unmerged.as_ref().map(|name| name.object.as_str());
                (slice.pages, slice.run.as_str(), unmerged)
            });
            assert_eq!(found, expected, "{committed:?} {state:?}");
            assert!(slices.len() <= 1);
        }
    }
}
