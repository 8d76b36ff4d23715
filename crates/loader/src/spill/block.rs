//! Rows as bytes, for files that nobody reads but the process that writes them.
//!
//! A block holds the columns of some rows, one behind the other. A column is a row of parts: which cells are valid (as bits;
//! empty where all are), then numbers, or flags as bits, or for texts where each begins and their bytes, or for lists where
//! each begins and the column of their elements. Before each part stands its length; all begin at multiples of eight bytes, so
//! that a block that is read into memory is used where it lies. Against Arrow's own format, which does all this too, it
//! spares a copy of everything on the way out. That the parts make a column is checked as Arrow does.

use arrow_array::Array;
use arrow_array::ArrayRef;
use arrow_array::ListArray;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::make_array;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::types::Date32Type;
use arrow_array::types::Float64Type;
use arrow_array::types::Int32Type;
use arrow_array::types::Int64Type;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::types::UInt32Type;
use arrow_buffer::ArrowNativeType;
use arrow_buffer::BooleanBufferBuilder;
use arrow_buffer::Buffer;
use arrow_buffer::ToByteSlice;
use arrow_data::ArrayData;
use arrow_schema::ArrowError;
use arrow_schema::DataType;
use arrow_schema::SchemaRef;
use arrow_schema::TimeUnit;

use crate::rows::cells::Texts;
use crate::rows::range::{RowRange, gather_nulls, n_rows, used};

const ALIGNMENT: usize = 8;

/// Writes rows of several batches, in the order of the ranges, behind `out`; nothing where there are none.
pub(crate) fn write(
    batches: &[&RecordBatch],
    ranges: &[RowRange],
    out: &mut Vec<u8>,
) -> Result<(), ArrowError> {
    let (batches, ranges) = used(batches, ranges);
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
        write_column(&[column.as_ref()], &[RowRange { piece: 0, row: 0, len }], out)?;
    }
    Ok(())
}

/// Reads so many rows of this schema, at least one.
pub(crate) fn read(schema: &SchemaRef, n_rows: usize, bytes: Buffer) -> Result<RecordBatch, ArrowError> {
    let mut parts = Parts { bytes, at: 0 };
    let columns =
        schema.fields().iter().map(|field| Ok(make_array(parts.column(field.data_type(), n_rows)?)));
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, ArrowError>>()?)
}

fn write_column(arrays: &[&dyn Array], ranges: &[RowRange], out: &mut Vec<u8>) -> Result<(), ArrowError> {
    let n_rows = n_rows(ranges);
    let nulls = gather_nulls(arrays, ranges, n_rows);
    write_part(out, |out| out.extend_from_slice(nulls.as_ref().map_or(&[], |nulls| nulls.validity())));
    match arrays[0].data_type() {
        DataType::Utf8 | DataType::Binary => write_texts(arrays, ranges, n_rows, out)?,
        DataType::Boolean => write_flags(arrays, ranges, n_rows, out),
        DataType::Int32 => write_numbers::<Int32Type>(arrays, ranges, out),
        DataType::UInt32 => write_numbers::<UInt32Type>(arrays, ranges, out),
        DataType::Int64 => write_numbers::<Int64Type>(arrays, ranges, out),
        DataType::Float64 => write_numbers::<Float64Type>(arrays, ranges, out),
        DataType::Date32 => write_numbers::<Date32Type>(arrays, ranges, out),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            write_numbers::<TimestampMicrosecondType>(arrays, ranges, out);
        }
        DataType::List(_) => write_lists(arrays, ranges, n_rows, out)?,
        other => return Err(no_such_column(other)),
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
    write_bounds(ranges.iter().map(|range| texts[range.piece as usize].bounds(range.rows())), n_rows, out)?;
    write_part(out, |out| {
        ranges.iter().for_each(|range| out.extend_from_slice(texts[range.piece as usize].all(range.rows())));
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
            out.extend_from_slice(numbers[range.piece as usize][range.rows()].to_byte_slice());
        }
    });
}

