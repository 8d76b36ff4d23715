//! Looking at a lake from outside: nothing is written, no lease is taken, and a run may go on beside it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use crate::archive::ArchiveFolder;
use crate::lease::LeaseState;
use crate::storage::blocking::block_on;
use crate::{Lake, LoadError, Location, lease, paths};

/// What archives of reports are called.
const REPORTS: &str = "reports";

/// What a run has said of itself at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredReport {
    /// The run.
    pub run: String,
    /// Its report.
    pub report: serde_json::Value,
}

impl Lake {
    /// Opens a lake that is there; `None` where there is nothing of one. Nothing is created.
    ///
    /// # Errors
    /// The location cannot be read.
    pub fn find(location: &Location) -> Result<Option<Self>, LoadError> {
        let Some(lake) = Self::open_existing(location)? else { return Ok(None) };
        Ok(match lake.pipelines()?.is_empty() {
            true => None,
            false => Some(lake),
        })
    }

    /// The names of the runs that have left a report, newest first, at most so many.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn reported_runs(&self, pipeline: &str, most: usize) -> Result<Vec<String>, LoadError> {
        let listed = block_on(self.storage.list(&paths::reports(pipeline)))?;
        let run = |name: &String| paths::json_stem(name).map(str::to_owned);
        // A run's name begins with the instant it began.
        let mut runs: Vec<String> = listed.iter().rev().filter_map(|listed| run(&listed.name)).collect();
        if runs.len() < most {
            block_on(async {
                let mut archives = ArchiveFolder::list(&self.storage, pipeline, REPORTS).await?;
                let add = |names: Vec<String>| {
                    runs.extend(names.iter().rev().filter_map(run));
                    runs.len() < most
                };
                archives.each_names(add).await
            })?;
            // Archived, and not yet removed.
            runs.sort_unstable_by(|one, other| other.cmp(one));
            runs.dedup();
        }
        runs.truncate(most);
        Ok(runs)
    }

    /// The report of a run; `None` where it has left none.
    ///
    /// # Errors
    /// [`LoadError::Damaged`], or the store's refusal.
    pub fn stored_report(&self, pipeline: &str, run: &str) -> Result<Option<StoredReport>, LoadError> {
        let object = paths::report(pipeline, paths::name("the run", run)?);
        let bytes = block_on(async {
            match self.storage.get(&object).await? {
                Some(bytes) => Ok(Some(bytes)),
                None => ArchiveFolder::list(&self.storage, pipeline, REPORTS).await?.read(&object).await,
            }
        })?;
        let Some(bytes) = bytes else { return Ok(None) };
        let report = serde_json::from_slice(&bytes).map_err(|error| LoadError::damaged(&object, error))?;
        Ok(Some(StoredReport { run: run.to_owned(), report }))
    }

    /// How many records stand in quarantine, by the stream and slice of their page; `None` for those of page files.
    ///
    /// # Errors
    /// [`LoadError::Damaged`], or the store's refusal.
    pub fn quarantined(&self, pipeline: &str) -> Result<BTreeMap<Option<(String, String)>, u64>, LoadError> {
        /// What is wanted of a line; the record may be any size.
        #[derive(serde::Deserialize)]
        struct Line {
            page: String,
        }
        let mut counts = BTreeMap::new();
        for listed in block_on(self.storage.list(&paths::quarantine_of_pipeline(pipeline)))? {
            let object = listed.name;
            let Some(bytes) = block_on(self.storage.get(&object))? else { continue };
            let damaged = |error: std::io::Error| LoadError::damaged(&object, error);
            let reader = BufReader::new(zstd::Decoder::new(&*bytes).map_err(damaged)?);
            for line in reader.split(b'\n') {
                let line = line.map_err(damaged)?;
                let line: Line =
                    serde_json::from_slice(&line).map_err(|error| LoadError::damaged(&object, error))?;
                let place = paths::raw_stream_and_slice(&line.page);
                let place = place.map(|(stream, slice)| (stream.to_owned(), slice.to_owned()));
                *counts.entry(place).or_default() += 1;
            }
        }
        Ok(counts)
    }

    /// Who holds a pipeline's lease at this moment.
    ///
    /// # Errors
    /// The lease cannot be looked at.
    pub fn lease_state(&self, pipeline: &str) -> Result<LeaseState, LoadError> {
        lease::look(&self.storage, paths::name("the pipeline", pipeline)?)
    }
}
