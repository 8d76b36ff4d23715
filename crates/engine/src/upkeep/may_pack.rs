//! Which landed pages may be packed.

use std::collections::BTreeSet;

use convolake_loader::LandedName;
use jiff::{SignedDuration, Timestamp};

use crate::reads::in_flight;
use crate::state::streams::State;

/// Pages of so many hours stay as they landed, for who looks into what a run has taken in just now.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// Which landed pages may be packed: those that are merged, of no slice in flight, and not of lately. A run finds what it has to go
/// on with by the names of landed objects, and these are none of it. A full walk each week lands as many pages as there are, so to
/// wait for the end of a month would be to keep five walks of single objects.
#[derive(Debug)]
pub(crate) struct MayPack {
    /// What names of runs of lately are not less than.
    lately: String,
    merged: Option<String>,
    begun: BTreeSet<(String, String)>,
}

impl MayPack {
    /// By the state of the newest commit, and the run that made it.
    pub(crate) fn new(state: &State, committed: Option<&str>, now: Timestamp) -> Self {
        Self {
            lately: now.checked_sub(LATELY).unwrap_or(now).strftime("%Y%m%dT%H%M%SZ").to_string(),
            merged: in_flight::merged(state, committed).map(str::to_owned),
            begun: in_flight::begun(state).into_keys().collect(),
        }
    }

    /// True for a page that may be packed.
    pub(crate) fn holds(&self, name: &LandedName) -> bool {
        let is_merged = self.merged.as_ref().is_some_and(|merged| name.run <= *merged);
        name.run < self.lately
            && is_merged
            && !self.begun.contains(&(name.stream.clone(), name.slice_id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_pages_that_are_not_of_lately_may_be_packed() {
        let may_pack = |run: &str, committed: Option<&str>| {
            let now = "2026-11-21T12:00:00Z".parse().unwrap();
            let name = LandedName {
                stream: "s".to_owned(),
                slice_id: "x".to_owned(),
                seq: 1,
                run: run.to_owned(),
                object: String::new(),
            };
            MayPack::new(&State::default(), committed, now).holds(&name)
        };
        let newest = Some("20261121T110000Z-aaaaaaaa");
        assert!(may_pack("20261031T235959Z-aaaaaaaa", newest));
        assert!(may_pack("20261120T115959Z-aaaaaaaa", newest));
        assert!(!may_pack("20261120T120001Z-aaaaaaaa", newest));
        assert!(!may_pack("20261031T235959Z-aaaaaaaa", Some("20261031T000000Z-aaaaaaaa")));
        assert!(!may_pack("20261031T235959Z-aaaaaaaa", None));
    }
}
