//! The format of spilled rows: blocks of bytes for files that nobody reads but the process that writes them.
//!
//! A block holds the columns of some rows, one behind the other. A column is a sequence of parts: its validity (as bits;
//! empty where no cell is null), then numbers, or flags as bits, or for texts their offsets and their bytes, or for lists
//! their offsets and the column of their elements. Before each part is its length; all begin at multiples of eight
//! bytes, so that a block that is read into memory is used where it lies. Against Arrow's own format, which does all this
//! too, it spares a copy of everything on the way out.
//!
//! A reader takes nothing on trust: each part has the one length that its cells need, what Arrow asks of offsets, validity
//! and UTF-8 holds, and the columns fill the block to its end.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt32Type,
};
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, make_array};
use arrow_buffer::{ArrowNativeType, BooleanBufferBuilder, Buffer, ToByteSlice};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, SchemaRef};
use convolake_batch::PhysicalType;

use crate::rows::range::{RowRange, gather_nulls, n_rows, used_batches};
use crate::rows::texts::Texts;

const ALIGNMENT: usize = 8;

/// Writes rows of several batches, in the order of the ranges, behind `out`; nothing where there are none.
pub(crate) fn write(
    batches: &[&RecordBatch],
    ranges: &[RowRange],
    out: &mut Vec<u8>,
) -> Result<(), ArrowError> {
    let (batches, ranges) = used_batches(batches, ranges);
    for column in 0..batches.first().map_or(0, |batch| batch.num_columns()) {
        let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(column).as_ref()).collect();
        write_column(&arrays, &ranges, out)?;
    }
    Ok(())
}

/// Writes columns as they are behind `out`.
pub(crate) fn write_whole(columns: &[ArrayRef], out: &mut Vec<u8>) -> Result<(), ArrowError> {
    for column in columns {
        let len = u32::try_from(column.len()).unwrap_or(u32::MAX);
        write_column(&[column.as_ref()], &[RowRange { batch: 0, row: 0, len }], out)?;
    }
    Ok(())
}

/// Reads so many rows of this schema, at least one.
pub(crate) fn read(schema: &SchemaRef, n_rows: usize, bytes: Buffer) -> Result<RecordBatch, ArrowError> {
    let mut parts = Parts { bytes, at: 0 };
    let columns =
        schema.fields().iter().map(|field| Ok(make_array(parts.column(field.data_type(), n_rows)?)));
    let columns = columns.collect::<Result<_, ArrowError>>()?;
    if parts.at != parts.bytes.len() {
        return Err(damaged());
    }
    RecordBatch::try_new(schema.clone(), columns)
}

fn write_column(arrays: &[&dyn Array], ranges: &[RowRange], out: &mut Vec<u8>) -> Result<(), ArrowError> {
    let n_rows = n_rows(ranges);
    let nulls = gather_nulls(arrays, ranges, n_rows);
    write_part(out, |out| out.extend_from_slice(nulls.as_ref().map_or(&[], |nulls| nulls.validity())));
    let data_type = arrays[0].data_type();
    match PhysicalType::of_array(data_type) {
        Some(PhysicalType::Text) => write_texts(arrays, ranges, n_rows, out)?,
        Some(PhysicalType::Int32) => write_numbers::<Int32Type>(arrays, ranges, out),
        Some(PhysicalType::Int64) => write_numbers::<Int64Type>(arrays, ranges, out),
        Some(PhysicalType::Float64) => write_numbers::<Float64Type>(arrays, ranges, out),
        Some(PhysicalType::Bool) => write_flags(arrays, ranges, n_rows, out),
        Some(PhysicalType::Timestamp) => write_numbers::<TimestampMicrosecondType>(arrays, ranges, out),
        Some(PhysicalType::Date) => write_numbers::<Date32Type>(arrays, ranges, out),
        Some(PhysicalType::TextList) => write_lists(arrays, ranges, n_rows, out)?,
        // The columns of numbers beside a table's own.
        None if *data_type == DataType::UInt32 => write_numbers::<UInt32Type>(arrays, ranges, out),
        None => return Err(no_such_column(data_type)),
    }
    Ok(())
}

