use crate::blocking::block_on;

use super::publish::{self, Intent};
use crate::commit::{self, FORMAT_VERSION};
use crate::lake::Place;
use crate::{Lake, Lease, LoadError, durable, layout, seal};

/// Finishes what an interrupted run has begun to publish, and clears what it only staged.
pub(crate) fn recover(lake: &Lake, lease: &Lease) -> Result<(), LoadError> {
    let pipeline = lease.pipeline();
    for object in block_on(lake.objects.list(&layout::intents(pipeline)))? {
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
                return Err(LoadError::ObjectTaken { object: layout::commit(pipeline, intent.seq) });
            }
        }
    }
    match lake.place {
        Place::Folder(_) => {
            // No intent is left, so nothing refers to what is staged.
            lake.step("clear the staging folder")?;
            durable::remove_staging(&lake.path(&layout::staging_of_pipeline(pipeline)))
        }
        Place::Bucket(_) => match block_on(commit::head(&lake.objects, pipeline))? {
            Some(head) => publish::clear_void(lake, pipeline, head.seq),
            None => Ok(()),
        },
    }
}
