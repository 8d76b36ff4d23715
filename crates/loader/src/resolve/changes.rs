//! What resolving gives: the rows a table is to have, and what they change in it.

use std::collections::BTreeMap;

use crate::rows::batch::VersionedBatch;
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

    pub(crate) fn removed(&mut self, partition: Partition) {
        self.rows_removed += 1;
        self.partitions.entry(partition).or_default();
    }

    /// A whole file is replaced, unread.
    pub(crate) fn replaced(&mut self, partition: Partition, n_rows: u64) {
        self.rows_removed += n_rows;
        self.partitions.entry(partition).or_default().loses = true;
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
