//! A lake, and all that is done with one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;

use crate::derived::DerivedTables;
use crate::lease::{Lease, LeaseHolder, LeaseTimes};
use crate::load::{self, LoadTable};
use crate::publish::commit::{self, Commit};
use crate::publish::first_manifests::tables_with_manifests;
use crate::publish::next_commit::{Changes, next_commit};
use crate::publish::{InPlace, Publisher};
use crate::quarantine::Quarantine;
use crate::raw::Raw;
use crate::reads::live_tables;
use crate::reads::live_tables::LiveTables;
use crate::reads::row_counts::RowCounter;
use crate::reads::scan::Scan;
use crate::reads::totals::{self, TableTotal};
use crate::storage::blocking::block_on;
use crate::storage::trial::{self, Trial};
use crate::storage::{Expected, LakeStorage, Settled};
use crate::upkeep;
use crate::upkeep::{Upkeep, UpkeepReport};
use crate::verify::{self, Findings, Verification, VerifyTable};
use crate::{DamageCause, LoadError, Location, paths};

/// A lake: tables, raw zone and the state of its pipelines, below one root. Cheap to clone.
///
/// All methods block but those of [`Raw`] that are async; call them where blocking is allowed.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) storage: LakeStorage,
    lease_times: LeaseTimes,
}

impl Lake {
    /// Opens a lake. A folder is created where there is none; a bucket is asked whether it is there and may be read.
    ///
    /// # Errors
    /// [`LoadError::File`] where the folder cannot be made; [`LoadError::BucketMissing`], [`LoadError::StoreRefused`]
    /// and [`LoadError::StoreUnavailable`].
    pub fn open(location: &Location) -> Result<Self, LoadError> {
        Ok(Self::over(LakeStorage::open(location)?, LeaseTimes::USUAL))
    }

    /// A lake in a storage that is open already.
    pub(crate) fn over(storage: LakeStorage, lease_times: LeaseTimes) -> Self {
        Self { storage, lease_times }
    }

    /// Opens a lake that is there; `None` where there is none, and nothing is created.
    ///
    /// # Errors
    /// All of [`Lake::open`].
    pub fn open_existing(location: &Location) -> Result<Option<Self>, LoadError> {
        let storage = LakeStorage::open_existing(location)?;
        Ok(storage.map(|storage| Self::over(storage, LeaseTimes::USUAL)))
    }

    /// The lake's folder, if it is one of this machine.
    pub fn folder(&self) -> Option<&Path> {
        self.storage.root_folder()
    }

    /// Takes a pipeline's lease, and then finishes or clears what an interrupted run has left. In a bucket this takes
    /// as long as it takes to see whether the holder of a lease that was not given back is alive: 20 seconds at the
    /// most.
    ///
    /// # Errors
    /// [`LoadError::LeaseHeld`] while another run, of this or another process, holds it; [`LoadError::StoreUnfit`] for
    /// a store whose conditional writes do not hold.
    pub fn lease(&self, pipeline: &str, holder: &LeaseHolder) -> Result<Lease, LoadError> {
        paths::name("the pipeline", pipeline)?;
        let storage = &self.storage;
        block_on(storage.guard())?;
        let lease = Lease::take(storage, pipeline, holder, self.lease_times)?;
        InPlace::new(storage, &lease).recover()?;
        Ok(lease)
    }

    /// A pipeline's newest commit; `None` before the first. A commit that does not read is an error, never "none":
    /// a run without its state would fetch everything again.
    ///
    /// # Errors
    /// [`LoadError::Damaged`], [`LoadError::Newer`], or the store's refusal.
    pub fn head(&self, pipeline: &str) -> Result<Option<Commit>, LoadError> {
        commit::current(&self.storage, pipeline)
    }

    /// The raw zone.
    pub fn raw(&self) -> Raw {
        Raw::new(self.storage.clone())
    }

