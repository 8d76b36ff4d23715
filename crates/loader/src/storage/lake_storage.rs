//! What every room of the loader reaches a lake through: its objects, its place, and a disk for work in progress.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::lease::LeaseTimes;
use crate::storage::blocking::block_on;
use crate::storage::bucket::{self, Bucket};
use crate::storage::durable;
use crate::storage::objects::Objects;
use crate::{LoadError, Location};

/// A lake's storage. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LakeStorage {
    pub(crate) place: Place,
    pub(crate) objects: Objects,
    pub(crate) steps: Steps,
}

/// Where a lake is, and where its work in progress lies.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// Tables are changed in place, so what is staged lies on the same disk.
    Folder(Arc<Path>),
    Bucket(Arc<Bucket>),
}

/// What tests interrupt: called before each step that changes what a reader or the next run may see.
pub(crate) type Steps = Arc<dyn Fn(&'static str) -> std::io::Result<()> + Send + Sync>;

impl LakeStorage {
    /// Opens what lies at a location. A folder is created where there is none; a bucket is asked whether it is there and
    /// may be read.
    pub(crate) fn open(location: &Location) -> Result<Self, LoadError> {
        match location {
            Location::Folder(folder) => {
                durable::create_folder(folder)?;
                let root = folder.canonicalize().map_err(LoadError::file("open the folder", folder))?;
                let store = LocalFileSystem::new_with_prefix(&root).map_err(LoadError::object("open", ""))?;
                Ok(Self {
                    place: Place::Folder(root.into()),
                    objects: Objects::of_files(Arc::new(store.with_fsync(true))),
                    steps: Arc::new(|_| Ok(())),
                })
            }
            Location::Bucket { bucket, prefix } => {
                let lake = Self::on_store(bucket::connect(bucket, prefix)?, LeaseTimes::USUAL)?;
                block_on(lake.objects.ask(&location.to_string()))?;
                Ok(lake)
            }
        }
    }

    /// A lake in a store that was connected to already.
    pub(crate) fn on_store(store: Arc<dyn ObjectStore>, times: LeaseTimes) -> Result<Self, LoadError> {
        Ok(Self {
            place: Place::Bucket(Arc::new(Bucket::new(times)?)),
            objects: Objects::of_store(store)?,
            steps: Arc::new(|_| Ok(())),
        })
    }

    /// The lake's folder, if it is one of this machine.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(root) => Some(root),
            Place::Bucket(_) => None,
        }
    }

    /// Where something of this name lies on a disk of this machine: in the lake if it is a folder, else on the scratch
    /// disk.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.work().join(name)
    }

    /// The disk for work in progress.
    pub(crate) fn work(&self) -> &Path {
        match &self.place {
            Place::Folder(root) => root,
            Place::Bucket(bucket) => bucket.scratch.path(),
        }
    }

    pub(crate) fn step(&self, step: &'static str) -> Result<(), LoadError> {
        (self.steps)(step).map_err(LoadError::file(step, self.work()))
    }
}

impl std::fmt::Debug for LakeStorage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("LakeStorage").field(&self.place).finish()
    }
}
