//! Rows that stand side by side, gathered at once.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, make_array, new_null_array};
use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::{ArrowError, SchemaRef};

/// Rows of a piece that stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strip {
    pub(crate) piece: u32,
    pub(crate) row: u32,
    pub(crate) len: u32,
}

impl Strip {
    pub(crate) fn rows(&self) -> Range<usize> {
        self.row as usize..(self.row + self.len) as usize
    }
}

/// The rows of some strips.
pub(crate) fn n_rows(strips: &[Strip]) -> usize {
    strips.iter().map(|strip| strip.len as usize).sum()
}

/// The strips that make the first `rows` rows from `at` (a strip and how many of its rows are taken); `at` moves on.
pub(crate) fn take_rows(strips: &[Strip], at: &mut (usize, u32), rows: usize) -> Vec<Strip> {
    let mut left = u32::try_from(rows).unwrap_or(u32::MAX);
    let mut taken = Vec::new();
    while left > 0 && at.0 < strips.len() {
        let Strip { piece, row, len } = strips[at.0];
        let n = (len - at.1).min(left);
        taken.push(Strip { piece, row: row + at.1, len: n });
        left -= n;
        *at = if at.1 + n == len { (at.0 + 1, 0) } else { (at.0, at.1 + n) };
    }
    taken
}

/// Rows of several batches in the order given.
pub(crate) fn gather(
    schema: &SchemaRef,
    batches: &[&RecordBatch],
    strips: &[Strip],
) -> Result<RecordBatch, ArrowError> {
    if strips.is_empty() {
        return Ok(RecordBatch::new_empty(schema.clone()));
    }
    let columns: Vec<usize> = (0..schema.fields().len()).collect();
    RecordBatch::try_new(schema.clone(), gather_columns(batches, strips, &columns)?)
}

/// Some columns of rows of several batches; none where there are no rows.
pub(crate) fn gather_columns(
    batches: &[&RecordBatch],
    strips: &[Strip],
    columns: &[usize],
) -> Result<Vec<ArrayRef>, ArrowError> {
    // Only the batches that are named: a partition draws on few of many.
    let mut position_of = vec![u32::MAX; batches.len()];
    let mut used = Vec::new();
    let strips: Vec<Strip> = strips
        .iter()
        .map(|strip| {
            let position = &mut position_of[strip.piece as usize];
            if *position == u32::MAX {
                *position = u32::try_from(used.len()).unwrap_or(u32::MAX);
                used.push(batches[strip.piece as usize]);
            }
            Strip { piece: *position, ..*strip }
        })
        .collect();
    if used.is_empty() {
        return Ok(Vec::new());
    }
    let n_rows = n_rows(&strips);
    columns.iter().map(|column| gather_column(&used, &strips, n_rows, *column)).collect()
}

fn gather_column(
    batches: &[&RecordBatch],
    strips: &[Strip],
    n_rows: usize,
    column: usize,
) -> Result<ArrayRef, ArrowError> {
    let arrays = || batches.iter().map(|batch| batch.column(column));
    if arrays().all(|array| array.null_count() == array.len()) {
        return Ok(new_null_array(batches[0].column(column).data_type(), n_rows));
    }
    let data: Vec<ArrayData> = arrays().map(|array| array.to_data()).collect();
    let room = match arrays().map(|array| array.as_string_opt::<i32>()).collect::<Option<Vec<_>>>() {
        Some(texts) => {
            let bytes = |strip: &Strip| {
                let (offsets, rows) = (texts[strip.piece as usize].value_offsets(), strip.rows());
                usize::try_from(offsets[rows.end] - offsets[rows.start]).unwrap_or_default()
            };
            Capacities::Binary(n_rows, Some(strips.iter().map(bytes).sum()))
        }
        None => Capacities::Array(n_rows),
    };
    let mut gathered = MutableArrayData::try_with_capacities(data.iter().collect(), false, room)?;
    for strip in strips {
        let rows = strip.rows();
        gathered.try_extend(strip.piece as usize, rows.start, rows.end)?;
    }
    Ok(make_array(gathered.freeze()))
}
