//! Taking a lease that is an object: the holder that may stand there is watched.

use std::sync::Arc;
use std::time::Instant;

use crate::lease::document::Document;
use crate::lease::held::{LeaseHolder, held_by, held_by_unknown};
use crate::lease::renewal;
use crate::lease::renewal::Renewal;
use crate::lease::times::LeaseTimes;
use crate::storage::remote::reactor::Reactor;
use crate::storage::{Expected, LakeStorage, ObjectVersion, Settled};
use crate::{LoadError, paths};

/// Takes the lease, or says who holds it. One that stands there without being given back is watched: as soon as it is
/// renewed its holder is alive, and if it is not renewed for as long as it says, it is taken over. What stands there and is no lease of this kind is watched
/// for as long as one.
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
            Some((bytes, version)) => (Document::read(&object, bytes)?, Expected::Version(version.clone())),
        };
        if let Expected::Version(version) = &expected
            && before.as_ref().is_none_or(|before| !before.released)
        {
            let run = before.as_ref().map_or("(none that renews it)", |before| &before.holder.run);
            let (seen, since) = watched.get_or_insert_with(|| {
                tracing::info!(
                    pipeline,
                    run,
                    "watching whether the run that holds the lease still renews it"
                );
                (version.clone(), Instant::now())
            });
            if seen != version {
                return Err(before.map_or_else(held_by_unknown, |before| held_by(&before.holder)));
            }
            let patience = before.as_ref().map_or(times.abandoned_after, Document::abandoned_after);
            let left = patience.saturating_sub(since.elapsed());
            if !left.is_zero() {
                reactor.sleep(left.min(times.renewed_every / 4)).await;
                continue;
            }
            tracing::warn!(
                pipeline,
                run,
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
