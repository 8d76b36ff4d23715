//! Rows that stand side by side, gathered at once.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{PrimitiveBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, PrimitiveArray, RecordBatch, StringArray, new_null_array};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use arrow_select::interleave::interleave;

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
    /// Shorter strips are faster gathered row by row.
    const SHORT: usize = 4;
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
    let rows: Vec<(usize, usize)> = match n_rows < SHORT * strips.len() {
        true => strips.iter().flat_map(|strip| strip.rows().map(|row| (strip.piece as usize, row))).collect(),
        false => Vec::new(),
    };
    let gather = |column: &usize| -> Result<ArrayRef, ArrowError> {
        let arrays: Vec<&dyn Array> = used.iter().map(|batch| batch.column(*column).as_ref()).collect();
        let first = arrays[0];
        if arrays.iter().all(|array| array.null_count() == array.len()) {
            return Ok(new_null_array(first.data_type(), n_rows));
        }
        if !rows.is_empty() {
            return interleave(&arrays, &rows);
        }
        match first.data_type() {
            DataType::Utf8 => texts(&arrays, &strips, n_rows),
            DataType::Int32 => primitives::<Int32Type>(&arrays, &strips, n_rows),
            DataType::Int64 => primitives::<Int64Type>(&arrays, &strips, n_rows),
            DataType::Timestamp(..) => primitives::<TimestampMicrosecondType>(&arrays, &strips, n_rows),
            _ => {
                let rows: Vec<(usize, usize)> = strips
                    .iter()
                    .flat_map(|strip| strip.rows().map(|row| (strip.piece as usize, row)))
                    .collect();
                interleave(&arrays, &rows)
            }
        }
    };
    columns.iter().map(gather).collect()
}

fn texts(arrays: &[&dyn Array], strips: &[Strip], n_rows: usize) -> Result<ArrayRef, ArrowError> {
    let arrays: Vec<&StringArray> = arrays.iter().map(|array| array.as_string()).collect();
    let bytes = |strip: &Strip| {
        let offsets = arrays[strip.piece as usize].value_offsets();
        let rows = strip.rows();
        usize::try_from(offsets[rows.end] - offsets[rows.start]).unwrap_or_default()
    };
    let mut builder = StringBuilder::with_capacity(n_rows, strips.iter().map(bytes).sum());
    for strip in strips {
        let array = arrays[strip.piece as usize];
        builder.append_array(&array.slice(strip.row as usize, strip.len as usize))?;
    }
    Ok(Arc::new(builder.finish()))
}

fn primitives<T: ArrowPrimitiveType>(
    arrays: &[&dyn Array],
    strips: &[Strip],
    n_rows: usize,
) -> Result<ArrayRef, ArrowError> {
    let arrays: Vec<&PrimitiveArray<T>> = arrays.iter().map(|array| array.as_primitive()).collect();
    let data_type = arrays[0].data_type().clone();
    let mut builder = PrimitiveBuilder::<T>::with_capacity(n_rows).with_data_type(data_type);
    for strip in strips {
        let array = arrays[strip.piece as usize];
        match array.nulls() {
            None => builder.append_slice(&array.values()[strip.rows()]),
            Some(_) => builder.append_array(&array.slice(strip.row as usize, strip.len as usize)),
        }
    }
    Ok(Arc::new(builder.finish()))
}
