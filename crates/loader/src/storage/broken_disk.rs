//! Disks that break one promise each, so that the battery which is to find it is itself tested.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;

use crate::LoadError;
use crate::storage::digest::ContentDigest;
use crate::storage::local_disk::LocalDisk;
use crate::storage::local_file::LocalFile;
use crate::storage::stored_file::StoredFile;
use crate::storage::trial::guarantee::Guarantee;
use crate::storage::{
    Created, Exclusion, Expected, Found, Listed, ObjectVersion, Settled, Storage, WriteGate,
};

/// A promise that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiskFlaw {
    /// Files and folders cannot be made.
    IsReadOnly,
    /// What is published is not there.
    PublishesNothing,
    /// A file is published over what was not expected.
    PublishesOverAnything,
    /// Nothing can be synced.
    DoesNotSync,
    /// A lock is given to whoever asks.
    LocksNobodyOut,
    /// A version is the same whatever stands there.
    TellsNoVersionsApart,
}

/// A disk with one flaw.
#[derive(Debug)]
pub(crate) struct BrokenDisk {
    pub(crate) inner: LocalDisk,
    pub(crate) flaw: DiskFlaw,
    n_locks: AtomicU64,
}

impl BrokenDisk {
    pub(crate) fn with(inner: LocalDisk, flaw: DiskFlaw) -> Self {
        Self { inner, flaw, n_locks: AtomicU64::new(0) }
    }

    fn refused(&self) -> LoadError {
        LoadError::file("write", self.inner.work_folder())(std::io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn version(&self, version: ObjectVersion) -> ObjectVersion {
        match self.flaw {
            DiskFlaw::TellsNoVersionsApart => ObjectVersion::new("always"),
            _ => version,
        }
    }
}

#[async_trait]
impl Storage for BrokenDisk {
    fn work_folder(&self) -> &Path {
        self.inner.work_folder()
    }

    fn root_folder(&self) -> Option<&Path> {
        self.inner.root_folder()
    }

    fn exclusion(&self, name: &str) -> Exclusion {
        match (self.flaw, self.inner.exclusion(name)) {
            (DiskFlaw::LocksNobodyOut, Exclusion::ProcessLock(path)) => {
                let number = self.n_locks.fetch_add(1, Ordering::Relaxed);
                Exclusion::ProcessLock(PathBuf::from(format!("{}{number}", path.display())))
            }
            (_, exclusion) => exclusion,
        }
    }

    fn replaces_by_version(&self) -> bool {
        self.inner.replaces_by_version()
    }

    fn guarantees(&self) -> &'static [Guarantee] {
        self.inner.guarantees()
    }

    async fn guard(&self) -> Result<(), LoadError> {
        self.inner.guard().await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Listed>, LoadError> {
        self.inner.list(folder).await
    }

    async fn entries(&self, folder: &str) -> Result<Vec<String>, LoadError> {
        self.inner.entries(folder).await
    }

    async fn is_folder(&self, folder: &str) -> Result<bool, LoadError> {
        self.inner.is_folder(folder).await
    }

    async fn find(&self, name: &str) -> Result<Option<Found>, LoadError> {
        let found = self.inner.find(name).await?;
        Ok(found.map(|found| Found { version: self.version(found.version.clone()), ..found }))
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, LoadError> {
        self.inner.get(name).await
    }

    async fn get_with_version(&self, name: &str) -> Result<Option<(Bytes, ObjectVersion)>, LoadError> {
        self.inner.get_with_version(name).await
    }

    async fn get_start(&self, name: &str, n_bytes: u64) -> Result<Bytes, LoadError> {
        self.inner.get_start(name, n_bytes).await
    }

    async fn file(&self, listed: Listed) -> Result<StoredFile, LoadError> {
        self.inner.file(listed).await
    }

    async fn staged(
        &self,
        name: &str,
        content: Option<&ContentDigest>,
    ) -> Result<Option<LocalFile>, LoadError> {
        self.inner.staged(name, content).await
    }

    async fn create(&self, name: &str, content: Bytes) -> Result<Created, LoadError> {
        self.inner.create(name, content).await
    }

    async fn replace(&self, name: &str, content: Bytes, expected: &Expected) -> Result<Settled, LoadError> {
        self.inner.replace(name, content, expected).await
    }

    async fn prepare(&self, names: &[&str]) -> Result<(), LoadError> {
        match self.flaw {
            DiskFlaw::IsReadOnly => Err(self.refused()),
            _ => self.inner.prepare(names).await,
        }
    }

    async fn publish(
        &self,
        file: &LocalFile,
        name: &str,
        expected: &Expected,
        gate: &dyn WriteGate,
    ) -> Result<Settled, LoadError> {
        match self.flaw {
            DiskFlaw::PublishesNothing => Ok(Settled::Ours(ObjectVersion::new("published"))),
            DiskFlaw::PublishesOverAnything => {
                self.inner.publish(file, name, &Expected::Anything, gate).await
            }
            _ => self.inner.publish(file, name, expected, gate).await,
        }
    }

    async fn duplicate(
        &self,
        from: &str,
        content: &ContentDigest,
        to: &str,
        gate: &dyn WriteGate,
    ) -> Result<(), LoadError> {
        self.inner.duplicate(from, content, to, gate).await
    }

    async fn make_durable(&self, names: &[&str]) -> Result<(), LoadError> {
        match self.flaw {
            DiskFlaw::DoesNotSync => Err(self.refused()),
            _ => self.inner.make_durable(names).await,
        }
    }

    async fn remove(&self, names: Vec<String>) -> Result<(), LoadError> {
        self.inner.remove(names).await
    }
}
