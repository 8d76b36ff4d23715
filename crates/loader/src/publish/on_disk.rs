use std::path::PathBuf;

use bytes::Bytes;

use crate::load::write::Staged;
use crate::publish::commit::Commit;
use crate::publish::intent::Rename;
use crate::publish::{Intent, commit};
use crate::storage::blocking::block_on;
use crate::storage::lake_storage::LakeStorage;
use crate::storage::{durable, seal};
use crate::{LoadError, paths};

/// Intent, renames, commit, and the intent is gone again.
pub(crate) fn publish(
    lake: &LakeStorage,
    pipeline: &str,
    staged: &[Staged],
    commit: Commit,
) -> Result<(), LoadError> {
    if staged.is_empty() {
        lake.step("write the commit")?;
        return block_on(commit::write(&lake.objects, pipeline, &commit));
    }
    durable::sync_folder(&lake.path(&paths::staging(pipeline, &commit.run)))?;
    let intent = Intent::new(staged, commit, false);
    let object = paths::intent(pipeline, intent.seq);
    lake.step("write the intent")?;
    let bytes = Bytes::from(seal::seal(&object, &intent)?);
    block_on(lake.objects.create_own(&object, bytes))?;
    finish(lake, pipeline, &intent)
}

pub(crate) fn finish(lake: &LakeStorage, pipeline: &str, intent: &Intent) -> Result<(), LoadError> {
    let (taking, adding): (Vec<_>, Vec<_>) = intent.renames.iter().partition(|rename| rename.takes_away);
    // Also after a power cut a moving row is there twice at no time.
    rename_all(lake, &taking)?;
    rename_all(lake, &adding)?;
    lake.step("write the commit")?;
    block_on(commit::write(&lake.objects, pipeline, &intent.commit))?;
    lake.step("remove the intent")?;
    block_on(lake.objects.remove(&paths::intent(pipeline, intent.seq)))
}

/// Renames what is still staged; all of it is durable afterwards.
fn rename_all(lake: &LakeStorage, renames: &[&Rename]) -> Result<(), LoadError> {
    let paths = |rename: &&Rename| (lake.path(&rename.from), lake.path(&rename.to));
    let staged: Vec<(PathBuf, PathBuf)> =
        renames.iter().map(paths).filter(|(from, _)| from.exists()).collect();
    durable::create_folders(staged.iter().filter_map(|(_, to)| to.parent()))?;
    for (from, to) in &staged {
        lake.step("rename a staged file")?;
        durable::rename(from, to)?;
    }
    durable::sync_parents(staged.iter().flat_map(|(from, to)| [from.as_path(), to.as_path()]))
}
