//! An object store as a storage.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::LoadError;
use crate::error::DamageCause;
use crate::storage::blocking::block_on;
use crate::storage::contract::{Exclusion, Storage, WriteGate};
use crate::storage::digest::{ContentDigest, sha256};
use crate::storage::error_words::{ErrorWords, object_path};
use crate::storage::local_file::LocalFile;
use crate::storage::object::{Created, Expected, Found, Listed, ObjectVersion, Settled};
use crate::storage::remote::block_cache::BlockCache;
use crate::storage::remote::requests::Requests;
use crate::storage::remote::scratch::Scratch;
use crate::storage::remote::{conditional_put, guard, upload};
use crate::storage::stored_file::StoredFile;
use crate::storage::trial::guarantee::Guarantee;

/// The memory that uploads under way take together, in kibibytes: one file of the largest size that is one request.
const UPLOAD_KIB: u32 = 64 * 1024;
const _: () = assert!(UPLOAD_KIB as u64 == upload::MAX_PUT_BYTES >> 10);

/// A lake's objects in a store, and a folder of this machine for work in progress.
#[derive(Debug)]
pub(crate) struct RemoteStorage {
    requests: Requests,
    scratch: Scratch,
    n_opened: AtomicU64,
    upload_memory: Semaphore,
}

impl RemoteStorage {
    /// A store that was connected to already.
    pub(crate) fn over(store: Arc<dyn ObjectStore>, words: &'static ErrorWords) -> Result<Self, LoadError> {
        Ok(Self {
            requests: Requests::to(store, words)?,
            scratch: Scratch::new()?,
            n_opened: AtomicU64::new(0),
            upload_memory: Semaphore::new(UPLOAD_KIB as usize),
        })
    }

    /// Asks whether the store is there and lets itself be read; gives the names right below a folder, sorted. Blocks.
    pub(crate) fn ask(&self, location: &str, folder: &str) -> Result<Vec<String>, LoadError> {
        let prefix = object_path("read", folder)?;
        block_on(self.requests.run("read", location, |store| entries(store, prefix)))
    }

    /// Waits until an upload may take so much memory; `None` would mean that nobody counts any more.
    async fn upload_memory(&self, n_bytes: u64) -> Option<SemaphorePermit<'_>> {
        let kib = u32::try_from(n_bytes >> 10).unwrap_or(UPLOAD_KIB);
        self.upload_memory.acquire_many(kib.clamp(1, UPLOAD_KIB)).await.ok()
    }
}

#[async_trait]
impl Storage for RemoteStorage {
    fn work_folder(&self) -> &Path {
        self.scratch.path()
    }

    fn root_folder(&self) -> Option<&Path> {
        None
    }

    fn exclusion(&self, _name: &str) -> Exclusion {
        Exclusion::RenewedObject(Arc::clone(&self.requests.reactor))
    }

    fn replaces_by_version(&self) -> bool {
        true
    }