/// Writes a part: its length, what `write` appends, and nothing up to where the next one may begin.
fn write_part(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let begin = out.len();
    out.extend_from_slice(&[0; ALIGNMENT]);
    write(out);
    let len = out.len() - begin - ALIGNMENT;
    out[begin..begin + ALIGNMENT].copy_from_slice(&(len as u64).to_le_bytes());
    out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
}

fn write_texts(
    arrays: &[&dyn Array],
    ranges: &[RowRange],
    n_rows: usize,
    out: &mut Vec<u8>,
) -> Result<(), ArrowError> {
    let texts: Option<Vec<Texts<'_>>> = arrays.iter().map(|array| Texts::of(*array)).collect();
    let texts = texts.ok_or_else(|| no_such_column(arrays[0].data_type()))?;
    write_bounds(ranges.iter().map(|range| texts[range.batch as usize].bounds(range.rows())), n_rows, out)?;
    write_part(out, |out| {
        ranges.iter().for_each(|range| out.extend_from_slice(texts[range.batch as usize].all(range.rows())));
    });
    Ok(())
}

/// Writes where each cell begins and the last one ends, from the same in several arrays.
fn write_bounds<'a>(
    bounds: impl Iterator<Item = &'a [i32]> + Clone,
    n_rows: usize,
    out: &mut Vec<u8>,
) -> Result<(), ArrowError> {
    let all: usize = bounds.clone().map(|bounds| (bounds[bounds.len() - 1] - bounds[0]).as_usize()).sum();
    if i32::try_from(all).is_err() {
        return Err(ArrowError::OffsetOverflowError(all));
    }
    let mut gathered = Vec::with_capacity(n_rows + 1);
    let mut end = 0;
    gathered.push(end);
    for bounds in bounds {
        let moved = end - bounds[0];
        gathered.extend(bounds[1..].iter().map(|bound| bound + moved));
        end = bounds[bounds.len() - 1] + moved;
    }
    write_part(out, |out| out.extend_from_slice(gathered.to_byte_slice()));
    Ok(())
}

fn write_numbers<T: ArrowPrimitiveType>(arrays: &[&dyn Array], ranges: &[RowRange], out: &mut Vec<u8>) {
    let numbers: Vec<&[T::Native]> =
        arrays.iter().map(|array| array.as_primitive::<T>().values().as_ref()).collect();
    write_part(out, |out| {
        for range in ranges {
            out.extend_from_slice(numbers[range.batch as usize][range.rows()].to_byte_slice());
        }
    });
}

fn write_flags(arrays: &[&dyn Array], ranges: &[RowRange], n_rows: usize, out: &mut Vec<u8>) {
    let mut flags = BooleanBufferBuilder::new(n_rows);
    for range in ranges {
        let (values, rows) = (arrays[range.batch as usize].as_boolean().values(), range.rows());
        flags.append_packed_range(values.offset() + rows.start..values.offset() + rows.end, values.values());
    }
    write_part(out, |out| out.extend_from_slice(flags.as_slice()));
}

fn write_lists(
    arrays: &[&dyn Array],
    ranges: &[RowRange],
    n_rows: usize,
    out: &mut Vec<u8>,
) -> Result<(), ArrowError> {
    let lists: Vec<&ListArray> = arrays.iter().map(|array| array.as_list::<i32>()).collect();
    let bounds = |range: &RowRange| {
        let rows = range.rows();
        &lists[range.batch as usize].value_offsets()[rows.start..=rows.end]
    };
    write_bounds(ranges.iter().map(bounds), n_rows, out)?;
    let elements: Vec<&dyn Array> = lists.iter().map(|list| list.values().as_ref()).collect();
    let of_elements = |range: &RowRange| {
        let bounds = bounds(range);
        let number = |bound: i32| u32::try_from(bound).unwrap_or_default();
        let (row, end) = (number(bounds[0]), number(bounds[bounds.len() - 1]));
        RowRange { batch: range.batch, row, len: end - row }
    };
    write_column(&elements, &ranges.iter().map(of_elements).collect::<Vec<_>>(), out)
}

