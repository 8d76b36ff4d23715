//! Whether a store keeps what a lake is built on. Some that speak S3 ignore the conditions of a write and answer 200:
//! a lock that always succeeds.

use std::sync::Arc;

use crate::storage::blocking::block_on;
use bytes::Bytes;
use object_store::Attributes;
use object_store::Error;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::PutMode;
use object_store::PutMultipartOptions;
use object_store::PutOptions;
use object_store::PutPayload;
use object_store::UpdateVersion;
use object_store::path::Path;

use crate::storage::conditional_put::{attributes, find};
use crate::storage::lake_storage::LakeStorage;
use crate::storage::lake_storage::Place;
use crate::storage::objects::{Objects, path};
use crate::storage::seal::sha256;
use crate::{LoadError, Location, paths};

/// Something a lake relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarantee {
    /// What was written is read back as it was.
    ReadAfterWrite,
    /// An object is created only where there is none.
    ConditionalCreate,
    /// An object is replaced only in the version that is named.
    ConditionalUpdate,
    /// A part of an object can be read.
    RangeRead,
    /// What was written is listed at once.
    ListAfterWrite,
    /// An object keeps the metadata it was written with.
    Metadata,
    /// An object written in parts appears when it is complete, and not before.
    MultipartUpload,
    /// Objects of the protocol's own can be removed; without it they stay, which harms nobody.
    Delete,
}

impl Guarantee {
    /// True where no lake can be written without it.
    pub const fn is_required(self) -> bool {
        !matches!(self, Self::Delete)
    }

    /// What to call it in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ReadAfterWrite => "reading back what was written",
            Self::ConditionalCreate => "create only if absent (If-None-Match)",
            Self::ConditionalUpdate => "replace only the version named (If-Match)",
            Self::RangeRead => "reading a range",
            Self::ListAfterWrite => "listing what was just written",
            Self::Metadata => "object metadata",
            Self::MultipartUpload => "uploads in parts, visible only when complete",
            Self::Delete => "removing objects",
        }
    }
}

/// What was found out about a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Each guarantee that the place needs, and why it was not kept.
    pub checks: Vec<(Guarantee, Result<(), String>)>,
}

impl Probe {
    /// Fails where something is missing that no lake can do without.
    ///
    /// # Errors
    /// [`LoadError::StoreUnfit`], which names it.
    pub fn require(&self) -> Result<(), LoadError> {
        let missing: Vec<String> = self
            .checks
            .iter()
            .filter(|(guarantee, _)| guarantee.is_required())
            .filter_map(|(guarantee, kept)| Some(format!("{}: {}", guarantee.words(), kept.as_ref().err()?)))
            .collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(LoadError::StoreUnfit { missing: missing.join("; ") }),
        }
    }
}

/// Tries out what a lake at this location would rely on, with objects of its own below `_convolake/probe/<name>/`,
/// which it removes again. `name` is to be another each time.
///
/// # Errors
/// Where the location cannot be opened, or the store stops answering. What it answers wrongly is in the probe.
pub(crate) fn probe_location(location: &Location, name: &str) -> Result<Probe, LoadError> {
    paths::name("the probe", name)?;
    let lake = LakeStorage::open(location)?;
    let versions_are_told_apart = matches!(lake.place, Place::Bucket(_));
    block_on(probe(&lake.objects, name, versions_are_told_apart))
}

