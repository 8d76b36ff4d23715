//! Where a trial takes place, and what is left of it: nothing.

use std::path::{Path, PathBuf};

use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::contract::Storage;
use crate::storage::local_disk::LocalDisk;
use crate::storage::trial::attempts::attempt;
use crate::storage::trial::guarantee::Guarantee;
use crate::storage::trial::report::{Trial, TrialFailure};
use crate::{LoadError, Location, paths};

/// Tries out what a lake at this location would rely on; no lake is made, and nothing stays. `name` is to be another each
/// time. Blocks.
///
/// # Errors
/// Where the store is not reached, or refuses us.
pub(crate) fn try_location(location: &Location, name: &str) -> Result<Trial, LoadError> {
    paths::name("the trial", name)?;
    match location {
        Location::Folder(folder) => Ok(try_folder(folder)),
        Location::Bucket { .. } => Ok(Trial {
            place: location.to_string(),
            guarantees: block_on(try_out(&*LakeStorage::open(location)?, &paths::trial(name)))?,
            free_bytes: None,
            remedy: "use a store that heeds the conditions of writes, as S3 itself and MinIO do",
        }),
    }
}

/// Tries out all that a storage is relied on for, with objects below `folder`, which are removed again.
pub(crate) async fn try_out(
    storage: &dyn Storage,
    folder: &str,
) -> Result<Vec<(Guarantee, Option<TrialFailure>)>, LoadError> {
    let mut outcomes = Vec::new();
    for guarantee in storage.guarantees() {
        let failure = match attempt(storage, folder, *guarantee).await {
            Ok(Ok(())) => None,
            Ok(Err(reason)) => Some(TrialFailure::Broken(reason)),
            Err(LoadError::Object { source, .. }) if source.is_about_conditions() => {
                Some(TrialFailure::Broken(source.to_string()))
            }
            Err(
                error @ (LoadError::StoreUnavailable { .. }
                | LoadError::StoreRefused { .. }
                | LoadError::BucketMissing { .. }),
            ) => return Err(error),
            Err(error) => Some(TrialFailure::of(error)),
        };
        outcomes.push((*guarantee, failure));
    }
    let left = storage.list(folder).await.unwrap_or_default();
    // What cannot be removed is told of as such.
    let _ = storage.remove(left.into_iter().map(|left| left.name).collect()).await;
    Ok(outcomes)
}

/// In a folder of its own in the lake's folder, or in the nearest above it that is there.
fn try_folder(folder: &Path) -> Trial {
    let place = nearest(folder);
    let own = place.join(format!(".convolake-check-{}", std::process::id()));
    let outcomes = match std::fs::create_dir(&own) {
        Err(error) => Err(LoadError::file("create a folder in", &place)(error)),
        Ok(()) => LocalDisk::open(&own).and_then(|disk| block_on(try_out(&disk, "trial"))),
    };
    // It could not be made, or all of it is ours.
    drop(std::fs::remove_dir_all(&own));
    Trial {
        place: place.display().to_string(),
        guarantees: outcomes.unwrap_or_else(|error| vec![(Guarantee::Write, Some(TrialFailure::of(error)))]),
        free_bytes: fs4::available_space(&place).ok(),
        remedy: "use a local disk, or another file system, for the lake",
    }
}

/// The folder, or the nearest above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    let found = folder.ancestors().find(|folder| folder.is_dir());
    found.filter(|found| !found.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}