/// What is left of a block.
struct Parts {
    bytes: Buffer,
    at: usize,
}

impl Parts {
    fn next(&mut self) -> Result<Buffer, ArrowError> {
        let begin = self.at + ALIGNMENT;
        let len =
            self.bytes.get(self.at..begin).and_then(|len| Some(u64::from_le_bytes(len.try_into().ok()?)));
        let len = len.and_then(|len| usize::try_from(len).ok());
        let len = len.filter(|len| *len <= self.bytes.len() - begin).ok_or_else(damaged)?;
        self.at = (begin + len).next_multiple_of(ALIGNMENT);
        Ok(self.bytes.slice_with_length(begin, len))
    }

    /// The next part, which is to have this length.
    fn next_of(&mut self, n_bytes: Option<usize>) -> Result<Buffer, ArrowError> {
        let part = self.next()?;
        if n_bytes == Some(part.len()) { Ok(part) } else { Err(damaged()) }
    }

    /// Where each cell begins, and the last one ends; this end as well.
    fn offsets(&mut self, n_cells: usize) -> Result<(Buffer, usize), ArrowError> {
        let n_bytes = n_cells.checked_add(1).and_then(|n| n.checked_mul(size_of::<i32>()));
        let offsets = self.next_of(n_bytes)?;
        let end = offsets.last_chunk().map_or(0, |end| i32::from_ne_bytes(*end));
        Ok((offsets, usize::try_from(end).map_err(|_| damaged())?))
    }

    /// Fails where the parts make no such column.
    fn column(&mut self, data_type: &DataType, n_cells: usize) -> Result<ArrayData, ArrowError> {
        let valid = self.next()?;
        if ![0, n_cells.div_ceil(8)].contains(&valid.len()) {
            return Err(damaged());
        }
        let valid = (!valid.is_empty()).then_some(valid);
        let column = ArrayData::builder(data_type.clone()).len(n_cells).null_bit_buffer(valid);
        let n_bytes_of = |n_bytes_a_cell: usize| n_cells.checked_mul(n_bytes_a_cell);
        let column = match PhysicalType::of_array(data_type) {
            Some(PhysicalType::Text) => {
                let (offsets, end) = self.offsets(n_cells)?;
                column.add_buffer(offsets).add_buffer(self.next_of(Some(end))?)
            }
            Some(PhysicalType::TextList) => {
                let (offsets, end) = self.offsets(n_cells)?;
                column.add_buffer(offsets).add_child_data(self.column(&DataType::Utf8, end)?)
            }
            Some(PhysicalType::Bool) => column.add_buffer(self.next_of(Some(n_cells.div_ceil(8)))?),
            Some(PhysicalType::Int32 | PhysicalType::Date) => {
                column.add_buffer(self.next_of(n_bytes_of(size_of::<i32>()))?)
            }
            Some(PhysicalType::Int64 | PhysicalType::Timestamp | PhysicalType::Float64) => {
                column.add_buffer(self.next_of(n_bytes_of(size_of::<i64>()))?)
            }
            None if *data_type == DataType::UInt32 => {
                column.add_buffer(self.next_of(n_bytes_of(size_of::<u32>()))?)
            }
            None => return Err(no_such_column(data_type)),
        };
        column.build()
    }
}

fn damaged() -> ArrowError {
    ArrowError::ParseError("a block of spilled rows is damaged".to_owned())
}

fn no_such_column(data_type: &DataType) -> ArrowError {
    ArrowError::NotYetImplemented(format!("a column of type {data_type} in a block of spilled rows"))
}

#[cfg(test)]
mod tests;
