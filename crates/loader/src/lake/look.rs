//! Looking at a lake from outside: nothing is written, no lease is taken, and a run may go on beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

use crate::archive::ArchiveFolder;
use crate::lease::{LeaseState, LeaseTimes};
use crate::publish::commit;
use crate::publish::commit::Commit;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::{Lake, LoadError, Location, lease, paths};

/// What archives of reports are called.
const REPORTS: &str = "reports";

/// What a pipeline has left below the folder of its state, by names alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateNames {
    pipeline: String,
    /// The number of the newest commit.
    commit: Option<u64>,
    /// True where a commit is about to come.
    has_intent: bool,
    /// The runs whose reports stand by themselves, newest first.
    runs: Vec<String>,
    /// True where earlier reports have been archived.
    has_archived_reports: bool,
}

impl StateNames {
    fn of<'a>(pipeline: &str, objects: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Self { pipeline: pipeline.to_owned(), ..Self::default() };
        let folders = [paths::commits(pipeline), paths::intents(pipeline), paths::reports(pipeline)];
        for object in objects {
            names.has_archived_reports |= paths::keys_of_archive(REPORTS, object).is_some();
            let Some((folder, file)) = object.rsplit_once('/') else { continue };
            match folders.iter().position(|known| known == folder) {
                Some(0) => names.commit = names.commit.max(commit::seq_of(object)),
                Some(1) => names.has_intent = true,
                Some(_) => names.runs.extend(file.strip_suffix(".json").map(str::to_owned)),
                None => {}
            }
        }
        // A run's name begins with the instant it began.
        names.runs.sort_unstable_by(|one, other| other.cmp(one));
        names
    }

    /// True where the pipeline has committed or is about to.
    pub fn has_committed(&self) -> bool {
        self.commit.is_some() || self.has_intent
    }
}

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
    pub fn reported_runs(&self, names: &StateNames, most: usize) -> Result<Vec<String>, LoadError> {
        let mut runs = names.runs.clone();
        if runs.len() < most && names.has_archived_reports {
            block_on(async {
                let mut archives = ArchiveFolder::list(&self.storage, &names.pipeline, REPORTS).await?;
                let add = |names: Vec<String>| {
                    runs.extend(
                        names.iter().rev().filter_map(|name| paths::json_stem(name)).map(str::to_owned),
                    );
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

    /// Opens a lake that is there, as [`Lake::find`], with the names that its pipelines may have: whether one is a pipeline,
    /// [`Lake::state_names`] and its landed pages tell.
    ///
    /// # Errors
    /// The location cannot be read.
    pub fn find_named(location: &Location) -> Result<Option<(Self, BTreeSet<String>)>, LoadError> {
        if location.is_absent() {
            return Ok(None);
        }
        let (storage, names) = LakeStorage::open_listed(location, paths::STATE)?;
        let mut names: BTreeSet<String> = names.into_iter().collect();
        names.extend(block_on(storage.entries(paths::RAW))?);
        names.retain(|name| paths::name("the pipeline", name).is_ok() && !paths::is_no_pipeline(name));
        Ok(Some((Self::over(storage, LeaseTimes::USUAL), names)))
    }

    /// What a pipeline has left, by names alone, in one listing.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn state_names(&self, pipeline: &str) -> Result<StateNames, LoadError> {
        let folder = paths::state(paths::name("the pipeline", pipeline)?);
        let listed = block_on(self.storage.list(&folder))?;
        Ok(StateNames::of(pipeline, listed.iter().map(|listed| listed.name.as_str())))
    }

    /// The newest commit among those that were listed; `None` where there is none.
    ///
    /// # Errors
    /// All of [`Lake::head`].
    pub fn listed_head(&self, names: &StateNames) -> Result<Option<Commit>, LoadError> {
        let Some(seq) = names.commit else { return Ok(None) };
        match block_on(commit::read(&self.storage, &names.pipeline, seq))? {
            // It was packed away meanwhile, as one that is no longer the newest.
            None => self.head(&names.pipeline),
            found => Ok(found),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_state_tell_the_newest_commit_and_all_reports() {
        let objects = [
            "_convolake/p/commits/00000009.json",
            "_convolake/p/commits/00000010.json",
            "_convolake/p/commits/notes.txt",
            "_convolake/p/lease",
            "_convolake/p/manifests/messages/00000010-ab.json.zst",
            "_convolake/p/runs/20260101T000000Z-a.json",
            "_convolake/p/runs/20260102T000000Z-b.json",
        ];
        let names = StateNames::of("p", objects.into_iter());
        assert_eq!((names.commit, names.has_intent, names.has_committed()), (Some(10), false, true));
        assert_eq!(names.runs, ["20260102T000000Z-b", "20260101T000000Z-a"]);
        let names = StateNames::of("p", ["_convolake/p/intents/00000001.json"].into_iter());
        assert_eq!((names.commit, names.has_committed()), (None, true));
        assert!(!StateNames::of("p", ["_convolake/p/lease"].into_iter()).has_committed());
    }
}
