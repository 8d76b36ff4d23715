//! Rows are placed: each gets its partition, and adjacent ones become ranges.

use crate::resolve::batch_columns::BatchColumns;
use crate::rows::range::RowRange;
use crate::spill::placed_range::PlacedRange;
use crate::table::partition::Partition;

/// Places rows one by one, and joins adjacent ones to ranges.
pub(crate) struct RowPlacer<'a> {
    batch_columns: &'a [BatchColumns<'a>],
    buckets: u32,
    placed: Vec<PlacedRange>,
}

impl<'a> RowPlacer<'a> {
    pub(crate) fn new(batch_columns: &'a [BatchColumns<'a>], buckets: u32) -> Self {
        Self { batch_columns, buckets, placed: Vec::new() }
    }

    pub(crate) fn partition(&self, batch: u32, row: u32) -> Partition {
        self.batch_columns[batch as usize].partition(row as usize, self.buckets)
    }

    /// Places a row. `is_same_unit` where it is known to be of the unit of the row before it in the batch.
    pub(crate) fn place(
        &mut self,
        partition: Partition,
        batch: u32,
        row: u32,
        moved_in: bool,
        is_same_unit: bool,
    ) {
        if let Some(last) = self.placed.last_mut()
            && (last.range.batch, last.range.row + last.range.len) == (batch, row)
            && (last.partition, last.moved_in) == (partition, moved_in)
            && self.batch_columns[batch as usize].follows(row as usize - 1, row as usize, is_same_unit)
        {
            last.range.len += 1;
            return;
        }
        self.placed.push(PlacedRange { partition, range: RowRange { batch, row, len: 1 }, moved_in });
    }

    pub(crate) fn finish(self) -> Vec<PlacedRange> {
        self.placed
    }
}
