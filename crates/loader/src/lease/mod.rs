//! The right to write for one pipeline: on disk a lock of the operating system, in a bucket an object that its holder
//! keeps renewing.

mod document;
mod lock;
mod renewal;
mod take;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::LoadError;
use crate::storage::objects::Objects;

pub(crate) use crate::lease::document::LeaseTimes;

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

/// Whether a lease is held, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseState {
    /// Nobody holds it.
    Free,
    /// A live run holds it; `None` where it has not written its words yet.
    Held(Option<LeaseHolder>),
}

/// Looks who holds the lock in a file.
pub(crate) fn look_at_lock(path: &Path) -> Result<LeaseState, LoadError> {
    lock::look(path)
}

/// Looks who holds the lease in an object. Whether its holder still lives, only who watches it for a while can tell.
pub(crate) async fn look_at_object(objects: &Objects, object: &str) -> Result<LeaseState, LoadError> {
    let Some(bytes) = objects.get(object).await? else { return Ok(LeaseState::Free) };
    let document = document::Document::read(object, &bytes)?;
    Ok(match document.released {
        true => LeaseState::Free,
        false => LeaseState::Held(Some(document.holder)),
    })
}

/// The right to write for one pipeline. Held until the last clone is gone.
#[derive(Debug, Clone)]
pub struct Lease {
    pipeline: String,
    held: Arc<Held>,
}

#[derive(Debug)]
enum Held {
    /// A killed process holds nothing: the lock ends with it.
    Lock { _lock: lock::Lock },
    /// A killed process stops renewing it.
    Renewed(renewal::Renewal),
}

impl Lease {
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

    /// How often it has changed hands; `None` where only a live process can hold it.
    pub(crate) fn fence(&self) -> Option<u64> {
        match &*self.held {
            Held::Lock { .. } => None,
            Held::Renewed(renewal) => Some(renewal.fence()),
        }
    }

    pub(crate) fn lock(path: PathBuf, pipeline: &str, holder: &LeaseHolder) -> Result<Self, LoadError> {
        let held = Held::Lock { _lock: lock::Lock::take(path, holder)? };
        Ok(Self { pipeline: pipeline.to_owned(), held: Arc::new(held) })
    }

    /// Takes the lease in a bucket. Blocks, up to the holder's patience where one stands there that may be dead.
    pub(crate) fn take(
        objects: &Objects,
        pipeline: &str,
        holder: &LeaseHolder,
        times: LeaseTimes,
    ) -> Result<Self, LoadError> {
        let renewal = crate::storage::blocking::block_on(take::take(objects, pipeline, holder, times))?;
        Ok(Self { pipeline: pipeline.to_owned(), held: Arc::new(Held::Renewed(renewal)) })
    }
}
