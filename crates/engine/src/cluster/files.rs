//! The third step: the rows of a table file are in one place, and the file is written.

use convolake_loader::{FileMade, FileMaker};
use tempfile::TempDir;

use crate::EngineError;
use crate::cluster::fold::scratch;
use crate::cluster::plan::ClusterPlan;

/// Table files in the making. All methods block.
#[derive(Debug)]
pub struct TableFiles {
    maker: FileMaker,
    scratch: TempDir,
}

impl TableFiles {
    /// Begins with no rows. `attempt` is another for each attempt of each task.
    ///
    /// # Errors
    /// There is no place to work in; the lake cannot be opened.
    pub fn begin(plan: &ClusterPlan, attempt: &str) -> Result<Self, EngineError> {
        let project = plan.project()?;
        let scratch = scratch("files")?;
        let names = (project.pipeline.name.as_str(), plan.run.as_str(), attempt);
        let (tables, buckets) = (plan.tables(&project), project.pipeline.buckets);
        let maker = FileMaker::begin(&plan.lake()?, names, &tables, buckets, scratch.path())?;
        Ok(Self { maker, scratch })
    }

    /// Takes rows of a file, as a fold hands them on.
    ///
    /// # Errors
    /// A full disk.
    pub fn add(&mut self, file: &str, rows: &[u8]) -> Result<(), EngineError> {
        Ok(self.maker.add(file, rows)?)
    }

    /// Writes the files where no reader looks; gives what the driver is to be told of each.
    ///
    /// # Errors
    /// A full disk; the store's refusal.
    pub fn finish(self) -> Result<Vec<Vec<u8>>, EngineError> {
        let made = self.maker.finish()?;
        drop(self.scratch);
        made.iter().map(to_bytes).collect()
    }
}

fn to_bytes(made: &FileMade) -> Result<Vec<u8>, EngineError> {
    let failed = |error| EngineError::Worker { message: format!("a file made cannot be told of: {error}") };
    serde_json::to_vec(made).map_err(failed)
}

/// What a task told of a file that it made.
pub(super) fn parse(bytes: &[u8]) -> Result<FileMade, EngineError> {
    let failed = |error| EngineError::Worker {
        message: format!("what a task tells of a file does not read: {error}"),
    };
    serde_json::from_slice(bytes).map_err(failed)
}
