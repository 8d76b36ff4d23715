//! Slices in flight: slices that have landed pages and did not come to their end.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

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

/// The slices in flight, by the newest commit and the names in the raw zone.
pub(crate) fn in_flight(
    names: Vec<LandedName>,
    state: &State,
    committed: Option<&str>,
) -> Vec<InFlightSlice> {
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
