use std::collections::BTreeMap;

use super::order::Order;
use super::piece::Piece;
use super::run::Run;
use super::strip::Strip;
use super::view::View;
use crate::partition::Partition;

/// Rows that stand in the end, and where. They are in the table's order, and agree in what comes first in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) partition: Partition,
    pub(crate) strip: Strip,
    /// True where the keys stand in another partition now.
    pub(crate) moved_in: bool,
}

/// Places rows one by one, and finds the strips they make.
pub(crate) struct Placing<'a> {
    views: &'a [View<'a>],
    buckets: u32,
    placed: Vec<Placed>,
}

impl<'a> Placing<'a> {
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
            && (last.strip.piece, last.strip.row + last.strip.len) == (piece, row)
            && (last.partition, last.moved_in) == (partition, moved_in)
            && self.views[piece as usize].follows(row as usize - 1, row as usize, is_same_unit)
        {
            last.strip.len += 1;
            return;
        }
        self.placed.push(Placed { partition, strip: Strip { piece, row, len: 1 }, moved_in });
    }

    pub(crate) fn finish(self) -> Vec<Placed> {
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
    pub(crate) pieces: Vec<Piece>,
    pub(crate) in_memory: BTreeMap<Partition, Vec<Placed>>,
    pub(crate) runs: Vec<Run>,
}

/// Sorts strips by the table's order. Strips that lie across each other are taken apart.
pub(crate) fn sort(order: &Order<'_>, placed: &mut Vec<Placed>) {
    if placed.len() > 1 && !sort_strips(order, placed) {
        let rows = placed.iter().flat_map(|placed| {
            let row = |row| Strip { row, len: 1, ..placed.strip };
            (placed.strip.row..placed.strip.row + placed.strip.len)
                .map(move |at| Placed { strip: row(at), ..*placed })
        });
        *placed = rows.collect();
        sort_strips(order, placed);
    }
}

/// Sorts strips by their first rows; false where one begins before the one before it ends.
fn sort_strips(order: &Order<'_>, placed: &mut [Placed]) -> bool {
    let first = |Placed { strip, .. }: &Placed| (strip.piece, strip.row);
    let last = |Placed { strip, .. }: &Placed| (strip.piece, strip.row + strip.len - 1);
    // Rows come nearly sorted, of which the stable sort makes use.
    placed.sort_by(|a, b| order.compare(first(a), first(b)));
    let is_single = |placed: &Placed| placed.strip.len == 1;
    placed
        .windows(2)
        .all(|pair| is_single(&pair[0]) || order.compare(last(&pair[0]), first(&pair[1])).is_le())
}

pub(crate) fn by_partition(placed: Vec<Placed>) -> BTreeMap<Partition, Vec<Placed>> {
    let mut partitions: BTreeMap<Partition, Vec<Placed>> = BTreeMap::new();
    for rows in placed.chunk_by(|a, b| a.partition == b.partition) {
        partitions.entry(rows[0].partition).or_default().extend_from_slice(rows);
    }
    partitions
}
