//! The second step: all versions of a unit are in one place, and one row a key is left.

use convolake_loader::{FileRows, Lake, LeaseHolder, Load, LoadError, LoadMode, Location};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::EngineError;
use crate::cluster::note::Note;
use crate::cluster::plan::ClusterPlan;

/// A part of the rows of a replay, folded in a lake of its own below TMPDIR. All methods block.
#[derive(Debug)]
pub struct PartFold {
    load: Load,
    // Removed once the load is through.
    scratch: TempDir,
}

impl PartFold {
    /// Begins with no rows.
    ///
    /// # Errors
    /// There is no place to work in.
    pub fn begin(plan: &ClusterPlan) -> Result<Self, EngineError> {
        let project = plan.project()?;
        let scratch = scratch("fold")?;
        let beside = Lake::open(&Location::Folder(scratch.path().join("lake")))?;
        let name = project.pipeline.name.as_str();
        let holder =
            LeaseHolder { run: plan.run.clone(), pid: std::process::id(), since: Timestamp::UNIX_EPOCH };
        let lease = beside.lease(name, &holder)?;
        let (tables, memory) = (plan.tables(&project), plan.memory()?.load());
        let buckets = project.pipeline.buckets;
        let load = Load::begin(&beside, &lease, &plan.run, &tables, LoadMode::Merge, memory, buckets)?;
        Ok(Self { load, scratch })
    }

    /// Takes rows, in any order.
    ///
    /// # Errors
    /// A parcel that does not read; a full disk.
    pub fn push(&mut self, parcel: &[u8]) -> Result<(), EngineError> {
        Ok(self.load.push_parcel(parcel)?)
    }

    /// Hands on what is left, sorted for each table file; gives what the driver is to be told.
    ///
    /// # Errors
    /// What `hand_on` fails with; a full disk.
    pub fn finish(
        self,
        hand_on: impl FnMut(FileRows) -> Result<(), LoadError>,
    ) -> Result<Vec<u8>, EngineError> {
        let folded = self.load.fold(hand_on)?;
        drop(self.scratch);
        Note { folded, ..Note::default() }.to_bytes()
    }
}

/// A folder of its own below TMPDIR.
pub(super) fn scratch(step: &str) -> Result<TempDir, EngineError> {
    let made = tempfile::Builder::new().prefix(&format!("convolake-{step}-")).tempdir();
    made.map_err(|source| EngineError::Scratch { path: std::env::temp_dir(), source })
}
