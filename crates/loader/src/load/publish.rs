use bytes::Bytes;
use futures::executor::block_on;
use serde::{Deserialize, Serialize};

use super::write::Staged;
use crate::commit::{self, Commit, FORMAT_VERSION};
use crate::{Lake, LoadError, durable, layout, seal};

/// What is about to happen, made durable before it does: whoever finds it brings it to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) version: u32,
    pub(crate) seq: u64,
    /// In this order.
    pub(crate) renames: Vec<Rename>,
    /// The commit that ends it.
    pub(crate) commit: Commit,
}

/// A staged file and the table file it becomes, by their names within the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rename {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// Brings staged files and a commit into the lake: intent, renames, commit, and the intent is gone again.
pub(crate) fn publish(
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
    let intent = Intent { version: FORMAT_VERSION, seq: commit.seq, renames: renames(staged), commit };
    let object = layout::intent(pipeline, intent.seq);
    lake.step("write the intent")?;
    let bytes = Bytes::from(seal::seal(&object, &intent)?);
    block_on(lake.objects.create_own(&object, bytes))?;
    finish(lake, pipeline, &intent)
}

/// Brings an intent to its end, from wherever it has got to.
pub(crate) fn finish(lake: &Lake, pipeline: &str, intent: &Intent) -> Result<(), LoadError> {
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

/// First what takes moving rows away, then what adds them: in between a moving row may be missed, never seen twice.
fn renames(staged: &[Staged]) -> Vec<Rename> {
    let rename = |from: &String, to: &String| Rename { from: from.clone(), to: to.clone() };
    let is_first = |file: &&Staged| file.change.loses && !file.change.gains;
    let taking = staged.iter().filter_map(|file| match &file.without {
        Some(without) => Some(rename(without, &file.target)),
        None => is_first(&file).then(|| rename(&file.staged, &file.target)),
    });
    let adding = staged.iter().filter(|file| !is_first(file)).map(|file| rename(&file.staged, &file.target));
    taking.chain(adding).collect()
}
