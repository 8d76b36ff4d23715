//! Conditional writes whose answer is not taken at its word. A store may apply a write and lose the answer, answer
//! 409 without having written, or let a client's own repetition run into its first attempt. So everything written
//! conditionally carries the hash of its content, and any answer but success is settled by looking at what stands
//! there.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, GetOptions, ObjectStore, PutMode, PutOptions, PutPayload, UpdateVersion,
};

use crate::storage::object::{Expected, Found, ObjectVersion, Settled};

/// The name of the object metadata that holds the content's SHA-256.
const HASH: &str = "convolake-sha256";
/// How often an unsettled write is tried; the store's client repeats each of them by itself where the network fails.
const MAX_TRIES: u32 = if cfg!(test) { 30 } else { 5 };
/// After so long it is not tried again: the store does not answer.
const MAX_SINCE_FIRST: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 100 });

/// Writes an object where what is expected stands. `sha256` is the content's.
pub(crate) async fn write(
    store: &dyn ObjectStore,
    at: &Path,
    content: PutPayload,
    sha256: &str,
    expected: &Expected,
) -> object_store::Result<Settled> {
    let mut tries = Tries::begin();
    loop {
        let mode = match expected {
            Expected::Absent => PutMode::Create,
            Expected::Version(version) => PutMode::Update(update_of(version)),
            Expected::Anything => PutMode::Overwrite,
        };
        let options = PutOptions { mode, attributes: attributes(sha256), ..PutOptions::default() };
        let error = match store.put_opts(at, content.clone(), options).await {
            Ok(written) => return Ok(Settled::Ours(ObjectVersion::new(written.e_tag.unwrap_or_default()))),
            Err(error) => error,
        };
        if let Ok(found) = find(store, at).await
            && let Some(settled) = judge(found, sha256, expected)
        {
            return Ok(settled);
        }
        tries.pause(error).await?;
    }
}

/// Ours or another's; `None` where what was expected still stands, so that nothing has happened.
pub(crate) fn judge(found: Option<Found>, sha256: &str, expected: &Expected) -> Option<Settled> {
    match (found, expected) {
        (Some(found), _) if found.sha256.as_deref() == Some(sha256) => Some(Settled::Ours(found.version)),
        (None, Expected::Absent) | (_, Expected::Anything) => None,
        (Some(found), Expected::Version(version)) if found.version == *version => None,
        (found, _) => Some(Settled::Other(found)),
    }
}

/// What stands under a name, without its content.
pub(crate) async fn find(store: &dyn ObjectStore, at: &Path) -> object_store::Result<Option<Found>> {
    let options = GetOptions { head: true, ..GetOptions::default() };
    let found = match store.get_opts(at, options).await {
        Ok(found) => found,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let sha256 = found.attributes.get(&Attribute::Metadata(Cow::Borrowed(HASH)));
    Ok(Some(Found {
        version: ObjectVersion::new(found.meta.e_tag.unwrap_or_default()),
        n_bytes: found.meta.size,
        sha256: sha256.map(|hash| hash.as_ref().to_owned()),
    }))
}

/// The condition that a version stands there.
pub(crate) fn update_of(version: &ObjectVersion) -> UpdateVersion {
    UpdateVersion { e_tag: Some(version.as_str().to_owned()), version: None }
}

/// The metadata of an object with this content.
pub(crate) fn attributes(sha256: &str) -> Attributes {
    Attributes::from_iter([(Attribute::Metadata(Cow::Borrowed(HASH)), sha256.to_owned())])
}

/// How often and since when something has been tried.
#[derive(Debug)]
pub(crate) struct Tries {
    n_failed: u32,
    begun: Instant,
}

impl Tries {
    pub(crate) fn begin() -> Self {
        Self { n_failed: 0, begun: Instant::now() }
    }

    /// Waits before the next try, or gives the error back where there is none.
    pub(crate) async fn pause(&mut self, error: Error) -> object_store::Result<()> {
        self.n_failed += 1;
        let is_final = matches!(
            error,
            Error::PermissionDenied { .. }
                | Error::Unauthenticated { .. }
                | Error::NotSupported { .. }
                | Error::NotImplemented { .. }
                | Error::NotFound { .. }
                | Error::InvalidPath { .. }
        );
        if is_final || self.n_failed >= MAX_TRIES || self.begun.elapsed() >= MAX_SINCE_FIRST {
            return Err(error);
        }
        tracing::debug!(%error, self.n_failed, "the store did not say what became of a write; asking again");
        tokio::time::sleep(FIRST_PAUSE * 2u32.saturating_pow((self.n_failed - 1).min(5))).await;
        Ok(())
    }
}