fn write_flags(arrays: &[&dyn Array], ranges: &[RowRange], n_rows: usize, out: &mut Vec<u8>) {
    let mut flags = BooleanBufferBuilder::new(n_rows);
    for range in ranges {
        let (values, rows) = (arrays[range.piece as usize].as_boolean().values(), range.rows());
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
        &lists[range.piece as usize].value_offsets()[rows.start..=rows.end]
    };
    write_bounds(ranges.iter().map(bounds), n_rows, out)?;
    let elements: Vec<&dyn Array> = lists.iter().map(|list| list.values().as_ref()).collect();
    let of_elements = |range: &RowRange| {
        let bounds = bounds(range);
        let number = |bound: i32| u32::try_from(bound).unwrap_or_default();
        let (row, end) = (number(bounds[0]), number(bounds[bounds.len() - 1]));
        RowRange { piece: range.piece, row, len: end - row }
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

    /// Where each cell begins, and the last one ends.
    fn bounds(&mut self, n_cells: usize) -> Result<Buffer, ArrowError> {
        let bounds = self.next()?;
        let is_whole =
            n_cells.checked_add(1).and_then(|n| n.checked_mul(size_of::<i32>())) == Some(bounds.len());
        is_whole.then_some(bounds).ok_or_else(damaged)
    }

    /// Fails where the parts make no such column.
    fn column(&mut self, data_type: &DataType, n_cells: usize) -> Result<ArrayData, ArrowError> {
        let valid = self.next()?;
        let valid = (!valid.is_empty()).then_some(valid);
        let column = ArrayData::builder(data_type.clone()).len(n_cells).null_bit_buffer(valid);
        let column = match data_type {
            DataType::Utf8 | DataType::Binary => {
                column.add_buffer(self.bounds(n_cells)?).add_buffer(self.next()?)
            }
            DataType::List(field) => {
                let bounds = self.bounds(n_cells)?;
                let end = bounds.last_chunk().map_or(0, |end| i32::from_ne_bytes(*end));
                let n_elements = usize::try_from(end).map_err(|_| damaged())?;
                column.add_buffer(bounds).add_child_data(self.column(field.data_type(), n_elements)?)
            }
            _ => column.add_buffer(self.next()?),
        };
        column.build()
    }
}

fn damaged() -> ArrowError {
    ArrowError::ParseError("a block of spilled rows is damaged".to_owned())
}

fn no_such_column(data_type: &DataType) -> ArrowError {
    ArrowError::NotYetImplemented(format!("a column of type {data_type} on its way"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::BinaryArray;
    use arrow_array::BooleanArray;
    use arrow_array::Date32Array;
    use arrow_array::Float64Array;
    use arrow_array::Int32Array;
    use arrow_array::Int64Array;
    use arrow_array::TimestampMicrosecondArray;
    use arrow_array::UInt32Array;
    use arrow_array::builder::ListBuilder;
    use arrow_array::builder::StringBuilder;
    use arrow_schema::Field;
    use arrow_schema::Schema;
    use proptest::prelude::*;

    use super::*;
    use crate::rows::range::gather;

    /// A column of each kind there is, of some numbers; `None` is null in all of them.
    fn batch(rows: &[Option<i32>]) -> RecordBatch {
        let each = || rows.iter().copied();
        let n = |row: i32| row.unsigned_abs() as usize % 40;
        let mut lists = ListBuilder::new(StringBuilder::new());
        for row in each() {
            for element in 0..row.map_or(0, |row| n(row) % 4) {
                lists.values().append_option((element != 1).then(|| "é".repeat(element)));
            }
            lists.append(row.is_some());
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(each().map(|row| row.map(|row| vec![b'x'; n(row)])).collect::<BinaryArray>()),
            Arc::new(each().collect::<Int32Array>()),
            Arc::new(each().map(|row| row.map(i32::unsigned_abs)).collect::<UInt32Array>()),
            Arc::new(each().map(|row| row.map(i64::from)).collect::<Int64Array>()),
            Arc::new(each().map(|row| row.map(f64::from)).collect::<Float64Array>()),
            Arc::new(
                each()
                    .map(|row| row.map(i64::from))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
            Arc::new(each().collect::<Date32Array>()),
            Arc::new(each().map(|row| row.map(|row| row > 0)).collect::<BooleanArray>()),
            Arc::new(lists.finish()),
        ];
        let field =
            |(at, column): (usize, &ArrayRef)| Field::new(at.to_string(), column.data_type().clone(), true);
        let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
        RecordBatch::try_new(Schema::new(fields).into(), columns).unwrap()
    }

    /// Some batches, sliced so that offsets and nulls do not begin at nought, and ranges of them.
    fn rows() -> impl Strategy<Value = (Vec<RecordBatch>, Vec<RowRange>)> {
        let pieces = proptest::collection::vec(
            proptest::collection::vec(proptest::option::weighted(0.7, -50..50i32), 2..30),
            1..4,
        );
        let cuts = proptest::collection::vec((0usize..4, 0usize..30, 1usize..12), 1..12);
        (pieces, cuts).prop_map(|(pieces, cuts)| {
            let sliced = |rows: &Vec<Option<i32>>| batch(rows).slice(1, rows.len() - 1);
            let batches: Vec<RecordBatch> = pieces.iter().map(sliced).collect();
            let range = |(piece, row, len): &(usize, usize, usize)| {
                let piece = piece % batches.len();
                let row = row % batches[piece].num_rows();
                let len = (*len).min(batches[piece].num_rows() - row);
                let [piece, row, len] = [piece, row, len].map(|n| u32::try_from(n).unwrap());
                RowRange { piece, row, len }
            };
            let ranges = cuts.iter().map(range).collect();
            (batches, ranges)
        })
    }

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written((batches, ranges) in rows()) {
            let schema = batches[0].schema();
            let batches: Vec<&RecordBatch> = batches.iter().collect();
            let mut bytes = Vec::new();
            write(&batches, &ranges, &mut bytes).unwrap();
            let expected = gather(&schema, &batches, &ranges).unwrap();
            let found = read(&schema, n_rows(&ranges), bytes.into()).unwrap();
            prop_assert_eq!(&found, &expected);

            let mut bytes = Vec::new();
            write_whole(batches[0].columns(), &mut bytes).unwrap();
            prop_assert_eq!(&read(&schema, batches[0].num_rows(), bytes.into()).unwrap(), batches[0]);
        }

        #[test]
        fn bytes_that_were_damaged_are_an_error_or_other_rows(
            (batches, ranges) in rows(),
            cut: prop::sample::Index,
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let schema = batches[0].schema();
            let batches: Vec<&RecordBatch> = batches.iter().collect();
            let mut bytes = Vec::new();
            write(&batches, &ranges, &mut bytes).unwrap();
            // What stands behind the last part is nothing.
            let shorter = bytes[..cut.index(bytes.len())].to_vec();
            if let Ok(found) = read(&schema, n_rows(&ranges), shorter.into()) {
                prop_assert_eq!(found, gather(&schema, &batches, &ranges).unwrap());
            }
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = read(&schema, n_rows(&ranges), bytes.into());
        }
    }
}
