use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::blocking::block_on;
use bytes::Bytes;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::bucket::{self, Bucket};
use crate::commit::{self, Commit};
use crate::lease::{Lease, LeaseHolder, LeaseTimes};
use crate::load::recover;
use crate::objects::Objects;
use crate::quarantine::Quarantine;
use crate::raw::Raw;
use crate::{LoadError, Location, durable, layout, probe};

/// A lake: tables, raw zone and the state of its pipelines, below one root. Cheap to clone.
///
/// All methods block but those of [`Raw`] that are async; call them where blocking is allowed.
#[derive(Clone)]
pub struct Lake {
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

impl Lake {
    /// Opens a lake. A folder is created where there is none; a bucket is asked whether it is there and may be read.
    ///
    /// # Errors
    /// [`LoadError::File`] where the folder cannot be made; [`LoadError::BucketMissing`], [`LoadError::StoreRefused`]
    /// and [`LoadError::StoreUnavailable`].
    pub fn open(location: &Location) -> Result<Self, LoadError> {
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
    pub fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(root) => Some(root),
            Place::Bucket(_) => None,
        }
    }

    /// Takes a pipeline's lease, and then finishes or clears what an interrupted run has left. In a bucket this takes
    /// as long as it takes to see whether the holder of a lease that was not given back is alive: 20 seconds at the
    /// most.
    ///
    /// # Errors
    /// [`LoadError::LeaseHeld`] while another run, of this or another process, holds it; [`LoadError::StoreUnfit`] for
    /// a store whose conditional writes do not hold.
    pub fn lease(&self, pipeline: &str, holder: &LeaseHolder) -> Result<Lease, LoadError> {
        layout::name("the pipeline", pipeline)?;
        let lease = match &self.place {
            Place::Folder(_) => Lease::lock(self.path(&layout::lease(pipeline)), pipeline, holder)?,
            Place::Bucket(bucket) => {
                block_on(probe::guard(&self.objects))?;
                Lease::take(&self.objects, pipeline, holder, bucket.times)?
            }
        };
        recover::recover(self, &lease)?;
        Ok(lease)
    }

    /// A pipeline's newest commit; `None` before the first. A commit that does not read is an error, never "none":
    /// a run without its state would fetch everything again.
    ///
    /// # Errors
    /// [`LoadError::Damaged`], [`LoadError::Newer`], or the store's refusal.
    pub fn head(&self, pipeline: &str) -> Result<Option<Commit>, LoadError> {
        layout::name("the pipeline", pipeline)?;
        block_on(commit::head(&self.objects, pipeline))
    }

    /// The raw zone.
    pub fn raw(&self) -> Raw {
        Raw::new(self.objects.clone())
    }

    /// A run's quarantine file, which appears only when it is finished and holds a line.
    ///
    /// # Errors
    /// [`LoadError::Name`] where a name cannot stand in a path.
    pub fn quarantine(&self, pipeline: &str, run: &str) -> Result<Quarantine, LoadError> {
        layout::name("the pipeline", pipeline)?;
        layout::name("the run", run)?;
        let staged = format!("{}/quarantine.staged", layout::staging(pipeline, run));
        Ok(Quarantine::new(self.clone(), self.path(&staged), layout::quarantine(pipeline, run)))
    }

    /// Writes a run's report, once.
    ///
    /// # Errors
    /// [`LoadError::ObjectTaken`] where the run has another already.
    pub fn write_report(
        &self,
        pipeline: &str,
        run: &str,
        report: &serde_json::Value,
    ) -> Result<(), LoadError> {
        layout::name("the pipeline", pipeline)?;
        let object = layout::report(pipeline, layout::name("the run", run)?);
        block_on(self.objects.create_own(&object, Bytes::from(format!("{report:#}\n"))))
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

impl std::fmt::Debug for Lake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Lake").field(&self.place).finish()
    }
}
