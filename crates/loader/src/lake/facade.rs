//! A lake, and all that is done with one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::lease::{Lease, LeaseHolder};
use crate::load::{self, LoadTable};
use crate::publish::commit::{self, Commit};
use crate::publish::recover;
use crate::quarantine::Quarantine;
use crate::raw::Raw;
use crate::storage::blocking::block_on;
use crate::storage::lake_storage::{LakeStorage, Place};
use crate::storage::probe::{self, Probe};
use crate::table::row_counts::{self, RowCounts};
use crate::table::scan::{Scan, ScanBatches};
use crate::table::totals::{self, TableTotal};
use crate::verify::{self, Verification, VerifyTable};
use crate::{LoadError, Location, paths};

/// A lake: tables, raw zone and the state of its pipelines, below one root. Cheap to clone.
///
/// All methods block but those of [`Raw`] that are async; call them where blocking is allowed.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) storage: LakeStorage,
}

impl Lake {
    /// Opens a lake. A folder is created where there is none; a bucket is asked whether it is there and may be read.
    ///
    /// # Errors
    /// [`LoadError::File`] where the folder cannot be made; [`LoadError::BucketMissing`], [`LoadError::StoreRefused`]
    /// and [`LoadError::StoreUnavailable`].
    pub fn open(location: &Location) -> Result<Self, LoadError> {
        Ok(Self { storage: LakeStorage::open(location)? })
    }

    /// Opens a lake that is there; `None` where there is none, and nothing is created.
    ///
    /// # Errors
    /// All of [`Lake::open`].
    pub fn open_existing(location: &Location) -> Result<Option<Self>, LoadError> {
        match location {
            Location::Folder(folder) if !folder.is_dir() => Ok(None),
            _ => Self::open(location).map(Some),
        }
    }

    /// The lake's folder, if it is one of this machine.
    pub fn folder(&self) -> Option<&Path> {
        self.storage.folder()
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
        let lease = match &storage.place {
            Place::Folder(_) => Lease::lock(storage.path(&paths::lease(pipeline)), pipeline, holder)?,
            Place::Bucket(bucket) => {
                block_on(probe::guard(&storage.objects))?;
                Lease::take(&storage.objects, pipeline, holder, bucket.times)?
            }
        };
        recover::recover(storage, &lease)?;
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
        Raw::new(self.storage.objects.clone())
    }

    /// A run's quarantine file, which appears only when it is finished and holds a line.
    ///
    /// # Errors
    /// [`LoadError::Name`] where a name cannot stand in a path.
    pub fn quarantine(&self, pipeline: &str, run: &str) -> Result<Quarantine, LoadError> {
        paths::name("the pipeline", pipeline)?;
        paths::name("the run", run)?;
        let staged = format!("{}/quarantine.staged", paths::staging(pipeline, run));
        let staged: PathBuf = self.storage.path(&staged);
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
        paths::name("the pipeline", pipeline)?;
        let object = paths::report(pipeline, paths::name("the run", run)?);
        block_on(self.storage.objects.create_own(&object, Bytes::from(format!("{report:#}\n"))))
    }

    /// Tries out what a lake at this location would rely on, with objects of its own below `_convolake/probe/<name>/`,
    /// which it removes again. `name` is to be another each time.
    ///
    /// # Errors
    /// Where the location cannot be opened, or the store stops answering. What it answers wrongly is in the probe.
    pub fn probe(location: &Location, name: &str) -> Result<Probe, LoadError> {
        probe::probe_location(location, name)
    }

    /// The rows a pipeline has in a table: say which columns and which rows, then read them. A table that is not there
    /// has no rows.
    ///
    /// Reading blocks, on a disk or on a store's answers: call it where blocking is allowed, and not on a task that others
    /// wait for.
    pub fn scan(&self, table: &str, pipeline: &str) -> Scan {
        Scan::new(self.storage.clone(), table, pipeline)
    }

    /// Some columns of all rows a pipeline has in a table: first `id_columns`, then `columns`, in this order. Files are
    /// read one by one, and of them only these columns. A table that is not there has no rows.
    ///
    /// # Errors
    /// A file that does not read; [`LoadError::SchemaChanged`] for one without such a column.
    pub fn lookup(
        &self,
        table: &str,
        pipeline: &str,
        id_columns: &[&str],
        columns: &[&str],
    ) -> Result<ScanBatches, LoadError> {
        self.scan(table, pipeline).columns(id_columns.iter().chain(columns).copied()).batches()
    }

    /// Counts a pipeline's rows in a table by the values of some text columns, each with the greatest of the instants
    /// in `instants`. What a file's footer tells is taken from there, so that mostly no row is read.
    ///
    /// # Errors
    /// A file that does not read; [`LoadError::SchemaChanged`] for one without such a column.
    pub fn count_rows(
        &self,
        table: &str,
        pipeline: &str,
        by: &[&str],
        instants: &[&str],
    ) -> Result<RowCounts, LoadError> {
        row_counts::count_rows(&self.storage, table, pipeline, by, instants)
    }

    /// The size of a pipeline's largest file in each table. No file is opened.
    ///
    /// # Errors
    /// The store's refusal.
    pub fn largest_files(&self, pipeline: &str) -> Result<BTreeMap<String, u64>, LoadError> {
        totals::largest_files(&self.storage, pipeline)
    }

    /// What a pipeline has in each table, from the files' footers.
    ///
    /// # Errors
    /// A file that does not read.
    pub fn totals(&self, pipeline: &str) -> Result<BTreeMap<String, TableTotal>, LoadError> {
        totals::totals(&self.storage, pipeline)
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
}
