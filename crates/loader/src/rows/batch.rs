//! Batches of rows with the versions of their pages, and how large batches are.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow_select::filter::filter_record_batch;
use convolake_batch::ParentExtent;

use crate::rows::cells::{Cells, hash_of};
use crate::rows::hashes::Hashes;
use crate::rows::range::{RowRange, n_rows};

/// Rows, each with the version of its page.
#[derive(Debug, Clone)]
pub(crate) struct VersionedBatch {
    /// The rows as they were pushed, without lineage; for parents without rows the columns of the unit.
    pub(crate) rows: RecordBatch,
    /// For each row the number of its version.
    pub(crate) version: Vec<u32>,
    /// For each row the index of its record on the page with the extent of its parent, as [`VersionedBatch::index_of`] gives it;
    /// for a stored row the number of its file, with the bit [`VersionedBatch::STORED`].
    pub(crate) index: Vec<u32>,
}

impl VersionedBatch {
    /// The bit that tells the number of a file from an index on a page.
    pub(crate) const STORED: u32 = 1 << 31;

    /// The index of a record's rows: such indices have the order of the records on their page.
    pub(crate) fn index_of(record: u32, extent: ParentExtent) -> u32 {
        let extent = match extent {
            ParentExtent::Whole => 0,
            ParentExtent::Part => 1,
            ParentExtent::Gone => 2,
        };
        record << 2 | extent
    }

    /// How much of its parent a pushed record brings, by its index.
    pub(crate) fn extent_of(index: u32) -> ParentExtent {
        match index & 3 {
            1 => ParentExtent::Part,
            2 => ParentExtent::Gone,
            _ => ParentExtent::Whole,
        }
    }

    /// The rows of some units; `None` where there are none.
    pub(crate) fn of_units(&self, unit: &[usize], units: &Hashes) -> Option<Self> {
        let cells = Cells::columns(&self.rows, unit)?;
        let is_of = |row| units.contains(&hash_of(&cells, row, 0));
        let keep: Vec<bool> = (0..self.rows.num_rows()).map(is_of).collect();
        if !keep.contains(&true) {
            return None;
        }
        let kept = |numbers: &[u32]| {
            numbers.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(number, _)| *number).collect()
        };
        let (version, index) = (kept(&self.version), kept(&self.index));
        let rows = filter_record_batch(&self.rows, &BooleanArray::from(keep)).ok()?;
        Some(Self { rows, version, index })
    }

    /// The memory its rows take. Columns of rows that were read back share one buffer, of which each counts its own part.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = |column: &ArrayRef| {
            column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size())
        };
        self.rows.columns().iter().map(bytes).sum::<usize>() + 8 * self.rows.num_rows()
    }
}

/// One of the two numbers beside each row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RowNumber {
    Version,
    Index,
}

impl VersionedBatch {
    fn numbers(&self, kind: RowNumber) -> &[u32] {
        match kind {
            RowNumber::Version => &self.version,
            RowNumber::Index => &self.index,
        }
    }
}

/// The numbers of the rows of some ranges, as a column.
pub(crate) fn number_column(batches: &[VersionedBatch], ranges: &[RowRange], number: RowNumber) -> ArrayRef {
    let mut numbers = Vec::with_capacity(n_rows(ranges));
    for range in ranges {
        numbers.extend_from_slice(&batches[range.batch as usize].numbers(number)[range.rows()]);
    }
    Arc::new(UInt32Array::from(numbers))
}

/// How many rows of an average size make a batch: at most `max_rows`, and of wide rows no more than fit in `max_bytes`.
pub(crate) fn batch_rows(bytes: usize, n_rows: usize, max_rows: usize, max_bytes: usize) -> usize {
    (max_bytes / (bytes / n_rows.max(1)).max(1)).clamp(1, max_rows)
}

/// [`batch_rows`] of the rows of some batches.
pub(crate) fn rows_at_a_time(batches: &[VersionedBatch], max_rows: usize, max_bytes: usize) -> usize {
    let n_rows = batches.iter().map(|batch| batch.rows.num_rows()).sum();
    batch_rows(batches.iter().map(VersionedBatch::bytes).sum(), n_rows, max_rows, max_bytes)
}

/// The memory a batch on its way to a file is to take.
pub(crate) const BATCH_BYTES: usize = 8 * 1024 * 1024;