    /// A run's quarantine file, which appears only when it is finished and holds a line.
    ///
    /// # Errors
    /// [`LoadError::Name`] where a name cannot stand in a path.
    pub fn quarantine(&self, pipeline: &str, run: &str) -> Result<Quarantine, LoadError> {
        paths::name("the pipeline", pipeline)?;
        paths::name("the run", run)?;
        let staged = format!("{}/quarantine.staged", paths::staging(pipeline, run));
        Ok(Quarantine::new(self.storage.clone(), staged, paths::quarantine(pipeline, run)))
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
        let (object, content) = stored_report(pipeline, run, report)?;
        block_on(self.storage.create_own(&object, content))
    }

    /// Writes a run's report over the one that it has written itself.
    ///
    /// # Errors
    /// It is not there; somebody else has written it meanwhile.
    pub fn amend_report(
        &self,
        pipeline: &str,
        run: &str,
        report: &serde_json::Value,
    ) -> Result<(), LoadError> {
        let (object, content) = stored_report(pipeline, run, report)?;
        block_on(async {
            let gone = || LoadError::damaged(&object, DamageCause::Content("it is gone"));
            let found = self.storage.find(&object).await?.ok_or_else(gone)?;
            match self.storage.replace(&object, content, &Expected::Version(found.version)).await? {
                Settled::Ours(_) => Ok(()),
                Settled::Other(_) => Err(LoadError::ObjectTaken { object: object.clone() }),
            }
        })
    }

    /// Commits a state, and nothing else. Gives the commit; `None` where the newest one has this state already.
    ///
    /// # Errors
    /// All of [`Lake::head`]; [`LoadError::LeaseLost`].
    pub fn commit_state(
        &self,
        lease: &Lease,
        run: &str,
        state: serde_json::Value,
        created_at: jiff::Timestamp,
    ) -> Result<Option<Commit>, LoadError> {
        let head = self.head(lease.pipeline())?;
        let tables = tables_with_manifests(&self.storage, lease.pipeline(), head.as_ref(), &[], &[])?;
        let known_pages = head.as_ref().and_then(|head| head.known_pages.clone());
        let changes =
            Changes { run, state, created_at, tables, known_pages, files: Vec::new(), archives: &[] };
        let commit = next_commit(head.as_ref(), lease, changes)?;
        if let Some(commit) = &commit {
            InPlace::new(&self.storage, lease).publish(&[], commit.clone())?;
        }
        Ok(commit)
    }

    /// Keeps a pipeline up: landed pages that are merged and not of lately, earlier commits and reports become few archives, and what is void
    /// goes.
    ///
    /// # Errors
    /// What does not read, or is not what it was; [`LoadError::LeaseLost`]; the store's refusal. Nothing is lost by any.
    pub fn upkeep(&self, lease: &Lease, asked: &Upkeep<'_>) -> Result<UpkeepReport, LoadError> {
        upkeep::run::upkeep(&self.storage, lease.pipeline(), Some(lease), asked)
    }

    /// What [`Lake::upkeep`] would do of a pipeline. Takes no lease.
    ///
    /// # Errors
    /// What does not read, or has changed meanwhile; the store's refusal.
    pub fn upkeep_due(&self, pipeline: &str, asked: &Upkeep<'_>) -> Result<UpkeepReport, LoadError> {
        upkeep::run::upkeep(&self.storage, pipeline, None, asked)
    }

    /// Tries out what a lake at this location would rely on. No lake is made, and nothing stays of it. `name` is to be another each
    /// time.
    ///
    /// # Errors
    /// Where a store is not reached or refuses us. What does not hold is in the trial.
    pub fn trial(location: &Location, name: &str) -> Result<Trial, LoadError> {
        trial::try_location(location, name)
    }

    /// The rows a pipeline has in a table: say which columns and which rows, then read them. A table that is not there
    /// has no rows.
    ///
    /// Reading blocks, on a disk or on a store's answers: call it where blocking is allowed, and not on a task that others
    /// wait for.
    pub fn scan(&self, table: &str, pipeline: &str) -> Scan {
        Scan::new(self.storage.clone(), table, pipeline)
    }

