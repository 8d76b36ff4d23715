//! Ranges of adjacent rows, and how the rows of many ranges are gathered to one batch.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, PrimitiveArray, RecordBatch, make_array, new_null_array,
};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, OffsetBufferBuilder};
use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use convolake_batch::PhysicalType;

use crate::rows::texts::Texts;

/// Adjacent rows of one of several batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowRange {
    /// The number of the batch.
    pub(crate) batch: u32,
    /// The first row.
    pub(crate) row: u32,
    pub(crate) len: u32,
}

impl RowRange {
    pub(crate) fn rows(&self) -> Range<usize> {
        self.row as usize..(self.row + self.len) as usize
    }
}

/// How many rows some ranges have.
pub(crate) fn n_rows(ranges: &[RowRange]) -> usize {
    ranges.iter().map(|range| range.len as usize).sum()
}

/// The ranges of the next `rows` rows from `at` on (a range, and how many of its rows came before); moves `at` behind them.
pub(crate) fn next_ranges(ranges: &[RowRange], at: &mut (usize, u32), rows: usize) -> Vec<RowRange> {
    let mut left = u32::try_from(rows).unwrap_or(u32::MAX);
    let mut next = Vec::new();
    while left > 0 && at.0 < ranges.len() {
        let RowRange { batch, row, len } = ranges[at.0];
        let n = (len - at.1).min(left);
        next.push(RowRange { batch, row: row + at.1, len: n });
        left -= n;
        *at = if at.1 + n == len { (at.0 + 1, 0) } else { (at.0, at.1 + n) };
    }
    next
}

/// Rows of several batches in the order given.
pub(crate) fn gather(
    schema: &SchemaRef,
    batches: &[&RecordBatch],
    ranges: &[RowRange],
) -> Result<RecordBatch, ArrowError> {
    if ranges.is_empty() {
        return Ok(RecordBatch::new_empty(schema.clone()));
    }
    let columns: Vec<usize> = (0..schema.fields().len()).collect();
    RecordBatch::try_new(schema.clone(), gather_columns(batches, ranges, &columns)?)
}

/// Some columns of rows of several batches; none where there are no rows.
pub(crate) fn gather_columns(
    batches: &[&RecordBatch],
    ranges: &[RowRange],
    columns: &[usize],
) -> Result<Vec<ArrayRef>, ArrowError> {
    let (used, ranges) = used_batches(batches, ranges);
    if used.is_empty() {
        return Ok(Vec::new());
    }
    let n_rows = n_rows(&ranges);
    columns.iter().map(|column| gather_column(&used, &ranges, n_rows, *column)).collect()
}

/// Of many batches the few that some ranges are of, and the ranges by their numbers among these.
pub(crate) fn used_batches<'a>(
    batches: &[&'a RecordBatch],
    ranges: &[RowRange],
) -> (Vec<&'a RecordBatch>, Vec<RowRange>) {
    let mut position_of = vec![u32::MAX; batches.len()];
    let mut used = Vec::new();
    let renamed = ranges.iter().map(|range| {
        let position = &mut position_of[range.batch as usize];
        if *position == u32::MAX {
            *position = u32::try_from(used.len()).unwrap_or(u32::MAX);
            used.push(batches[range.batch as usize]);
        }
        RowRange { batch: *position, ..*range }
    });
    let renamed = renamed.collect();
    (used, renamed)
}

fn gather_column(
    batches: &[&RecordBatch],
    ranges: &[RowRange],
    n_rows: usize,
    column: usize,
) -> Result<ArrayRef, ArrowError> {
    let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(column).as_ref()).collect();
    let data_type = arrays[0].data_type();
    if arrays.iter().all(|array| array.null_count() == array.len()) {
        return Ok(new_null_array(data_type, n_rows));
    }
    match PhysicalType::of_array(data_type) {
        Some(PhysicalType::Text) if *data_type == DataType::Binary => gather_texts(&arrays, ranges, n_rows),
        Some(PhysicalType::Int32) => gather_numbers::<Int32Type>(&arrays, ranges, n_rows),
        Some(PhysicalType::Int64) => gather_numbers::<Int64Type>(&arrays, ranges, n_rows),
        Some(PhysicalType::Float64) => gather_numbers::<Float64Type>(&arrays, ranges, n_rows),
        Some(PhysicalType::Timestamp) => gather_numbers::<TimestampMicrosecondType>(&arrays, ranges, n_rows),
        Some(PhysicalType::Date) => gather_numbers::<Date32Type>(&arrays, ranges, n_rows),
        // Slower, and open to any type: also to columns that are none of a table, as the numbers of versions.
        Some(PhysicalType::Text | PhysicalType::Bool | PhysicalType::TextList) | None => {
            gather_any(&arrays, ranges, n_rows)
        }
    }
}

fn gather_texts(arrays: &[&dyn Array], ranges: &[RowRange], n_rows: usize) -> Result<ArrayRef, ArrowError> {
    let failed = || ArrowError::SchemaError("a column of texts holds something else".to_owned());
    let texts: Vec<Texts<'_>> =
        arrays.iter().map(|array| Texts::of(*array).ok_or_else(failed)).collect::<Result<_, _>>()?;
    let extent = |range: &RowRange| texts[range.batch as usize].extent(range.rows());
    let mut bytes = Vec::with_capacity(ranges.iter().map(|range| extent(range).len()).sum());
    let mut offsets = OffsetBufferBuilder::new(n_rows);
    for range in ranges {
        let texts = &texts[range.batch as usize];
        bytes.extend_from_slice(texts.all(range.rows()));
        texts.lengths(range.rows()).for_each(|length| offsets.push_length(length));
    }
    let nulls = gather_nulls(arrays, ranges, n_rows);
    let offsets = offsets.try_finish().map_err(|_| ArrowError::OffsetOverflowError(bytes.len()))?;
    Ok(Arc::new(BinaryArray::try_new(offsets, bytes.into(), nulls)?))
}

