//! A lake's storage as all rooms of the loader hold it: opened by its location, cheap to clone, and interrupted by tests.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::storage::Storage;
use crate::storage::blocking::block_on;
use crate::storage::held_objects::HeldObjects;
use crate::storage::local_disk::LocalDisk;
use crate::storage::remote::aws;
use crate::storage::remote::remote_storage::RemoteStorage;
use crate::{LoadError, Location, paths};

/// A lake's storage. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LakeStorage {
    storage: Arc<dyn Storage>,
    pub(crate) steps: Steps,
    /// Of the pipelines whose lease this process holds.
    pub(crate) held: HeldObjects,
}

/// What tests interrupt: called before each step that changes what a reader or the next run may see.
pub(crate) type Steps = Arc<dyn Fn(&'static str) -> std::io::Result<()> + Send + Sync>;

impl LakeStorage {
    /// Opens what lies at a location. A folder is created where there is none; a bucket is asked whether it is there and
    /// may be read.
    pub(crate) fn open(location: &Location) -> Result<Self, LoadError> {
        Ok(Self::open_listed(location, paths::STATE)?.0)
    }

    /// [`LakeStorage::open`], with the names of what lies right below a folder, by which a bucket is asked whether it is there.
    pub(crate) fn open_listed(location: &Location, folder: &str) -> Result<(Self, Vec<String>), LoadError> {
        match location {
            Location::Folder(root) => {
                let lake = Self::over(Arc::new(LocalDisk::open(root)?));
                let names = block_on(lake.entries(folder))?;
                Ok((lake, names))
            }
            Location::Bucket { bucket, prefix } => {
                let store = RemoteStorage::over(aws::connect(bucket, prefix)?, &aws::WORDS)?;
                let names = store.ask(&location.to_string(), folder)?;
                Ok((Self::over(Arc::new(store)), names))
            }
        }
    }

    /// [`LakeStorage::open`]; `None` where there is nothing, and nothing is created.
    pub(crate) fn open_existing(location: &Location) -> Result<Option<Self>, LoadError> {
        match location.is_absent() {
            true => Ok(None),
            false => Self::open(location).map(Some),
        }
    }

    /// A lake in a storage that is open already.
    pub(crate) fn over(storage: Arc<dyn Storage>) -> Self {
        Self { storage, steps: Arc::new(|_| Ok(())), held: HeldObjects::default() }
    }

    /// The same storage, interrupted at its steps.
    #[cfg(test)]
    pub(crate) fn interrupted(&self, steps: Steps) -> Self {
        Self { storage: Arc::clone(&self.storage), steps, held: self.held.clone() }
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

    /// Removes what [`Storage::unfinished`] told of.
    pub(crate) fn remove_unfinished(&self, names: &[String]) -> Result<(), LoadError> {
        names.iter().try_for_each(|name| {
            let path = self.path(name);
            match std::fs::remove_file(&path) {
                // Whoever wrote it has finished.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                removed => removed.map_err(LoadError::file("remove", &path)),
            }
        })
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
