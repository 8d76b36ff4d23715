use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use object_store::local::LocalFileSystem;

use crate::commit::{self, Commit};
use crate::lease::{Lease, LeaseHolder};
use crate::load::recover;
use crate::objects::Objects;
use crate::quarantine::Quarantine;
use crate::raw::Raw;
use crate::{LoadError, Location, durable, layout};

/// A lake: tables, raw zone and the state of its pipelines, below one root. Cheap to clone.
///
/// All methods block but those of [`Raw`] that are async; call them where blocking is allowed.
#[derive(Clone)]
pub struct Lake {
    pub(crate) root: Arc<Path>,
    pub(crate) objects: Objects,
    pub(crate) steps: Steps,
}

/// What tests interrupt: called before each step that changes what a reader or the next run may see.
pub(crate) type Steps = Arc<dyn Fn(&'static str) -> std::io::Result<()> + Send + Sync>;

impl Lake {
    /// Opens a lake, creating its folder where there is none.
    ///
    /// # Errors
    /// [`LoadError::File`] where the folder cannot be made.
    pub fn open(location: &Location) -> Result<Self, LoadError> {
        let Location::Folder(folder) = location;
        durable::create_folder(folder)?;
        let root = folder.canonicalize().map_err(LoadError::file("open the folder", folder))?;
        let store = LocalFileSystem::new_with_prefix(&root).map_err(LoadError::object("open", ""))?;
        Ok(Self {
            root: root.into(),
            objects: Objects::new(Arc::new(store.with_fsync(true))),
            steps: Arc::new(|_| Ok(())),
        })
    }

    /// The lake's folder on this machine.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Takes a pipeline's lease, and then finishes or clears what an interrupted run has left.
    ///
    /// # Errors
    /// [`LoadError::LeaseHeld`] while another run, of this or another process, holds it.
    pub fn lease(&self, pipeline: &str, holder: &LeaseHolder) -> Result<Lease, LoadError> {
        layout::name("the pipeline", pipeline)?;
        let lease = Lease::take(self.path(&layout::lease(pipeline)), pipeline, holder)?;
        recover::recover(self, pipeline)?;
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
        Ok(Quarantine::new(self.path(&staged), self.path(&layout::quarantine(pipeline, run))))
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

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn step(&self, step: &'static str) -> Result<(), LoadError> {
        (self.steps)(step).map_err(LoadError::file(step, &self.root))
    }
}

impl std::fmt::Debug for Lake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Lake").field(&self.root).finish()
    }
}
