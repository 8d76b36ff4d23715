//! A lease while it is held.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::lease::lock::Lock;
use crate::lease::renewal::Renewal;
use crate::lease::take;
use crate::lease::times::LeaseTimes;
use crate::storage::blocking::block_on;
use crate::storage::held_objects::Holding;
use crate::storage::{Exclusion, LakeStorage};
use crate::{LoadError, paths};

/// Who holds a lease: words for the person who finds it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseHolder {
    /// The run.
    pub run: String,
    /// Its process.
    pub pid: u32,
    /// When it took the lease.
    pub since: jiff::Timestamp,
}

/// The right to write for one pipeline. Held until the last clone is gone.
#[derive(Debug, Clone)]
pub struct Lease {
    pipeline: String,
    held: Arc<Held>,
    /// The newest commit is this process's own to replace.
    _commit: Arc<Holding>,
}

#[derive(Debug)]
enum Held {
    /// A killed process holds nothing: the lock ends with it.
    Lock { _lock: Lock },
    /// A killed process stops renewing it.
    Renewed(Renewal),
}

impl Lease {
    /// Takes a pipeline's lease. Blocks, where it is a renewed object up to the holder's patience if one stands there that
    /// may be dead.
    pub(crate) fn take(
        storage: &LakeStorage,
        pipeline: &str,
        holder: &LeaseHolder,
        times: LeaseTimes,
    ) -> Result<Self, LoadError> {
        let held = match storage.exclusion(&paths::lease(pipeline)) {
            Exclusion::ProcessLock(path) => Held::Lock { _lock: Lock::take(path, holder)? },
            Exclusion::RenewedObject(reactor) => {
                Held::Renewed(block_on(take::take(storage, &reactor, pipeline, holder, times))?)
            }
        };
        let commit = Arc::new(storage.held.hold(pipeline));
        Ok(Self { pipeline: pipeline.to_owned(), held: Arc::new(held), _commit: commit })
    }

    /// The pipeline it is for.
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// Fails where it may have been lost, by this process's own clock. Asks nobody.
    ///
    /// # Errors
    /// [`LoadError::LeaseLost`].
    pub fn check(&self) -> Result<(), LoadError> {
        match &*self.held {
            Held::Lock { .. } => Ok(()),
            Held::Renewed(renewal) => renewal.check(),
        }
    }

    /// Fails where somebody else has taken it meanwhile: asks the store.
    pub(crate) async fn confirm(&self) -> Result<(), LoadError> {
        match &*self.held {
            Held::Lock { .. } => Ok(()),
            Held::Renewed(renewal) => renewal.confirm().await,
        }
    }

    /// True where it cannot be lost while its holder lives, so that nobody else writes meanwhile.
    pub(crate) fn excludes_others(&self) -> bool {
        matches!(*self.held, Held::Lock { .. })
    }

    /// How often it has changed hands; `None` where only a live process can hold it.
    pub(crate) fn fence(&self) -> Option<u64> {
        match &*self.held {
            Held::Lock { .. } => None,
            Held::Renewed(renewal) => Some(renewal.fence()),
        }
    }
}

/// The error of who finds that somebody writes it who does not say who he is.
pub(crate) fn held_by_unknown() -> LoadError {
    let holder = "a program that writes its lease otherwise than this one".to_owned();
    LoadError::LeaseHeld { holder, since: "now".to_owned() }
}

/// The error of who finds it held.
pub(crate) fn held_by(holder: &LeaseHolder) -> LoadError {
    let LeaseHolder { run, pid, since } = holder;
    LoadError::LeaseHeld { holder: format!("run {run}, process {pid}"), since: since.to_string() }
}
