//! Successors staged in a bucket under the names that the Delta tree has for them: there an upload is what a second copy costs.

use crate::LoadError;
use crate::delta::staged_name;
use crate::load::write::Staged;
use crate::publish::Afterwards;
use crate::storage::{LakeStorage, durable};

/// Where successors are staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StagedFor {
    /// In the staging folder, and removed from there.
    Plain,
    /// In a bucket, where the Delta tree has them, to stay. On disk they are linked once they are published.
    Delta,
}

/// Gives the final contents these names, for the commit of this number, before any of them is sent.
pub(super) fn rename(
    lake: &LakeStorage,
    pipeline: &str,
    seq: u64,
    staged: &mut [Staged],
) -> Result<(), LoadError> {
    if !lake.replaces_by_version() {
        return Ok(());
    }
    for Staged { table, file, entry } in
        staged.iter_mut().filter(|staged| staged.file.afterwards == Afterwards::Stays)
    {
        let Some(content) = file.adding.as_mut().or(file.taking.as_mut()) else { continue };
        let name = staged_name(table, pipeline, entry.partition, &entry.sha256, seq);
        let (from, to) = (lake.path(&content.name), lake.path(&name));
        if let Some(folder) = to.parent() {
            durable::create_folder(folder)?;
        }
        durable::rename(&from, &to)?;
        content.name = name;
    }
    Ok(())
}
