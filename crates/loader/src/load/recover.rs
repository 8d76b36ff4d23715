use futures::executor::block_on;

use super::publish::{self, Intent};
use crate::commit::{self, FORMAT_VERSION};
use crate::{Lake, LoadError, durable, layout, seal};

/// Finishes what an interrupted run has begun to publish, and clears what it only staged. Under the lease.
pub(crate) fn recover(lake: &Lake, pipeline: &str) -> Result<(), LoadError> {
    for object in block_on(lake.objects.list(&layout::intents(pipeline)))? {
        let Some(bytes) = block_on(lake.objects.get(&object))? else {
            continue;
        };
        let intent: Intent = seal::open(&object, &bytes, FORMAT_VERSION)?;
        match block_on(commit::read(&lake.objects, pipeline, intent.seq))? {
            None => {
                tracing::info!(
                    pipeline,
                    seq = intent.seq,
                    "finishing what an interrupted run began to publish"
                );
                publish::finish(lake, pipeline, &intent)?;
            }
            Some(commit) if commit.attempt == intent.commit.attempt => {
                lake.step("remove the intent")?;
                block_on(lake.objects.remove(&object))?;
            }
            Some(_) => {
                return Err(LoadError::ObjectTaken { object: layout::commit(pipeline, intent.seq) });
            }
        }
    }
    // No intent is left, so nothing refers to what is staged.
    lake.step("clear the staging folder")?;
    durable::remove_staging(&lake.path(&layout::staging_of_pipeline(pipeline)))
}
