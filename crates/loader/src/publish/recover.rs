use crate::storage::blocking::block_on;

use crate::publish::commit::FORMAT_VERSION;
use crate::publish::{Intent, commit};
use crate::storage::lake_storage::LakeStorage;
use crate::storage::lake_storage::Place;
use crate::storage::{durable, seal};
use crate::{Lease, LoadError, paths, publish};

/// Finishes what an interrupted run has begun to publish, and clears what it only staged.
pub(crate) fn recover(lake: &LakeStorage, lease: &Lease) -> Result<(), LoadError> {
    let pipeline = lease.pipeline();
    for object in block_on(lake.objects.list(&paths::intents(pipeline)))? {
        let Some(bytes) = block_on(lake.objects.get(&object))? else {
            continue;
        };
        let intent: Intent = seal::open(&object, &bytes, FORMAT_VERSION)?;
        let in_bucket = matches!(lake.place, Place::Bucket(_));
        match block_on(commit::read(&lake.objects, pipeline, intent.seq))? {
            None => {
                tracing::info!(
                    pipeline,
                    seq = intent.seq,
                    "finishing what an interrupted run began to publish"
                );
                publish::resume(lake, lease, &intent)?;
            }
            // In a bucket the holder of a lease it had lost may leave one; it has found the commit and published
            // nothing.
            Some(commit) if commit.attempt == intent.commit.attempt || in_bucket => {
                lake.step("remove the intent")?;
                block_on(lake.objects.remove(&object))?;
            }
            Some(_) => {
                return Err(LoadError::ObjectTaken { object: paths::commit(pipeline, intent.seq) });
            }
        }
    }
    match lake.place {
        Place::Folder(_) => {
            // No intent is left, so nothing refers to what is staged.
            lake.step("clear the staging folder")?;
            durable::remove_staging(&lake.path(&paths::staging_of_pipeline(pipeline)))
        }
        Place::Bucket(_) => match block_on(commit::head(&lake.objects, pipeline))? {
            Some(head) => publish::clear_void(lake, pipeline, head.seq),
            None => Ok(()),
        },
    }
}
