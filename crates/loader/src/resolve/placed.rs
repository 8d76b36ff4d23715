use std::collections::BTreeMap;

use crate::resolve::view::View;
use crate::rows::batch::VersionedBatch;
use crate::rows::order::Order;
use crate::rows::range::RowRange;
use crate::spill::sorted_run::SortedRun;
use crate::table::partition::Partition;

/// Rows that stand in the end, and where. They are in the table's order, and agree in what comes first in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlacedRange {
    pub(crate) partition: Partition,
    pub(crate) range: RowRange,
    /// True where the keys stand in another partition now.
    pub(crate) moved_in: bool,
}

/// Places rows one by one, and finds the ranges they make.
pub(crate) struct RangePlacer<'a> {
    views: &'a [View<'a>],
    buckets: u32,
    placed: Vec<PlacedRange>,
}

impl<'a> RangePlacer<'a> {
    pub(crate) fn new(views: &'a [View<'a>], buckets: u32) -> Self {
        Self { views, buckets, placed: Vec::new() }
    }

    pub(crate) fn partition(&self, piece: u32, row: u32) -> Partition {
        self.views[piece as usize].partition(row as usize, self.buckets)
    }

    /// Places a row. `is_same_unit` where it is known to be of the unit of the row before it in its piece.
    pub(crate) fn place(
        &mut self,
        partition: Partition,
        piece: u32,
        row: u32,
        moved_in: bool,
        is_same_unit: bool,
    ) {
        if let Some(last) = self.placed.last_mut()
            && (last.range.piece, last.range.row + last.range.len) == (piece, row)
            && (last.partition, last.moved_in) == (partition, moved_in)
            && self.views[piece as usize].follows(row as usize - 1, row as usize, is_same_unit)
        {
            last.range.len += 1;
            return;
        }
        self.placed.push(PlacedRange { partition, range: RowRange { piece, row, len: 1 }, moved_in });
    }

    pub(crate) fn finish(self) -> Vec<PlacedRange> {
        self.placed
    }
}

/// What a load changes in a table.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) partitions: BTreeMap<Partition, PartitionChange>,
    pub(crate) rows_added: u64,
    pub(crate) rows_changed: u64,
    pub(crate) rows_removed: u64,
    last: Option<Partition>,
}

/// What a load changes in a partition; one that does not change is not written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PartitionChange {
    /// A row moves from here to another partition.
    pub(crate) loses: bool,
    /// A row moves here from another partition.
    pub(crate) gains: bool,
}

impl Changes {
    pub(crate) fn added(&mut self, partition: Partition, n_rows: u64) {
        self.rows_added += n_rows;
        // Rows come conversation by conversation, so mostly to the partition of the row before.
        if self.last != Some(partition) {
            self.partitions.entry(partition).or_default();
            self.last = Some(partition);
        }
    }

    pub(crate) fn removed(&mut self, partition: Partition) {
        self.rows_removed += 1;
        self.partitions.entry(partition).or_default();
    }

    /// A whole file gives way, unread.
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

/// The resolved rows of a table by partition: those of the last chunk in memory where it was the only one, all
/// others in sorted runs on disk.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// The pieces the rows in memory stand in.
    pub(crate) pieces: Vec<VersionedBatch>,
    pub(crate) in_memory: BTreeMap<Partition, Vec<PlacedRange>>,
    pub(crate) runs: Vec<SortedRun>,
}

/// Sorts ranges by the table's order. Strips that lie across each other are taken apart.
pub(crate) fn sort(order: &Order<'_>, placed: &mut Vec<PlacedRange>) {
    if placed.len() > 1 && !sort_strips(order, placed) {
        let rows = placed.iter().flat_map(|placed| {
            let row = |row| RowRange { row, len: 1, ..placed.range };
            (placed.range.row..placed.range.row + placed.range.len)
                .map(move |at| PlacedRange { range: row(at), ..*placed })
        });
        *placed = rows.collect();
        sort_strips(order, placed);
    }
}

/// Sorts ranges by their first rows; false where one begins before the one before it ends.
fn sort_strips(order: &Order<'_>, placed: &mut [PlacedRange]) -> bool {
    let first = |PlacedRange { range, .. }: &PlacedRange| (range.piece, range.row);
    let last = |PlacedRange { range, .. }: &PlacedRange| (range.piece, range.row + range.len - 1);
    // Rows come nearly sorted, of which the stable sort makes use.
    placed.sort_by(|a, b| order.compare(first(a), first(b)));
    let is_single = |placed: &PlacedRange| placed.range.len == 1;
    placed
        .windows(2)
        .all(|pair| is_single(&pair[0]) || order.compare(last(&pair[0]), first(&pair[1])).is_le())
}

pub(crate) fn by_partition(placed: Vec<PlacedRange>) -> BTreeMap<Partition, Vec<PlacedRange>> {
    let mut partitions: BTreeMap<Partition, Vec<PlacedRange>> = BTreeMap::new();
    for rows in placed.chunk_by(|a, b| a.partition == b.partition) {
        partitions.entry(rows[0].partition).or_default().extend_from_slice(rows);
    }
    partitions
}
