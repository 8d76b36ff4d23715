//! Manifests and known pages that no commit of use names any more.

use std::collections::BTreeSet;

use crate::snapshot::manifest::ManifestRef;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::{LoadError, paths};

/// Manifests by table.
pub(crate) type TableManifests<'a> = Vec<(&'a str, &'a [ManifestRef])>;

/// Removes the manifests and known pages that a commit named and the next one, which is durable, does not. A reader that still goes by the
/// earlier one finds that it is overtaken.
pub(crate) fn remove_superseded(
    lake: &LakeStorage,
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
) -> Result<(), LoadError> {
    remove(lake, before.difference(after).cloned().collect())
}

/// Removes the manifests that runs have left that were interrupted: all that were written for this commit or an earlier one, and
/// that it does not name. Gives how many these are.
pub(crate) fn sweep(
    lake: &LakeStorage,
    pipeline: &str,
    seq: u64,
    named: &BTreeSet<String>,
) -> Result<u64, LoadError> {
    let listed = block_on(lake.list(&paths::manifests(pipeline)))?;
    let names = listed.into_iter().map(|listed| listed.name);
    let is_void = |name: &String| !named.contains(name) && seq_of(name).is_some_and(|of| of <= seq);
    let void: Vec<String> = names.filter(is_void).collect();
    let n_void = void.len() as u64;
    remove(lake, void)?;
    Ok(n_void)
}

fn remove(lake: &LakeStorage, objects: Vec<String>) -> Result<(), LoadError> {
    if objects.is_empty() {
        return Ok(());
    }
    lake.step("remove manifests")?;
    block_on(lake.remove(objects))
}

/// The number of the commit a manifest was written for.
fn seq_of(name: &str) -> Option<u64> {
    name.rsplit('/').next()?.split_once('-')?.0.parse().ok()
}
