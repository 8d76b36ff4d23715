//! What an interrupted run has left is brought to its end, or cleared.

use crate::publish::commit;
use crate::publish::commit::FORMAT_VERSION;
use crate::publish::in_place::{InPlace, IntentOf};
use crate::publish::intent::Intent;
use crate::publish::void::remove_void;
use crate::snapshot::superseded;
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, durable, seal};
use crate::{Lease, LoadError, paths};

/// Finishes what an interrupted run has begun to publish, and clears what it only staged.
pub(crate) fn recover(publisher: &InPlace<'_>, lake: &LakeStorage, lease: &Lease) -> Result<(), LoadError> {
    let pipeline = lease.pipeline();
    let (mut was_interrupted, mut void) = (false, Vec::new());
    for listed in block_on(lake.list(&paths::intents(pipeline)))? {
        let object = listed.name;
        let Some(bytes) = block_on(lake.get(&object))? else {
            continue;
        };
        was_interrupted = true;
        let intent: Intent = seal::open(&object, &bytes, FORMAT_VERSION)?;
        match block_on(commit::read(lake, pipeline, intent.seq))? {
            None => {
                tracing::info!(
                    pipeline,
                    seq = intent.seq,
                    "finishing what an interrupted run began to publish"
                );
                block_on(publisher.finish(&intent, IntentOf::AnotherRun))?;
            }
            // The holder of a lease it had lost may leave an intent; it has found the commit and published nothing.
            Some(commit) if commit.attempt == intent.commit.attempt || !lease.excludes_others() => {
                if commit.attempt == intent.commit.attempt {
                    block_on(publisher.remove_gone(&intent))?;
                }
                void.push(object);
            }
            Some(_) => {
                return Err(LoadError::ObjectTaken { object: paths::commit(pipeline, intent.seq) });
            }
        }
    }
    if !void.is_empty() {
        lake.step("remove the intent")?;
        block_on(remove_void(lake, void));
    }
    if was_interrupted && let Some(head) = block_on(commit::head(lake, pipeline))? {
        // What cannot be removed stays, and nothing names it.
        if let Err(error) = superseded::sweep(lake, pipeline, head.seq, &head.objects(pipeline)) {
            tracing::warn!(%error, "manifests of an interrupted run stay in the lake");
        }
    }
    match lease.excludes_others() {
        true => {
            // No intent is left and no other run lives, so nothing refers to what is staged.
            lake.step("clear the staging folder")?;
            durable::remove_staging(&lake.path(&paths::staging_of_pipeline(pipeline)))
        }
        false => match block_on(commit::head(lake, pipeline))? {
            Some(head) => clear_void(lake, pipeline, head.seq),
            None => Ok(()),
        },
    }
}

/// Clears staged files that nothing can refer to: those of commits up to this one. Others may be of a run that lives.
fn clear_void(lake: &LakeStorage, pipeline: &str, seq: u64) -> Result<(), LoadError> {
    let staged = block_on(lake.list(&paths::staging_of_pipeline(pipeline)))?;
    let is_void = |name: &String| paths::staged_seq(name).is_some_and(|staged| staged <= seq);
    let void: Vec<String> = staged.into_iter().map(|listed| listed.name).filter(is_void).collect();
    if void.is_empty() {
        return Ok(());
    }
    lake.step("clear staged files")?;
    block_on(remove_void(lake, void));
    Ok(())
}
