use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;

use super::cells::{Cells, hash_of};
use super::hashes::Hashes;

/// Rows on their way, each with where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// The rows' bodies; for parents without rows the columns of the unit.
    pub(crate) batch: RecordBatch,
    /// For each row the number of its version.
    pub(crate) version: Vec<u32>,
    /// For each row the record's place on its page; for a stored row the number of its file, and [`Piece::STORED`].
    pub(crate) index: Vec<u32>,
}

impl Piece {
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

    pub(crate) fn bytes(&self) -> usize {
        self.batch.get_array_memory_size() + 8 * self.batch.num_rows()
    }
}

/// How many rows of an average size make a batch: at most `max_rows`, and of wide rows no more than fit in `max_bytes`.
pub(crate) fn batch_rows(bytes: usize, n_rows: usize, max_rows: usize, max_bytes: usize) -> usize {
    (max_bytes / (bytes / n_rows.max(1)).max(1)).clamp(1, max_rows)
}

/// The memory a batch on its way to a file is to take.
pub(crate) const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// For each row the bytes of its texts, which are what makes a row wide.
pub(crate) fn text_bytes(batch: &RecordBatch) -> Vec<usize> {
    let mut bytes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        if let Some(texts) = column.as_string_opt::<i32>() {
            for (bytes, length) in bytes.iter_mut().zip(texts.offsets().lengths()) {
                *bytes += length;
            }
        }
    }
    bytes
}
