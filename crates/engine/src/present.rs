//! A lake that is there, its pipelines and their leases: for commands that go by what the lake holds, and by no pipeline's file.

use std::collections::BTreeSet;

use convolake_loader::{Lake, Lease, LeaseHolder, Location};
use convolake_model::ConfigError;
use jiff::Timestamp;

use crate::{EngineError, RunId};

/// A lake and its pipelines.
pub(crate) struct Present {
    pub(crate) lake: Lake,
    pub(crate) pipelines: BTreeSet<String>,
}

impl Present {
    /// Opens the lake, with those of its pipelines that are asked for; all where none is named.
    pub(crate) fn open(to: &str, asked: &[String]) -> Result<Self, EngineError> {
        let lake =
            Lake::find(&Location::parse(to)?)?.ok_or_else(|| EngineError::NoLake { to: to.to_owned() })?;
        let mut pipelines = lake.pipelines()?;
        if let Some(absent) = asked.iter().find(|name| !pipelines.contains(*name)) {
            return Err(no_such_pipeline(to, absent, &pipelines));
        }
        pipelines.retain(|name| asked.is_empty() || asked.contains(name));
        Ok(Self { lake, pipelines })
    }

    /// Takes the lease of a pipeline.
    pub(crate) fn lease(&self, pipeline: &str, run: &RunId, since: Timestamp) -> Result<Lease, EngineError> {
        let holder = LeaseHolder { run: run.to_string(), pid: std::process::id(), since };
        Ok(self.lake.lease(pipeline, &holder)?)
    }

    /// Takes all of them, in the order of their names: what all pipelines share is theirs together.
    pub(crate) fn leases(&self, run: &RunId, since: Timestamp) -> Result<Vec<Lease>, EngineError> {
        self.pipelines.iter().map(|pipeline| self.lease(pipeline, run, since)).collect()
    }
}

/// The lake has none of the name, but these.
pub(crate) fn no_such_pipeline(to: &str, name: &str, known: &BTreeSet<String>) -> EngineError {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let error = ConfigError::new(to, 0, format!("the lake holds nothing of the pipeline {name}"));
    error.with_hint(Some(format!("it holds: {}", known.join(", ")))).into()
}
