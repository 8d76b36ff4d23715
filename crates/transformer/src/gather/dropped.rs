//! Rows that are gathered and left out of the batch.

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::ArrowError;
use arrow_select::filter::filter_record_batch;

/// Which rows of a table to drop.
#[derive(Default)]
pub(super) struct Dropped {
    /// False for rows to drop; absent while there are none, and shorter than the rows where the last ones are kept.
    keep: Option<Vec<bool>>,
    /// How many rows are to be dropped.
    pub(super) count: usize,
}

impl Dropped {
    /// True for a row that is not dropped.
    pub(super) fn stays(&self, row: usize) -> bool {
        self.keep.as_ref().and_then(|keep| keep.get(row)).copied().unwrap_or(true)
    }

    /// Drops these rows.
    pub(super) fn range(&mut self, first: usize, end: usize) {
        if first < end {
            let keep = self.keep.get_or_insert_default();
            keep.resize(end.max(keep.len()), true);
            self.count += keep[first..end].iter().filter(|keep| **keep).count();
            keep[first..end].fill(false);
        }
    }

    /// The rows that are not dropped, with what is known of each beside its cells, and the ends of the pages among them.
    pub(super) fn filter<T>(
        &mut self,
        batch: RecordBatch,
        mut beside: Vec<T>,
        mut page_ends: Vec<usize>,
    ) -> Result<(RecordBatch, Vec<T>, Vec<usize>), ArrowError> {
        let Some(mut keep) = self.keep.take() else {
            return Ok((batch, beside, page_ends));
        };
        keep.resize(batch.num_rows(), true);
        let mut kept = keep.iter();
        beside.retain(|_| kept.next().copied().unwrap_or(true));
        let (mut begin, mut n_kept) = (0, 0);
        for end in &mut page_ends {
            n_kept += keep[begin..*end].iter().filter(|keep| **keep).count();
            begin = std::mem::replace(end, n_kept);
        }
        Ok((filter_record_batch(&batch, &BooleanArray::from(keep))?, beside, page_ends))
    }
}
