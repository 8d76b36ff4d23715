//! A lake's storage as all rooms of the loader hold it: opened by its location, cheap to clone, and interrupted by tests.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::storage::Storage;
use crate::storage::local_disk::LocalDisk;
use crate::storage::remote::aws;
use crate::storage::remote::remote_storage::RemoteStorage;
use crate::{LoadError, Location};

/// A lake's storage. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LakeStorage {
    storage: Arc<dyn Storage>,
    pub(crate) steps: Steps,
}

/// What tests interrupt: called before each step that changes what a reader or the next run may see.
pub(crate) type Steps = Arc<dyn Fn(&'static str) -> std::io::Result<()> + Send + Sync>;

impl LakeStorage {
    /// Opens what lies at a location. A folder is created where there is none; a bucket is asked whether it is there and
    /// may be read.
    pub(crate) fn open(location: &Location) -> Result<Self, LoadError> {
        Ok(Self::over(match location {
            Location::Folder(folder) => Arc::new(LocalDisk::open(folder)?),
            Location::Bucket { bucket, prefix } => {
                let store = RemoteStorage::over(aws::connect(bucket, prefix)?, &aws::WORDS)?;
                store.ask(&location.to_string())?;
                Arc::new(store)
            }
        }))
    }

    /// [`LakeStorage::open`]; `None` where there is nothing, and nothing is created.
    pub(crate) fn open_existing(location: &Location) -> Result<Option<Self>, LoadError> {
        match location {
            Location::Folder(folder) if !folder.is_dir() => Ok(None),
            _ => Self::open(location).map(Some),
        }
    }

    /// A lake in a storage that is open already.
    pub(crate) fn over(storage: Arc<dyn Storage>) -> Self {
        Self { storage, steps: Arc::new(|_| Ok(())) }
    }

    /// The same storage, interrupted at its steps.
    #[cfg(test)]
    pub(crate) fn interrupted(&self, steps: Steps) -> Self {
        Self { storage: Arc::clone(&self.storage), steps }
    }

    /// A lake in an object store that was connected to already.
    #[cfg(test)]
    pub(crate) fn on_store(store: Arc<dyn object_store::ObjectStore>) -> Result<Self, LoadError> {
        Ok(Self::over(Arc::new(RemoteStorage::over(store, &aws::WORDS)?)))
    }

    /// Where something of this name lies on the disk for work in progress.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.work().join(name)
    }

    /// The disk for work in progress.
    pub(crate) fn work(&self) -> &Path {
        self.storage.work_folder()
    }

    pub(crate) fn step(&self, step: &'static str) -> Result<(), LoadError> {
        (self.steps)(step).map_err(LoadError::file(step, self.work()))
    }
}

impl Deref for LakeStorage {
    type Target = dyn Storage;

    fn deref(&self) -> &Self::Target {
        &*self.storage
    }
}

impl std::fmt::Debug for LakeStorage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("LakeStorage").field(&self.storage).finish()
    }
}
