use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::BooleanArray;
use arrow_array::RecordBatch;
use arrow_array::UInt32Array;
use arrow_select::filter::filter_record_batch;

use crate::rows::cells::{Cells, hash_of};
use crate::rows::hashes::Hashes;
use crate::rows::range::{RowRange, n_rows};

/// Rows on their way, each with where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct VersionedBatch {
    /// The rows' bodies; for parents without rows the columns of the unit.
    pub(crate) batch: RecordBatch,
    /// For each row the number of its version.
    pub(crate) version: Vec<u32>,
    /// For each row the record's place on its page; for a stored row the number of its file, and [`VersionedBatch::STORED`].
    pub(crate) index: Vec<u32>,
}

impl VersionedBatch {
    /// The bit that tells the number of a file from a place on a page.
    pub(crate) const STORED: u32 = 1 << 31;

    /// The rows of some units; `None` where there are none.
    pub(crate) fn of_units(&self, unit: &[usize], units: &Hashes) -> Option<Self> {
        let cells = Cells::columns(&self.batch, unit)?;
        let is_of = |row| units.contains(&hash_of(&cells, row, 0));
        let keep: Vec<bool> = (0..self.batch.num_rows()).map(is_of).collect();
        if !keep.contains(&true) {
            return None;
        }
        let kept = |numbers: &[u32]| {
            numbers.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(number, _)| *number).collect()
        };
        let (version, index) = (kept(&self.version), kept(&self.index));
        let batch = filter_record_batch(&self.batch, &BooleanArray::from(keep)).ok()?;
        Some(Self { batch, version, index })
    }

    /// The memory its rows take. Columns of rows that were read back share one buffer, of which each counts its own part.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = |column: &ArrayRef| {
            column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size())
        };
        self.batch.columns().iter().map(bytes).sum::<usize>() + 8 * self.batch.num_rows()
    }
}

/// What is told of each row by a number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Version,
    Index,
}

impl VersionedBatch {
    fn numbers(&self, number: Number) -> &[u32] {
        match number {
            Number::Version => &self.version,
            Number::Index => &self.index,
        }
    }
}

/// The numbers of the rows of some ranges, as a column.
pub(crate) fn numbers(pieces: &[VersionedBatch], ranges: &[RowRange], number: Number) -> ArrayRef {
    let mut numbers = Vec::with_capacity(n_rows(ranges));
    for range in ranges {
        numbers.extend_from_slice(&pieces[range.piece as usize].numbers(number)[range.rows()]);
    }
    Arc::new(UInt32Array::from(numbers))
}

/// How many rows of an average size make a batch: at most `max_rows`, and of wide rows no more than fit in `max_bytes`.
pub(crate) fn batch_rows(bytes: usize, n_rows: usize, max_rows: usize, max_bytes: usize) -> usize {
    (max_bytes / (bytes / n_rows.max(1)).max(1)).clamp(1, max_rows)
}

/// [`batch_rows`] of the rows of some pieces.
pub(crate) fn rows_at_a_time(pieces: &[VersionedBatch], max_rows: usize, max_bytes: usize) -> usize {
    let n_rows = pieces.iter().map(|piece| piece.batch.num_rows()).sum();
    batch_rows(pieces.iter().map(VersionedBatch::bytes).sum(), n_rows, max_rows, max_bytes)
}

/// The memory a batch on its way to a file is to take.
pub(crate) const BATCH_BYTES: usize = 8 * 1024 * 1024;
