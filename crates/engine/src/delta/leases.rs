//! The leases of all pipelines of a lake that have committed: the tables of the Delta tree are theirs together.

use std::collections::BTreeSet;

use convolake_loader::{Lake, Lease, LeaseHolder, Location};
use convolake_model::ConfigError;
use jiff::Timestamp;

use crate::{EngineError, RunId, Seams};

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
            let known: Vec<&str> = pipelines.iter().map(String::as_str).collect();
            let message = format!("the lake holds nothing of the pipeline {absent}");
            let error = ConfigError::new(to, 0, message);
            return Err(error.with_hint(Some(format!("it holds: {}", known.join(", ")))).into());
        }
        pipelines.retain(|name| asked.is_empty() || asked.contains(name));
        Ok(Self { lake, pipelines })
    }

    /// Takes the lease of a pipeline.
    pub(crate) fn lease(&self, pipeline: &str, now: Timestamp, seams: &Seams) -> Result<Lease, EngineError> {
        let run = RunId::new(now, seams.entropy);
        let holder = LeaseHolder { run: run.to_string(), pid: std::process::id(), since: now };
        Ok(self.lake.lease(pipeline, &holder)?)
    }

    /// Takes all of them, in the order of their names.
    pub(crate) fn leases(&self, now: Timestamp, seams: &Seams) -> Result<Vec<Lease>, EngineError> {
        self.pipelines.iter().map(|pipeline| self.lease(pipeline, now, seams)).collect()
    }
}
