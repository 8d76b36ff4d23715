use crate::blocking::block_on;
use bytes::Bytes;

use super::Intent;
use crate::commit::{self, Commit};
use crate::load::write::Staged;
use crate::{Lake, LoadError, durable, layout, seal};

/// Intent, renames, commit, and the intent is gone again.
pub(super) fn publish(
    lake: &Lake,
    pipeline: &str,
    staged: &[Staged],
    commit: Commit,
) -> Result<(), LoadError> {
    if staged.is_empty() {
        lake.step("write the commit")?;
        return block_on(commit::write(&lake.objects, pipeline, &commit));
    }
    durable::sync_folder(&lake.path(&layout::staging(pipeline, &commit.run)))?;
    let intent = Intent::new(staged, commit, false);
    let object = layout::intent(pipeline, intent.seq);
    lake.step("write the intent")?;
    let bytes = Bytes::from(seal::seal(&object, &intent)?);
    block_on(lake.objects.create_own(&object, bytes))?;
    finish(lake, pipeline, &intent)
}

pub(super) fn finish(lake: &Lake, pipeline: &str, intent: &Intent) -> Result<(), LoadError> {
    for rename in &intent.renames {
        let from = lake.path(&rename.from);
        if from.exists() {
            lake.step("rename a staged file")?;
            durable::publish(&from, &lake.path(&rename.to))?;
        }
    }
    lake.step("write the commit")?;
    block_on(commit::write(&lake.objects, pipeline, &intent.commit))?;
    lake.step("remove the intent")?;
    block_on(lake.objects.remove(&layout::intent(pipeline, intent.seq)))
}
