//! Blocks read as they were written, and damaged ones.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    BinaryArray, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, TimestampMicrosecondArray,
    UInt32Array,
};
use arrow_schema::{Field, Schema};
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
            each().map(|row| row.map(i64::from)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"),
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
    let numbers = proptest::collection::vec(
        proptest::collection::vec(proptest::option::weighted(0.7, -50..50i32), 2..30),
        1..4,
    );
    let cuts = proptest::collection::vec((0usize..4, 0usize..30, 1usize..12), 1..12);
    (numbers, cuts).prop_map(|(numbers, cuts)| {
        let sliced = |rows: &Vec<Option<i32>>| batch(rows).slice(1, rows.len() - 1);
        let batches: Vec<RecordBatch> = numbers.iter().map(sliced).collect();
        let range = |(batch, row, len): &(usize, usize, usize)| {
            let batch = batch % batches.len();
            let row = row % batches[batch].num_rows();
            let len = (*len).min(batches[batch].num_rows() - row);
            let [batch, row, len] = [batch, row, len].map(|n| u32::try_from(n).unwrap());
            RowRange { batch, row, len }
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
    fn a_block_that_was_cut_is_an_error((batches, ranges) in rows(), cut: prop::sample::Index) {
        let (schema, bytes) = block(&batches, &ranges);
        let shorter = bytes[..cut.index(bytes.len())].to_vec();
        prop_assert!(read(&schema, n_rows(&ranges), shorter.into()).is_err());
    }

    /// What this proves: no damaged byte makes the reader panic, or take one cell's bytes for those of cells elsewhere. A
    /// length that was damaged is an error, always. Any other byte is an error, or changes the cells it is of and no others:
    /// at most eight of one column, which is as many as a byte of bits is of; and what is read is what Arrow calls valid,
    /// its texts UTF-8 and its offsets ascending. A reader that trusted lengths or offsets would read other cells from there on,
    /// or beyond the end. It does not prove that damage is found: a number that was changed is another number.
    #[test]
    fn a_damaged_byte_is_an_error_or_changes_its_own_cells_alone(
        (batches, ranges) in rows(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..24),
    ) {
        let (schema, bytes) = block(&batches, &ranges);
        let n_rows = n_rows(&ranges);
        let expected = read(&schema, n_rows, bytes.clone().into()).unwrap();
        let column_ends = column_ends(&expected);
        let lengths = lengths(&bytes);
        let length_bytes = lengths.iter().flat_map(|at| (*at..at + ALIGNMENT).map(|at| (at, 1 << (at % 7))));
        let any_bytes = damage.into_iter().map(|(at, mask)| (at.index(bytes.len()), mask));
        for (at, mask) in length_bytes.chain(any_bytes) {
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            let Ok(found) = read(&schema, n_rows, damaged.into()) else { continue };
            let is_length = lengths.iter().any(|length| (*length..length + ALIGNMENT).contains(&at));
            prop_assert!(!is_length, "a damaged length was read, at {at}");
            let damaged_column = column_ends.partition_point(|end| *end <= at);
            for (number, (found, expected)) in found.columns().iter().zip(expected.columns()).enumerate() {
                prop_assert!(found.to_data().validate_full().is_ok(), "column {number}, byte {at}");
                let differs = |row: &usize| found.slice(*row, 1) != expected.slice(*row, 1);
                let n_changed = (0..n_rows).filter(differs).count();
                let most = if number == damaged_column { 8 } else { 0 };
                prop_assert!(n_changed <= most, "byte {at}: {n_changed} cells of column {number}");
            }
        }
    }
}

/// The rows as a block, and their schema.
fn block(batches: &[RecordBatch], ranges: &[RowRange]) -> (SchemaRef, Vec<u8>) {
    let refs: Vec<&RecordBatch> = batches.iter().collect();
    let mut bytes = Vec::new();
    write(&refs, ranges, &mut bytes).unwrap();
    (batches[0].schema(), bytes)
}

/// Where the lengths of a block's parts stand.
fn lengths(bytes: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        lengths.push(at);
        let len = u64::from_le_bytes(bytes[at..at + ALIGNMENT].try_into().unwrap());
        at = (at + ALIGNMENT + usize::try_from(len).unwrap()).next_multiple_of(ALIGNMENT);
    }
    lengths
}

/// Where each column of a block of these rows ends.
fn column_ends(rows: &RecordBatch) -> Vec<usize> {
    let mut bytes = Vec::new();
    let mut end = |column: &ArrayRef| {
        write_whole(std::slice::from_ref(column), &mut bytes).unwrap();
        bytes.len()
    };
    rows.columns().iter().map(&mut end).collect()
}
