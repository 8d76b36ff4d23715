//! What resolving gives: the rows a table is to have, and what they change in it.

use std::collections::BTreeMap;

use crate::resolve::told::{GaveWayCount, ShrunkCount, TableTold, WentBackCount};
use crate::rows::batch::VersionedBatch;
use crate::rows::version::Versions;
use crate::spill::placed_range::PlacedRange;
use crate::spill::sorted_run::SortedRun;
use crate::table::partition::Partition;

/// What a load changes in a table.
#[derive(Debug, Default)]
pub(crate) struct TableChanges {
    pub(crate) partitions: BTreeMap<Partition, PartitionChange>,
    pub(crate) rows_added: u64,
    pub(crate) rows_changed: u64,
    pub(crate) rows_removed: u64,
    /// Of those, rows whose key stays, as it was stored twice.
    pub(crate) rows_doubled: u64,
    /// The key of the first row that was removed, in words; empty before one is.
    pub(crate) first_removed: String,
    pub(crate) gave_way: GaveWayCount,
    /// Units that came with more than one record: of some of these, what came is not what stands.
    pub(crate) units_repeated: u64,
    /// Parents that came back with fewer rows than they declare, or without a word of them, and kept those they had.
    pub(crate) shrunk: ShrunkCount,
    /// Parents that came back whole, with fewer rows than they had.
    pub(crate) reduced: ShrunkCount,
    /// Rows that took the place of one that the source changed later.
    pub(crate) went_back: WentBackCount,
    /// The partition of the row that was added last.
    last_added_to: Option<Partition>,
}

/// What a load changes in a partition; one that does not change is not written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PartitionChange {
    /// A row moves from here to another partition.
    pub(crate) loses: bool,
    /// A row moves here from another partition.
    pub(crate) gains: bool,
}

impl TableChanges {
    pub(crate) fn added(&mut self, partition: Partition, n_rows: u64) {
        self.rows_added += n_rows;
        // Rows come group by group, so mostly to the partition of the row before.
        if self.last_added_to != Some(partition) {
            self.partitions.entry(partition).or_default();
            self.last_added_to = Some(partition);
        }
    }

    /// A row whose key goes, which is `key` in words.
    pub(crate) fn removed(&mut self, partition: Partition, key: impl FnOnce() -> String) {
        if self.first_removed.is_empty() {
            self.first_removed = key();
        }
        self.rows_removed += 1;
        self.partitions.entry(partition).or_default();
    }

    /// A row whose key was stored twice, and stays once.
    pub(crate) fn doubled(&mut self, partition: Partition) {
        self.rows_doubled += 1;
        self.rows_removed += 1;
        self.partitions.entry(partition).or_default();
    }

    /// What somebody should know of.
    pub(crate) fn told(&self, versions: &Versions) -> TableTold {
        TableTold {
            gave_way: self.gave_way.told(versions),
            shrunk: self.shrunk.told(versions),
            reduced: self.reduced.told(versions),
            went_back: self.went_back.told(versions),
        }
    }

    /// By how many rows the table shrinks.
    pub(crate) fn rows_lost(&self) -> u64 {
        (self.rows_removed - self.rows_doubled).saturating_sub(self.rows_added)
    }

    /// A whole file is replaced, unread.
    pub(crate) fn replaced(&mut self, partition: Partition, n_rows: u64) {
        self.rows_removed += n_rows;
        self.partitions.entry(partition).or_default().loses = true;
    }

    /// A partition of a kind that the table is to have no more: its file goes, and its rows are in others.
    pub(crate) fn given_up(&mut self, partition: Partition) {
        self.partitions.entry(partition).or_default().loses = true;
    }

    /// A row that stays as it is, in a partition of another kind.
    pub(crate) fn refiled(&mut self, from: Partition, to: Partition) {
        self.partitions.entry(from).or_default().loses = true;
        self.partitions.entry(to).or_default().gains = true;
    }

    pub(crate) fn changed(&mut self, from: Partition, to: Partition) {
        self.rows_changed += 1;
        self.partitions.entry(from).or_default().loses |= from != to;
        self.partitions.entry(to).or_default().gains |= from != to;
    }
}

/// The resolved rows of a table by partition: in memory where they were never spilled, else in sorted runs on disk.
#[derive(Debug, Default)]
pub(crate) struct ResolvedRows {
    /// The batches that the ranges in memory are of.
    pub(crate) batches: Vec<VersionedBatch>,
    pub(crate) in_memory: BTreeMap<Partition, Vec<PlacedRange>>,
    pub(crate) runs: Vec<SortedRun>,
}
