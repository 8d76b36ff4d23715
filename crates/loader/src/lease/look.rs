//! Looking who holds a lease, without taking it.

use std::time::Duration;

use jiff::Timestamp;

use crate::lease::document::Document;
use crate::lease::held::LeaseHolder;
use crate::lease::lock;
use crate::storage::blocking::block_on;
use crate::storage::{Exclusion, LakeStorage};
use crate::{LoadError, paths};

/// Whether a lease is held, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseState {
    /// Nobody holds it.
    Free,
    /// A live run holds it; `None` where it has not written its words yet.
    Held(Option<LeaseHolder>),
    /// It was taken and not given back. A holder that lives renews it every few seconds.
    Renewed {
        /// Who took it.
        holder: LeaseHolder,
        /// When it was last renewed, by the store's clock.
        at: Timestamp,
        /// How long others wait for the next renewal before they take it over.
        patience: Duration,
    },
}

impl LeaseState {
    /// What the clocks of a store and of this machine may differ by.
    const CLOCKS_DIFFER: Duration = Duration::from_secs(40);

    /// True where a run holds the lease and lives, as far as is known at this instant.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !matches!(self, Self::Free) && self.stopped(now).is_none()
    }

    /// Who holds the lease and lives, where that is known.
    pub fn holder(&self, now: Timestamp) -> Option<&LeaseHolder> {
        match self {
            Self::Held(holder) => holder.as_ref(),
            Self::Renewed { holder, .. } if self.is_live(now) => Some(holder),
            _ => None,
        }
    }

    /// Who has stopped without giving the lease back, as a run that was killed, and when it last renewed it.
    pub fn stopped(&self, now: Timestamp) -> Option<(&LeaseHolder, Timestamp)> {
        let Self::Renewed { holder, at, patience } = self else { return None };
        let silent = now.duration_since(*at).unsigned_abs();
        (now > *at && silent >= *patience + Self::CLOCKS_DIFFER).then_some((holder, *at))
    }
}

/// Looks who holds a pipeline's lease.
pub(crate) fn look(storage: &LakeStorage, pipeline: &str) -> Result<LeaseState, LoadError> {
    let object = paths::lease(pipeline);
    if let Exclusion::ProcessLock(path) = storage.exclusion(&object) {
        return lock::look(&path);
    }
    let Some((bytes, written_at)) = block_on(storage.get_dated(&object))? else {
        return Ok(LeaseState::Free);
    };
    // What is no lease of this kind holds nobody off, but for the time in which a run watches it.
    let Some(document) = Document::read(&object, &bytes)? else { return Ok(LeaseState::Free) };
    let patience = document.abandoned_after();
    Ok(match (document.released, written_at) {
        (true, _) => LeaseState::Free,
        (false, Some(at)) => LeaseState::Renewed { holder: document.holder, at, patience },
        (false, None) => LeaseState::Held(Some(document.holder)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_is_not_renewed_is_held_by_nobody_who_lives() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let holder = LeaseHolder { run: "r".to_owned(), pid: 1, since: at(0) };
        let patience = Duration::from_secs(20);
        let renewed = LeaseState::Renewed { holder: holder.clone(), at: at(1000), patience };
        // The store's clock may be ahead of ours.
        for (now, is_live) in [(900, true), (1000, true), (1059, true), (1060, false), (100_000, false)] {
            assert_eq!(renewed.is_live(at(now)), is_live, "{now}");
            assert_eq!(renewed.holder(at(now)), is_live.then_some(&holder), "{now}");
            assert_eq!(renewed.stopped(at(now)), (!is_live).then_some((&holder, at(1000))), "{now}");
        }
        assert!(!LeaseState::Free.is_live(at(0)));
        let held = LeaseState::Held(Some(holder.clone()));
        assert_eq!((held.holder(at(100_000)), held.is_live(at(100_000))), (Some(&holder), true));
        assert!(LeaseState::Held(None).is_live(at(0)));
    }
}