    /// Begins to count a pipeline's rows, by its newest commit.
    pub fn row_counter(&self, pipeline: &str, head: Option<Commit>) -> RowCounter {
        RowCounter::new(&self.storage, pipeline, head)
    }

    /// The size of a pipeline's largest file in each table, by its newest commit.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn largest_files(
        &self,
        pipeline: &str,
        head: Option<&Commit>,
    ) -> Result<BTreeMap<String, u64>, LoadError> {
        totals::largest_files(&self.storage, pipeline, head)
    }

    /// What a pipeline has in each table, by the newest commit.
    ///
    /// # Errors
    /// A file that does not read.
    pub fn totals(&self, pipeline: &str) -> Result<BTreeMap<String, TableTotal>, LoadError> {
        totals::totals(&self.storage, pipeline, self.head(pipeline)?.as_ref())
    }

    /// The files of all derived tables of a source, by the newest commit of theirs; none before the first.
    ///
    /// # Errors
    /// As [`Lake::live_tables`].
    pub fn live_derived(&self, source: &str) -> Result<LiveTables, LoadError> {
        live_tables::live_derived(&self.storage, paths::name("the pipeline", source)?)
    }

    /// Begins to build the derived tables of a source; until it ends nobody else does. In a bucket this takes as long as [`Lake::lease`].
    ///
    /// # Errors
    /// As [`Lake::lease`].
    pub fn derive(&self, source: &str, holder: &LeaseHolder) -> Result<DerivedTables, LoadError> {
        DerivedTables::begin(&self.storage, source, holder, self.lease_times)
    }

    /// The files of all tables of a pipeline, by the newest commit: for who reads them by other means.
    ///
    /// # Errors
    /// A commit or manifest that does not read; the store's refusal.
    pub fn live_tables(&self, pipeline: &str) -> Result<LiveTables, LoadError> {
        paths::name("the pipeline", pipeline)?;
        live_tables::live_tables(&self.storage, pipeline)
    }

    /// Whether rows of these tables can be merged with what a pipeline has here: same columns, same buckets.
    ///
    /// # Errors
    /// [`LoadError::SchemaChanged`], [`LoadError::BucketsChanged`]; all of [`Lake::head`].
    pub fn takes(&self, pipeline: &str, tables: &[LoadTable], buckets: u32) -> Result<(), LoadError> {
        load::takes(&self.storage, pipeline, tables, buckets)
    }

    /// The pipelines that have committed, are about to, or have landed a page.
    ///
    /// # Errors
    /// The store's refusal to list.
    pub fn pipelines(&self) -> Result<BTreeSet<String>, LoadError> {
        verify::pipelines(&self.storage)
    }

    /// Holds a pipeline's commits, table files and rows against each other and against the raw zone's names. What was
    /// found wrong is in the [`Verification`]. `scratch` is an empty folder, `memory_bytes` what hashes of keys may take
    /// before they are moved there.
    ///
    /// # Errors
    /// What keeps the verification from going on: the store's refusal, a full disk, a lake of a newer convolake.
    pub fn verify(
        &self,
        pipeline: &str,
        tables: &[VerifyTable],
        scratch: &Path,
        memory_bytes: usize,
    ) -> Result<Verification, LoadError> {
        verify::verify(&self.storage, pipeline, tables, scratch, memory_bytes)
    }

    /// Holds the files of a source's derived tables against the newest commit of theirs. `None` where builds committed meanwhile, so that
    /// nothing of it counts.
    ///
    /// # Errors
    /// The store's refusal; a lake of a newer convolake.
    pub fn verify_derived(&self, source: &str) -> Result<Option<Findings>, LoadError> {
        verify::verify_derived(&self.storage, source)
    }
}

/// The object that a run's report stands in, and its content.
fn stored_report(
    pipeline: &str,
    run: &str,
    report: &serde_json::Value,
) -> Result<(String, Bytes), LoadError> {
    paths::name("the pipeline", pipeline)?;
    let object = paths::report(pipeline, paths::name("the run", run)?);
    Ok((object, Bytes::from(format!("{report:#}\n"))))
}
