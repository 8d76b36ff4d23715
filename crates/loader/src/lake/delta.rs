//! The Delta tree of a lake.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::Tree;
use jiff::{SignedDuration, Timestamp};

use crate::delta::{self, DeltaTree, DeltaVersion, Publication, Vacuumed};
use crate::storage::blocking::block_on;
use crate::{Commit, Lake, Lease, LoadError, load, paths};

impl Lake {
    /// Brings all table files of the lease's pipeline into a tree, by a commit of their own; nothing where they lie there. Gives the commit.
    ///
    /// # Errors
    /// A file that is not as committed; [`LoadError::NotAsCommitted`] for a file that stands in the way; [`LoadError::DeltaLog`];
    /// [`LoadError::LeaseLost`]. If it went wrong before the intent was written, nothing has happened; if later, the next lease of the
    /// pipeline brings it to its end.
    pub fn change_tree(&self, lease: &Lease, to: Tree, now: Timestamp) -> Result<Option<Commit>, LoadError> {
        load::change_tree(&self.storage, lease, to, now)
    }

    /// Brings the Delta tables of the lease's pipeline to its newest commit: one version for each table whose files differ, dated `now`; no
    /// version where none does. Gives the newest version of each table. Whoever does it after each commit leaves one version a commit.
    ///
    /// # Errors
    /// [`LoadError::DeltaForeign`] where somebody else has changed a table, [`LoadError::DeltaLog`] where its log cannot be followed; a full
    /// disk, the store's refusal, [`LoadError::LeaseLost`]. What it was about is done by the next call.
    pub fn publish_delta(
        &self,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<BTreeMap<String, DeltaVersion>, LoadError> {
        let Some(commit) = self.head(lease.pipeline())? else { return Ok(BTreeMap::new()) };
        let tree = DeltaTree { lake: &self.storage, now };
        tree.follow(Publication { lease, commit: &commit })
    }

    /// Makes all Delta tables what the newest commits of these pipelines say, which are to be all that have any: foreign files leave the
    /// tables, and files that are not what commits say are placed anew.
    ///
    /// # Errors
    /// As [`Lake::publish_delta`], but that foreign versions are none.
    pub fn rebuild_delta(
        &self,
        leases: &[Lease],
        now: Timestamp,
    ) -> Result<BTreeMap<String, DeltaVersion>, LoadError> {
        let mut commits = Vec::new();
        for lease in leases {
            commits.extend(self.head(lease.pipeline())?.map(|commit| (lease, commit)));
        }
        let all: Vec<Publication<'_>> =
            commits.iter().map(|(lease, commit)| Publication { lease, commit }).collect();
        DeltaTree { lake: &self.storage, now }.rebuild(&all)
    }

    /// The tables that lie in the Delta tree.
    ///
    /// # Errors
    /// The store's refusal to list.
    pub fn delta_tables(&self) -> Result<BTreeSet<String>, LoadError> {
        let names = block_on(self.storage.entries(paths::DELTA))?;
        Ok(names.into_iter().filter(|name| paths::name("the table", name).is_ok()).collect())
    }

    /// Removes files of a Delta table that are of it no more for `kept_for`, and for a week at the least, and versions that a checkpoint stands
    /// for since a month. `leases` are those of all pipelines: nobody publishes meanwhile.
    ///
    /// # Errors
    /// As [`Lake::publish_delta`]: of a table that somebody else has changed nothing is removed.
    pub fn vacuum_delta(
        &self,
        table: &str,
        leases: &[Lease],
        now: Timestamp,
        kept_for: SignedDuration,
    ) -> Result<Vacuumed, LoadError> {
        delta::vacuum(&self.storage, table, leases, now, kept_for)
    }

    /// What [`Lake::vacuum_delta`] would remove of a table of these pipelines, which are to be all there are. Takes no lease.
    ///
    /// # Errors
    /// As [`Lake::vacuum_delta`]; [`LoadError::Overtaken`] where a run has written meanwhile.
    pub fn vacuum_due(
        &self,
        table: &str,
        pipelines: &BTreeSet<String>,
        now: Timestamp,
        kept_for: SignedDuration,
    ) -> Result<Vacuumed, LoadError> {
        let pipelines: Vec<&str> = pipelines.iter().map(String::as_str).collect();
        delta::void(&self.storage, table, &pipelines, now, kept_for).map(|(due, _)| due)
    }
}
