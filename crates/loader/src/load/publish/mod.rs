//! Staged files and a commit are brought into the lake: an intent says what is to come, the files take their place,
//! the commit follows, and the intent is gone again. On disk files are renamed, in a bucket they are written again
//! under their own names.

mod in_bucket;
mod intent;
mod on_disk;

use std::collections::HashMap;

use super::write::Staged;
use crate::commit::Commit;
use crate::lake::Place;
use crate::{Lake, Lease, LoadError};

pub(crate) use in_bucket::clear_void;
pub(crate) use intent::Intent;

/// Brings staged files and a commit into the lake. Gives by name the versions of the files, where versions are told apart.
pub(crate) fn publish(
    lake: &Lake,
    lease: &Lease,
    staged: &[Staged],
    commit: Commit,
) -> Result<HashMap<String, String>, LoadError> {
    match &lake.place {
        Place::Folder(_) => {
            on_disk::publish(lake, lease.pipeline(), staged, commit)?;
            Ok(HashMap::new())
        }
        Place::Bucket(_) => in_bucket::publish(lake, lease, staged, commit),
    }
}

/// Brings an intent to its end, from wherever it has got to.
pub(crate) fn resume(lake: &Lake, lease: &Lease, intent: &Intent) -> Result<(), LoadError> {
    match &lake.place {
        Place::Folder(_) => on_disk::finish(lake, lease.pipeline(), intent),
        Place::Bucket(_) => in_bucket::resume(lake, lease, intent).map(drop),
    }
}
