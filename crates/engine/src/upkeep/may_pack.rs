//! Which landed pages may be packed.

use std::collections::BTreeSet;

use convolake_loader::LandedName;
use jiff::Timestamp;

use crate::reads::in_flight;
use crate::state::streams::State;

/// Which landed pages may be packed: those of closed months that are merged, and of no slice in flight. A run finds what it has to
/// go on with by the names of landed objects, and these are none of it.
#[derive(Debug)]
pub(crate) struct MayPack {
    /// What the names of runs of this month begin with.
    month: String,
    merged: Option<String>,
    begun: BTreeSet<(String, String)>,
}

impl MayPack {
    /// By the state of the newest commit, and the run that made it.
    pub(crate) fn new(state: &State, committed: Option<&str>, now: Timestamp) -> Self {
        Self {
            month: now.strftime("%Y%m").to_string(),
            merged: in_flight::merged(state, committed).map(str::to_owned),
            begun: in_flight::begun(state).into_keys().collect(),
        }
    }

    /// True for a page that may be packed.
    pub(crate) fn holds(&self, name: &LandedName) -> bool {
        let is_merged = self.merged.as_ref().is_some_and(|merged| name.run <= *merged);
        name.run < self.month
            && is_merged
            && !self.begun.contains(&(name.stream.clone(), name.slice_id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_pages_of_closed_months_may_be_packed() {
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
        assert!(!may_pack("20261101T000000Z-aaaaaaaa", newest));
        assert!(!may_pack("20261031T235959Z-aaaaaaaa", Some("20261031T000000Z-aaaaaaaa")));
        assert!(!may_pack("20261031T235959Z-aaaaaaaa", None));
    }
}