fn gather_numbers<T: ArrowPrimitiveType>(
    arrays: &[&dyn Array],
    ranges: &[RowRange],
    n_rows: usize,
) -> Result<ArrayRef, ArrowError> {
    let numbers: Vec<&PrimitiveArray<T>> = arrays.iter().map(|array| array.as_primitive()).collect();
    let mut values = Vec::with_capacity(n_rows);
    for range in ranges {
        values.extend_from_slice(&numbers[range.batch as usize].values()[range.rows()]);
    }
    let gathered = PrimitiveArray::<T>::try_new(values.into(), gather_nulls(arrays, ranges, n_rows))?;
    Ok(Arc::new(gathered.with_data_type(arrays[0].data_type().clone())))
}

/// Which of the rows are null; `None` where none is.
pub(crate) fn gather_nulls(arrays: &[&dyn Array], ranges: &[RowRange], n_rows: usize) -> Option<NullBuffer> {
    if arrays.iter().all(|array| array.null_count() == 0) {
        return None;
    }
    let nulls: Vec<Option<&NullBuffer>> = arrays.iter().map(|array| array.nulls()).collect();
    let mut valid = BooleanBufferBuilder::new(n_rows);
    for range in ranges {
        match nulls[range.batch as usize] {
            None => valid.append_n(range.len as usize, true),
            Some(nulls) => {
                let Range { start, end } = range.rows();
                valid.append_packed_range(nulls.offset() + start..nulls.offset() + end, nulls.validity());
            }
        }
    }
    Some(NullBuffer::new(valid.finish())).filter(|nulls| nulls.null_count() > 0)
}

fn gather_any(arrays: &[&dyn Array], ranges: &[RowRange], n_rows: usize) -> Result<ArrayRef, ArrowError> {
    let data: Vec<ArrayData> = arrays.iter().map(|array| array.to_data()).collect();
    let room = Capacities::Array(n_rows);
    let mut gathered = MutableArrayData::try_with_capacities(data.iter().collect(), false, room)?;
    for range in ranges {
        let rows = range.rows();
        gathered.try_extend(range.batch as usize, rows.start, rows.end)?;
    }
    Ok(make_array(gathered.freeze()))
}

#[cfg(test)]
mod tests {
    use arrow_array::{
        BooleanArray, Float64Array, Int32Array, ListArray, StringViewArray, TimestampMicrosecondArray,
    };
    use arrow_schema::{Field, Schema};
    use arrow_select::concat::concat;
    use proptest::prelude::*;

    use super::*;

    /// A column of each kind there is, of some numbers; `None` is null in all of them.
    fn batch(rows: &[Option<i32>]) -> RecordBatch {
        let texts: Vec<Option<String>> =
            rows.iter().map(|row| row.map(|row| "x".repeat(row.unsigned_abs() as usize % 40))).collect();
        let texts = || texts.iter().map(Option::as_deref);
        let lists = rows.iter().map(|row| row.map(|row| vec![Some(row), None]));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(texts().map(|text| text.map(str::as_bytes)).collect::<BinaryArray>()),
            Arc::new(rows.iter().copied().collect::<Int32Array>()),
            Arc::new(rows.iter().map(|row| row.map(f64::from)).collect::<Float64Array>()),
            Arc::new(
                rows.iter()
                    .map(|row| row.map(i64::from))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
            Arc::new(rows.iter().map(|row| row.map(|row| row > 0)).collect::<BooleanArray>()),
            Arc::new(texts().collect::<StringViewArray>()),
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
        ];
        let field =
            |(at, column): (usize, &ArrayRef)| Field::new(at.to_string(), column.data_type().clone(), true);
        let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
        RecordBatch::try_new(Schema::new(fields).into(), columns).unwrap()
    }

    proptest! {
        #[test]
        fn gathered_rows_are_the_slices_side_by_side(
            numbers in proptest::collection::vec(
                proptest::collection::vec(proptest::option::weighted(0.7, -50..50i32), 1..30),
                1..4,
            ),
            cuts in proptest::collection::vec((0usize..4, 0usize..30, 1usize..12), 1..12),
            begin in 0usize..3,
        ) {
            // Sliced, so that offsets and nulls do not begin at nought.
            let sliced = |rows: &Vec<Option<i32>>| {
                let begin = begin.min(rows.len() - 1);
                batch(rows).slice(begin, rows.len() - begin)
            };
            let batches: Vec<RecordBatch> = numbers.iter().map(sliced).collect();
            let ranges: Vec<RowRange> = cuts
                .iter()
                .map(|(batch, row, len)| {
                    let batch = batch % batches.len();
                    let row = row % batches[batch].num_rows();
                    let len = (*len).min(batches[batch].num_rows() - row);
                    let [batch, row, len] = [batch, row, len].map(|n| u32::try_from(n).unwrap());
                    RowRange { batch, row, len }
                })
                .collect();
            let all: Vec<&RecordBatch> = batches.iter().collect();
            let gathered = gather(&batches[0].schema(), &all, &ranges).unwrap();
            for (at, column) in gathered.columns().iter().enumerate() {
                let slices: Vec<ArrayRef> = ranges
                    .iter()
                    .map(|range| {
                        let column = batches[range.batch as usize].column(at);
                        column.slice(range.row as usize, range.len as usize)
                    })
                    .collect();
                let slices: Vec<&dyn Array> = slices.iter().map(AsRef::as_ref).collect();
                prop_assert_eq!(column, &concat(&slices).unwrap());
            }
        }
    }
}