async fn probe(objects: &Objects, name: &str, has_versions: bool) -> Result<Probe, LoadError> {
    let folder = paths::probe(name);
    let at = path("write", &format!("{folder}/object"))?;
    let parts_at = path("write", &format!("{folder}/parts"))?;
    let folder = path("list", &folder)?;
    let ask = |store: Arc<dyn ObjectStore>| async move {
        let store = &*store;
        let mut checks = vec![(Guarantee::ConditionalCreate, creates_once(store, &at, has_versions).await?)];
        if has_versions {
            checks.push((Guarantee::ConditionalUpdate, updates_what_is_named(store, &at).await?));
            checks.push((Guarantee::Metadata, keeps_metadata(store, &at).await?));
            checks.push((Guarantee::MultipartUpload, completes(store, &parts_at).await?));
        }
        checks.push((Guarantee::ReadAfterWrite, reads_back(store, &at).await?));
        checks.push((Guarantee::RangeRead, reads_a_range(store, &at).await?));
        checks.push((Guarantee::ListAfterWrite, lists(store, &folder, &at).await?));
        let removed = store.delete(&at).await;
        let _ = store.delete(&parts_at).await;
        let kept = match removed {
            Ok(()) => gone(store, &at).await?,
            Err(error) => Err(error.to_string()),
        };
        checks.push((Guarantee::Delete, kept));
        checks.sort_by_key(|(guarantee, _)| *guarantee);
        Ok(Probe { checks })
    };
    objects.run("try out", "the store", ask).await
}

/// Refuses a store whose conditional writes always succeed, or that loses metadata, by three requests and before anything
/// relies on them.
pub(crate) async fn guard(objects: &Objects) -> Result<(), LoadError> {
    let at = path("write", paths::GUARD)?;
    let ask = |store: Arc<dyn ObjectStore>| async move {
        let content = || PutPayload::from_static(FIRST);
        let create = || {
            let options = PutOptions { attributes: attributes(&sha256(FIRST)), ..PutMode::Create.into() };
            store.put_opts(&at, content(), options)
        };
        // The first run of a lake creates it.
        if kept(create().await)?.is_err()
            && let Err(reason) = kept(create().await)?
        {
            return Ok(Err((Guarantee::ConditionalCreate, reason)));
        }
        let update = store.put_opts(&at, content(), PutMode::Update(other_version()).into());
        if let Err(reason) = kept(update.await)? {
            return Ok(Err((Guarantee::ConditionalUpdate, reason)));
        }
        Ok(keeps_metadata(&*store, &at).await?.map_err(|reason| (Guarantee::Metadata, reason)))
    };
    match objects.run("write", paths::GUARD, ask).await? {
        Ok(()) => Ok(()),
        Err((guarantee, reason)) => {
            let checks = vec![(guarantee, Err(reason))];
            Probe { checks }.require()
        }
    }
}

/// Whether a write whose condition does not hold was turned away.
fn kept<T>(outcome: object_store::Result<T>) -> object_store::Result<Result<(), String>> {
    match outcome {
        Ok(_) => Ok(Err("the store ignored the condition and wrote".to_owned())),
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(Ok(())),
        Err(error @ (Error::NotImplemented { .. } | Error::NotSupported { .. })) => {
            Ok(Err(error.to_string()))
        }
        Err(error) if error.to_string().contains("<Code>NotImplemented</Code>") => {
            Ok(Err("the store does not implement it".to_owned()))
        }
        Err(error) => Err(error),
    }
}

const FIRST: &[u8] = b"the first content";
const SECOND: &[u8] = b"the second content";

type Kept = object_store::Result<Result<(), String>>;

async fn creates_once(store: &dyn ObjectStore, at: &Path, has_metadata: bool) -> Kept {
    let create = |content: &'static [u8]| {
        let attributes = if has_metadata { attributes(&sha256(content)) } else { Attributes::new() };
        let options = PutOptions { attributes, ..PutMode::Create.into() };
        store.put_opts(at, PutPayload::from_static(content), options)
    };
    create(FIRST).await?;
    kept(create(SECOND).await)
}

