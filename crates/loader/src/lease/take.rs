use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use object_store::ObjectStore;

use crate::lease::document::{Document, LeaseTimes};
use crate::lease::renewal::Renewal;
use crate::lease::{LeaseHolder, renewal};
use crate::storage::conditional_put::{Expected, Settled};
use crate::storage::objects::Objects;
use crate::storage::{conditional_put, objects};
use crate::{LoadError, paths};

/// Takes the lease, or says who holds it. One that stands there without being given back is watched: as soon as it is
/// renewed its holder is alive, and if it is not renewed for as long as it says, it is taken over.
pub(crate) async fn take(
    objects: &Objects,
    pipeline: &str,
    holder: &LeaseHolder,
    times: LeaseTimes,
) -> Result<Renewal, LoadError> {
    let object = paths::lease(pipeline);
    let mut watched: Option<(String, Instant)> = None;
    loop {
        let found = objects.get_version(&object).await?;
        let (before, expected) = match &found {
            None => (None, Expected::Absent),
            Some((bytes, version)) => {
                let document = Document::read(&object, bytes)?;
                (Some(document), Expected::Version(version.clone()))
            }
        };
        if let (Some(document), Expected::Version(version)) = (&before, &expected)
            && !document.released
        {
            let (seen, since) = watched.get_or_insert_with(|| {
                tracing::info!(
                    pipeline,
                    run = document.holder.run,
                    "watching whether the run that holds the lease still renews it"
                );
                (version.clone(), Instant::now())
            });
            if seen != version {
                return Err(LoadError::held_by(&document.holder));
            }
            let left = document.abandoned_after().saturating_sub(since.elapsed());
            if !left.is_zero() {
                pause(objects, left.min(times.renewed_every / 4)).await?;
                continue;
            }
            tracing::warn!(
                pipeline,
                run = document.holder.run,
                "taking over the lease of a run that has stopped without giving it back"
            );
        }
        let document = Document::taken(before.as_ref(), holder, times);
        let begun = Instant::now();
        match write(objects, &object, &document, expected).await? {
            Settled::Ours(version) => {
                return renewal::begin(objects, pipeline, document, version, begun, times);
            }
            // Another was faster; whether it is alive is to be seen.
            Settled::Other(_) => watched = None,
        }
    }
}

/// Writes the lease where what is expected stands.
pub(crate) async fn write(
    objects: &Objects,
    object: &str,
    document: &Document,
    expected: Expected,
) -> Result<Settled, LoadError> {
    let at = objects::path("write", object)?;
    let bytes = document.write(object)?;
    let sha256 = crate::storage::seal::sha256(&bytes);
    objects
        .run("write", object, move |store: Arc<dyn ObjectStore>| async move {
            conditional_put::write(&*store, &at, bytes.into(), &sha256, &expected).await
        })
        .await
}

async fn pause(objects: &Objects, time: Duration) -> Result<(), LoadError> {
    let sleep = move |_| async move {
        tokio::time::sleep(time).await;
        Ok(())
    };
    objects.run("wait for", "", sleep).await
}
