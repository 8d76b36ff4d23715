//! The order of rows, by the cells themselves.

use std::cmp::Ordering;

use arrow_array::{Array, ArrayRef, RecordBatch};

use crate::rows::cells::Cells;

/// How two rows compare by some columns: null first, texts by their bytes.
pub(crate) fn compare_rows(a: &[ArrayRef], row: usize, b: &[ArrayRef], other_row: usize) -> Ordering {
    a.iter()
        .zip(b)
        .map(|(a, b)| match (Cells::of(a), Cells::of(b)) {
            (Some(a), Some(b)) => a.compare(row, &b, other_row),
            _ => Ordering::Equal,
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The columns of several batches that decide their rows' order.
pub(crate) struct Order<'a> {
    columns: Vec<Vec<Cells<'a>>>,
}

impl<'a> Order<'a> {
    pub(crate) fn of(batches: &[&'a RecordBatch], columns: &[usize]) -> Self {
        let columns = |batch: &&'a RecordBatch| Cells::columns(batch, columns).unwrap_or_default();
        Self { columns: batches.iter().map(columns).collect() }
    }

    /// The date of a row, where the order begins with one. A row without one comes first.
    pub(crate) fn date(&self, (batch, row): (u32, u32)) -> Option<Option<i32>> {
        let row = row as usize;
        match self.columns[batch as usize].first() {
            Some(Cells::Date(dates)) => Some(dates.is_valid(row).then(|| dates.value(row))),
            _ => None,
        }
    }

    /// How two rows compare, each given by its batch and its place there.
    pub(crate) fn compare(&self, a: (u32, u32), b: (u32, u32)) -> Ordering {
        let columns = |(batch, _): (u32, u32)| &self.columns[batch as usize];
        columns(a)
            .iter()
            .zip(columns(b))
            .map(|(of_a, of_b)| of_a.compare(a.1 as usize, of_b, b.1 as usize))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}
