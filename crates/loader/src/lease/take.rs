//! Taking a lease that is an object: the holder that may stand there is watched.

use std::sync::Arc;
use std::time::Instant;

use crate::lease::document::Document;
use crate::lease::held::{LeaseHolder, held_by};
use crate::lease::renewal;
use crate::lease::renewal::Renewal;
use crate::lease::times::LeaseTimes;
use crate::storage::remote::reactor::Reactor;
use crate::storage::{Expected, LakeStorage, ObjectVersion, Settled};
use crate::{LoadError, paths};

/// Takes the lease, or says who holds it. One that stands there without being given back is watched: as soon as it is
/// renewed its holder is alive, and if it is not renewed for as long as it says, it is taken over.
pub(crate) async fn take(
    storage: &LakeStorage,
    reactor: &Arc<Reactor>,
    pipeline: &str,
    holder: &LeaseHolder,
    times: LeaseTimes,
) -> Result<Renewal, LoadError> {
    let object = paths::lease(pipeline);
    let mut watched: Option<(ObjectVersion, Instant)> = None;
    loop {
        let found = storage.get_with_version(&object).await?;
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
                return Err(held_by(&document.holder));
            }
            let left = document.abandoned_after().saturating_sub(since.elapsed());
            if !left.is_zero() {
                reactor.sleep(left.min(times.renewed_every / 4)).await;
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
        match write(storage, &object, &document, &expected).await? {
            Settled::Ours(version) => {
                return Ok(renewal::begin(storage, reactor, pipeline, document, version, begun, times));
            }
            // Another was faster; whether it is alive is to be seen.
            Settled::Other(_) => watched = None,
        }
    }
}

/// Writes the lease where what is expected stands.
pub(crate) async fn write(
    storage: &LakeStorage,
    object: &str,
    document: &Document,
    expected: &Expected,
) -> Result<Settled, LoadError> {
    storage.replace(object, document.write(object)?, expected).await
}
