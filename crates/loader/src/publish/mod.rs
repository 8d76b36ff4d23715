//! Staged files and a commit are brought into the lake: an intent says what is to come, the files take their place,
//! the commit follows, and the intent is gone again. On disk files are renamed, in a bucket they are written again
//! under their own names.

pub(crate) mod commit;
#[cfg(test)]
pub(crate) mod commit_race_tests;
pub(crate) mod recover;
mod in_bucket;
mod intent;
mod on_disk;

use std::collections::HashMap;

use crate::load::write::Staged;
use crate::publish::commit::Commit;
use crate::storage::lake_storage::{LakeStorage, Place};
use crate::{Lease, LoadError};

pub(crate) use crate::publish::in_bucket::clear_void;
pub(crate) use crate::publish::intent::Intent;

/// Brings staged files and a commit into the lake. Gives by name the versions of the files, where versions are told apart.
pub(crate) fn publish(
    lake: &LakeStorage,
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
pub(crate) fn resume(lake: &LakeStorage, lease: &Lease, intent: &Intent) -> Result<(), LoadError> {
    match &lake.place {
        Place::Folder(_) => on_disk::finish(lake, lease.pipeline(), intent),
        Place::Bucket(_) => in_bucket::resume(lake, lease, intent).map(drop),
    }
}