    fn guarantees(&self) -> &'static [Guarantee] {
        use Guarantee::{
            CreateOnce, Delete, ListAfterWrite, Metadata, MultipartUpload, RangeRead, ReadAfterWrite,
            ReplaceByVersion,
        };
        &[
            ReadAfterWrite,
            CreateOnce,
            ReplaceByVersion,
            RangeRead,
            ListAfterWrite,
            Metadata,
            MultipartUpload,
            Delete,
        ]
    }

    async fn guard(&self) -> Result<(), LoadError> {
        guard::guard(&self.requests).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Listed>, LoadError> {
        let prefix = object_path("list", folder)?;
        let listed = |meta: ObjectMeta| Listed {
            name: meta.location.as_ref().to_owned(),
            n_bytes: meta.size,
            version: meta.e_tag.map(ObjectVersion::new),
            written_at: Timestamp::from_second(meta.last_modified.timestamp()).ok(),
        };
        let all = |store: Arc<dyn ObjectStore>| async move {
            store.list(Some(&prefix)).map_ok(listed).try_collect::<Vec<_>>().await
        };
        let mut all = self.requests.run("list", folder, all).await?;
        all.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    async fn entries(&self, folder: &str) -> Result<Vec<String>, LoadError> {
        let prefix = object_path("list", folder)?;
        self.requests.run("list", folder, |store| entries(store, prefix)).await
    }

    async fn is_folder(&self, folder: &str) -> Result<bool, LoadError> {
        Ok(!self.entries(folder).await?.is_empty())
    }

    async fn find(&self, name: &str) -> Result<Option<Found>, LoadError> {
        let at = object_path("look at", name)?;
        let find = |store: Arc<dyn ObjectStore>| async move { conditional_put::find(&*store, &at).await };
        self.requests.run("look at", name, find).await
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, LoadError> {
        Ok(self.get_with_version(name).await?.map(|(content, _)| content))
    }

    async fn get_dated(&self, name: &str) -> Result<Option<(Bytes, Option<Timestamp>)>, LoadError> {
        let at = object_path("read", name)?;
        let get = |store: Arc<dyn ObjectStore>| async move {
            let found = match store.get(&at).await {
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                found => found?,
            };
            let written_at = Timestamp::from_second(found.meta.last_modified.timestamp()).ok();
            Ok(Some((found.bytes().await?, written_at)))
        };
        self.requests.run("read", name, get).await
    }

    async fn get_with_version(&self, name: &str) -> Result<Option<(Bytes, ObjectVersion)>, LoadError> {
        let at = object_path("read", name)?;
        let get = |store: Arc<dyn ObjectStore>| async move { get(&*store, &at).await };
        self.requests.run("read", name, get).await
    }

    async fn get_start(&self, name: &str, n_bytes: u64) -> Result<Bytes, LoadError> {
        let at = object_path("read", name)?;
        let get = |store: Arc<dyn ObjectStore>| async move { store.get_range(&at, 0..n_bytes).await };
        self.requests.run("read", name, get).await
    }

    async fn file(&self, listed: Listed) -> Result<StoredFile, LoadError> {
        let Listed { name, n_bytes, version, .. } = listed;
        // Without a version nothing could be replaced.
        let (n_bytes, version) = match version {
            Some(version) => (n_bytes, version),
            None => match self.find(&name).await? {
                Some(found) => (found.n_bytes, found.version),
                None => return Err(LoadError::Overtaken { object: name }),
            },
        };
        let number = self.n_opened.fetch_add(1, Ordering::Relaxed);
        let scratch = self.scratch.path().join(format!("{number}.blocks"));
        let blocks = BlockCache::new(self.requests.clone(), name, n_bytes, version.clone(), scratch);
        Ok(StoredFile::in_blocks(blocks, version))
    }

    async fn staged(
        &self,
        name: &str,
        content: Option<&ContentDigest>,
    ) -> Result<Option<LocalFile>, LoadError> {
        let path = self.scratch.path().join(name);
        match content {
            _ if path.exists() => Ok(Some(LocalFile { path, digest: content.cloned() })),
            Some(content) => upload::fetch(&self.requests, name, &path, content).await.map(Some),
            None => {
                let reason = DamageCause::Content("its intent does not say what it holds");
                Err(LoadError::damaged(name, reason))
            }
        }
    }

    async fn create(&self, name: &str, content: Bytes) -> Result<Created, LoadError> {
        let at = object_path("write", name)?;
        let create = |store: Arc<dyn ObjectStore>| async move {
            let mut tries = conditional_put::Tries::begin();
            loop {
                let options = PutOptions::from(PutMode::Create);
                let Err(error) = store.put_opts(&at, content.clone().into(), options).await else {
                    return Ok(Created::Ours);
                };
                // The store may have applied a write whose answer was lost.
                match get(&*store, &at).await {
                    Ok(Some((found, _))) if found == content => return Ok(Created::Ours),
                    Ok(Some(_)) => return Ok(Created::Taken),
                    Ok(None) | Err(_) => tries.pause(error).await?,
                }
            }
        };
        self.requests.run("write", name, create).await
    }

    async fn replace(&self, name: &str, content: Bytes, expected: &Expected) -> Result<Settled, LoadError> {
        let at = object_path("write", name)?;
        let (sha256, expected) = (sha256(&content), expected.clone());
        let write = |store: Arc<dyn ObjectStore>| async move {
            conditional_put::write(&*store, &at, content.into(), &sha256, &expected).await
        };
        self.requests.run("write", name, write).await
    }

    async fn prepare(&self, _names: &[&str]) -> Result<(), LoadError> {
        Ok(())
    }

    async fn publish(
        &self,
        file: &LocalFile,
        name: &str,
        expected: &Expected,
        gate: &dyn WriteGate,
    ) -> Result<Settled, LoadError> {
        let digest = file.digest()?;
        if digest.n_bytes > upload::MAX_PUT_BYTES {
            return self.publish_large(file, name, expected, gate).await;
        }
        let _memory = self.upload_memory(digest.n_bytes).await;
        upload::upload(&self.requests, &file.path, &digest.sha256, name, expected).await
    }

    async fn publish_large(
        &self,
        file: &LocalFile,
        name: &str,
        expected: &Expected,
        gate: &dyn WriteGate,
    ) -> Result<Settled, LoadError> {
        let digest = file.digest()?;
        let _memory = self.upload_memory(upload::PARTS_BYTES).await;
        upload::upload_in_parts(&self.requests, &file.path, &digest.sha256, name, expected, gate).await
    }

    async fn duplicate(
        &self,
        from: &str,
        content: &ContentDigest,
        to: &str,
        gate: &dyn WriteGate,
    ) -> Result<(), LoadError> {
        let is_it = |found: &Found| found.sha256.as_deref() == Some(content.sha256.as_str());
        if self.find(to).await?.as_ref().is_some_and(is_it) {
            return Ok(());
        }
        // Not copied by the store, which could not be told that `from` is to be of this content at the moment of the copy.
        let number = self.n_opened.fetch_add(1, Ordering::Relaxed);
        let path = self.scratch.path().join(format!("{number}.duplicate"));
        let file = upload::fetch(&self.requests, from, &path, content).await?;
        let settled = self.publish(&file, to, &Expected::Absent, gate).await;
        let _ = std::fs::remove_file(&path);
        match settled? {
            Settled::Ours(_) => Ok(()),
            Settled::Other(_) => Err(LoadError::ObjectTaken { object: to.to_owned() }),
        }
    }

    async fn make_durable(&self, _names: &[&str]) -> Result<(), LoadError> {
        Ok(())
    }

    async fn remove(&self, names: Vec<String>) -> Result<(), LoadError> {
        let Some(first) = names.first() else { return Ok(()) };
        let paths = names.iter().map(|name| object_path("remove", name)).collect::<Result<Vec<_>, _>>()?;
        let remove = |store: Arc<dyn ObjectStore>| async move {
            let paths = futures::stream::iter(paths.into_iter().map(Ok)).boxed();
            let mut removed = store.delete_stream(paths);
            while let Some(outcome) = removed.next().await {
                match outcome {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        self.requests.run("remove", first, remove).await
    }
}

/// The names right below a folder, sorted.
async fn entries(
    store: Arc<dyn ObjectStore>,
    folder: object_store::path::Path,
) -> object_store::Result<Vec<String>> {
    let listed = store.list_with_delimiter(Some(&folder)).await?;
    let objects = listed.objects.iter().map(|meta| &meta.location);
    let names = listed.common_prefixes.iter().chain(objects).filter_map(|path| path.filename());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    Ok(names)
}

async fn get(
    store: &dyn ObjectStore,
    at: &object_store::path::Path,
) -> object_store::Result<Option<(Bytes, ObjectVersion)>> {
    match store.get(at).await {
        Ok(found) => {
            let version = ObjectVersion::new(found.meta.e_tag.clone().unwrap_or_default());
            Ok(Some((found.bytes().await?, version)))
        }
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
