//! What all tasks of a replay share, as text.

use convolake_loader::{Lake, LoadTable, Location};
use convolake_model::Override;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::memory::MemoryBudget;
use crate::{EngineError, Project};

/// What all tasks of one replay share. It holds no secret, and is the same in every process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterPlan {
    /// The version of the program: parcels are read by the one that wrote them.
    pub(crate) version: String,
    /// A built-in pipeline or the path of one, which every process can read.
    pub(crate) pipeline: String,
    /// Fields of the pipeline set over its file, by their dotted paths.
    pub(crate) set: Map<String, Value>,
    /// Where the lake is.
    pub(crate) to: String,
    /// The run.
    pub(crate) run: String,
    /// The streams that have landed pages.
    pub(crate) streams: Vec<String>,
    /// How many parts the rows are folded in.
    pub(crate) n_parts: u32,
    /// The memory of each task, in bytes.
    pub(crate) memory_bytes: u64,
}

impl ClusterPlan {
    /// Reads a plan that [`ClusterPlan::to_json`] gave.
    ///
    /// # Errors
    /// It is of another version of the program, or none.
    pub fn parse(json: &str) -> Result<Self, EngineError> {
        let failed = |message: String| EngineError::Worker { message };
        let plan: Self = serde_json::from_str(json).map_err(|error| failed(format!("no plan: {error}")))?;
        match plan.version == env!("CARGO_PKG_VERSION") {
            true => Ok(plan),
            false => Err(failed(format!(
                "the driver runs version {}, and this executor {}; install the same wheel on both",
                plan.version,
                env!("CARGO_PKG_VERSION")
            ))),
        }
    }

    /// The plan as text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many parts the rows are folded in.
    pub const fn n_parts(&self) -> u32 {
        self.n_parts
    }

    pub(crate) fn project(&self) -> Result<Project, EngineError> {
        Ok(Project::load(&self.pipeline, &overrides(&self.set))?)
    }

    pub(crate) fn lake(&self) -> Result<Lake, EngineError> {
        let lake = Lake::open_existing(&Location::parse(&self.to)?)?;
        lake.ok_or_else(|| EngineError::NoLake { to: self.to.clone() })
    }

    pub(crate) fn tables(&self, project: &Project) -> Vec<LoadTable> {
        project.load_tables(self.streams.iter().map(String::as_str))
    }

    pub(crate) fn memory(&self) -> Result<MemoryBudget, EngineError> {
        Ok(MemoryBudget::new(self.memory_bytes, "a task's own folder")?)
    }
}

/// Overrides by their dotted paths.
pub(crate) fn overrides(set: &Map<String, Value>) -> Vec<Override> {
    let of =
        |(key, value): (&String, &Value)| Override::new(&key.split('.').collect::<Vec<_>>(), value.clone());
    set.iter().map(of).collect()
}