async fn updates_what_is_named(store: &dyn ObjectStore, at: &Path) -> Kept {
    let update = |version: UpdateVersion, content: &'static [u8]| {
        let mode = PutMode::Update(version);
        let options = PutOptions { attributes: attributes(&sha256(content)), ..mode.into() };
        store.put_opts(at, PutPayload::from_static(content), options)
    };
    let Some(found) = find(store, at).await? else {
        return Ok(Err("what was created is not there".to_owned()));
    };
    if let Err(reason) = kept(update(other_version(), FIRST).await)? {
        return Ok(Err(reason));
    }
    let version = UpdateVersion { e_tag: Some(found.version.clone()), version: None };
    match update(version, SECOND).await {
        Ok(_) => {}
        Err(error @ (Error::NotImplemented { .. } | Error::Precondition { .. })) => {
            return Ok(Err(format!("the version that stands there is not accepted: {error}")));
        }
        Err(error) => return Err(error),
    }
    let stale = UpdateVersion { e_tag: Some(found.version), version: None };
    kept(update(stale, FIRST).await)
}

/// A version that nothing has.
fn other_version() -> UpdateVersion {
    UpdateVersion { e_tag: Some("\"00000000000000000000000000000000\"".to_owned()), version: None }
}

async fn keeps_metadata(store: &dyn ObjectStore, at: &Path) -> Kept {
    let found = find(store, at).await?.and_then(|found| found.sha256);
    Ok(match found.is_some_and(|hash| hash == sha256(FIRST) || hash == sha256(SECOND)) {
        true => Ok(()),
        false => Err("it is lost".to_owned()),
    })
}

async fn completes(store: &dyn ObjectStore, at: &Path) -> Kept {
    let mut upload = store.put_multipart_opts(at, PutMultipartOptions::default()).await?;
    upload.put_part(PutPayload::from_static(FIRST)).await?;
    if find(store, at).await?.is_some() {
        upload.abort().await?;
        return Ok(Err("it is seen before it is complete".to_owned()));
    }
    upload.complete().await?;
    Ok(match find(store, at).await? {
        Some(found) if found.n_bytes == FIRST.len() as u64 => Ok(()),
        _ => Err("it is not there when it is complete".to_owned()),
    })
}

async fn reads_back(store: &dyn ObjectStore, at: &Path) -> Kept {
    let found = store.get(at).await?.bytes().await?;
    Ok(match found == Bytes::from_static(FIRST) || found == Bytes::from_static(SECOND) {
        true => Ok(()),
        false => Err(format!("{} other bytes came back", found.len())),
    })
}

async fn reads_a_range(store: &dyn ObjectStore, at: &Path) -> Kept {
    let found = store.get_range(at, 1..4).await?;
    Ok(match &found[..] == b"he " {
        true => Ok(()),
        false => Err(format!("{} bytes came back for 3", found.len())),
    })
}

async fn lists(store: &dyn ObjectStore, folder: &Path, at: &Path) -> Kept {
    use futures::TryStreamExt;
    let listed: Vec<_> = store.list(Some(folder)).map_ok(|meta| meta.location).try_collect().await?;
    Ok(match listed.contains(at) {
        true => Ok(()),
        false => Err("it is missing from the list".to_owned()),
    })
}

async fn gone(store: &dyn ObjectStore, at: &Path) -> Kept {
    Ok(match find(store, at).await? {
        None => Ok(()),
        Some(_) => Err("what was removed is still there".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    #[test]
    fn a_disk_and_a_store_that_keep_all_are_fit_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Folder(folder.path().to_owned());
        let probe_of_disk = probe_location(&location, "p1").unwrap();
        probe_of_disk.require().unwrap();
        assert!(probe_of_disk.checks.iter().all(|(_, kept)| kept.is_ok()), "{probe_of_disk:?}");

        let objects = Objects::of_store(Arc::new(InMemory::new())).unwrap();
        let found = block_on(probe(&objects, "p1", true)).unwrap();
        assert_eq!(found.checks.len(), 8);
        assert!(found.checks.iter().all(|(_, kept)| kept.is_ok()), "{found:?}");
        assert_eq!(block_on(objects.list("_convolake")).unwrap(), [""; 0]);
        for _ in 0..2 {
            block_on(guard(&objects)).unwrap();
        }
    }
}
