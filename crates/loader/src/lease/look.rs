//! Looking who holds a lease, without taking it.

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
}

/// Looks who holds a pipeline's lease. Whether the holder of an object that is renewed still lives, only who watches it for a while
/// can tell.
pub(crate) fn look(storage: &LakeStorage, pipeline: &str) -> Result<LeaseState, LoadError> {
    let object = paths::lease(pipeline);
    if let Exclusion::ProcessLock(path) = storage.exclusion(&object) {
        return lock::look(&path);
    }
    let Some(bytes) = block_on(storage.get(&object))? else { return Ok(LeaseState::Free) };
    let document = Document::read(&object, &bytes)?;
    Ok(match document.released {
        true => LeaseState::Free,
        false => LeaseState::Held(Some(document.holder)),
    })
}
