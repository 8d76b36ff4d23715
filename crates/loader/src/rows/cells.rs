//! Cells compared and hashed where they lie, without a copy.

use std::cmp::Ordering;
use std::hash::Hasher;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use convolake_batch::PhysicalType;
use twox_hash::XxHash64;

use crate::rows::texts::Texts;

/// A column, typed once so that rows compare without a look-up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cells<'a> {
    Text(Texts<'a>),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    Float64(&'a Float64Array),
    Bool(&'a BooleanArray),
    Timestamp(&'a TimestampMicrosecondArray),
    Date(&'a Date32Array),
    TextList(&'a ListArray, &'a StringArray),
}

impl<'a> Cells<'a> {
    /// `None` for a type no table has.
    pub(crate) fn of(array: &'a dyn Array) -> Option<Self> {
        Some(match PhysicalType::of_array(array.data_type())? {
            PhysicalType::Text => Self::Text(Texts::of(array)?),
            PhysicalType::Int32 => Self::Int32(array.as_primitive_opt::<Int32Type>()?),
            PhysicalType::Int64 => Self::Int64(array.as_primitive_opt::<Int64Type>()?),
            PhysicalType::Float64 => Self::Float64(array.as_primitive_opt::<Float64Type>()?),
            PhysicalType::Bool => Self::Bool(array.as_boolean_opt()?),
            PhysicalType::Timestamp => Self::Timestamp(array.as_primitive_opt::<TimestampMicrosecondType>()?),
            PhysicalType::Date => Self::Date(array.as_primitive_opt::<Date32Type>()?),
            PhysicalType::TextList => {
                let lists = array.as_list_opt::<i32>()?;
                Self::TextList(lists, lists.values().as_string_opt()?)
            }
        })
    }

    /// Some columns of a batch, in the order given.
    pub(crate) fn columns(batch: &'a RecordBatch, columns: &[usize]) -> Option<Vec<Self>> {
        columns.iter().map(|column| Self::of(batch.column(*column).as_ref())).collect()
    }

    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(texts) => texts.is_null(row),
            Self::Int32(array) => array.is_null(row),
            Self::Int64(array) => array.is_null(row),
            Self::Float64(array) => array.is_null(row),
            Self::Bool(array) => array.is_null(row),
            Self::Timestamp(array) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::TextList(array, _) => array.is_null(row),
        }
    }

    /// True where two cells hold the same: null equals null, and floats are compared bit by bit.
    #[inline]
    pub(crate) fn equal(&self, row: usize, other: &Self, other_row: usize) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.equal(row, b, other_row),
            _ => self.equals_other(row, other, other_row),
        }
    }

    /// [`Cells::equal`] for what is no text.
    fn equals_other(&self, row: usize, other: &Self, other_row: usize) -> bool {
        match (self.is_null(row), other.is_null(other_row)) {
            (true, true) => return true,
            (false, false) => {}
            _ => return false,
        }
        match (self, other) {
            (Self::Int32(a), Self::Int32(b)) => a.value(row) == b.value(other_row),
            (Self::Int64(a), Self::Int64(b)) => a.value(row) == b.value(other_row),
            (Self::Float64(a), Self::Float64(b)) => a.value(row).to_bits() == b.value(other_row).to_bits(),
            (Self::Bool(a), Self::Bool(b)) => a.value(row) == b.value(other_row),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.value(row) == b.value(other_row),
            (Self::Date(a), Self::Date(b)) => a.value(row) == b.value(other_row),
            (Self::TextList(a, texts), Self::TextList(b, other_texts)) => {
                let items =
                    |list: &ListArray, row: usize| list.value_offsets()[row]..list.value_offsets()[row + 1];
                let item = |texts: &'a StringArray, at: i32| {
                    let at = usize::try_from(at).unwrap_or_default();
                    texts.is_valid(at).then(|| texts.value(at))
                };
                items(a, row)
                    .map(|at| item(texts, at))
                    .eq(items(b, other_row).map(|at| item(other_texts, at)))
            }
            // Cells of different types, and texts, which are compared before.
            (
                Self::Text(_)
                | Self::Int32(_)
                | Self::Int64(_)
                | Self::Float64(_)
                | Self::Bool(_)
                | Self::Timestamp(_)
                | Self::Date(_)
                | Self::TextList(..),
                _,
            ) => false,
        }
    }

    /// How two cells compare: null first, texts by their bytes. Lists, which no order has, are all equal.
    #[inline]
    pub(crate) fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        match (self.is_null(row), other.is_null(other_row)) {
            (false, false) => {}
            (is_null, other_is_null) => return other_is_null.cmp(&is_null),
        }
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.bytes(row).cmp(b.bytes(other_row)),
            (Self::Int32(a), Self::Int32(b)) => a.value(row).cmp(&b.value(other_row)),
            (Self::Int64(a), Self::Int64(b)) => a.value(row).cmp(&b.value(other_row)),
            (Self::Float64(a), Self::Float64(b)) => a.value(row).total_cmp(&b.value(other_row)),
            (Self::Bool(a), Self::Bool(b)) => a.value(row).cmp(&b.value(other_row)),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.value(row).cmp(&b.value(other_row)),
            (Self::Date(a), Self::Date(b)) => a.value(row).cmp(&b.value(other_row)),
            // Lists, and cells of different types.
            (
                Self::Text(_)
                | Self::Int32(_)
                | Self::Int64(_)
                | Self::Float64(_)
                | Self::Bool(_)
                | Self::Timestamp(_)
                | Self::Date(_)
                | Self::TextList(..),
                _,
            ) => Ordering::Equal,
        }
    }

    /// True where the second of two cells is surely greater than the first, in an order of its own: a longer text is greater
    /// than a shorter one, so that `10.0` comes behind `9.0`.
    #[inline]
    pub(crate) fn ascends(&self, row: usize, next: usize) -> bool {
        let is_greater = match self {
            Self::Text(texts) => {
                let (text, next) = (texts.bytes(row), texts.bytes(next));
                (text.len(), text) < (next.len(), next)
            }
            Self::Int32(array) => array.value(row) < array.value(next),
            Self::Int64(array) => array.value(row) < array.value(next),
            // A key has no column of these types.
            Self::Float64(_) | Self::Bool(_) | Self::Timestamp(_) | Self::Date(_) | Self::TextList(..) => {
                false
            }
        };
        is_greater && !self.is_null(row) && !self.is_null(next)
    }

    fn hash(&self, row: usize, seed: u64) -> u64 {
        match self {
            Self::Text(texts) => XxHash64::oneshot(seed, texts.bytes(row)),
            Self::Int32(array) => XxHash64::oneshot(seed, &array.value(row).to_le_bytes()),
            Self::Int64(array) => XxHash64::oneshot(seed, &array.value(row).to_le_bytes()),
            // A key has no column of these types.
            Self::Float64(_) | Self::Bool(_) | Self::Timestamp(_) | Self::Date(_) | Self::TextList(..) => {
                seed
            }
        }
    }
}

/// The hash of key columns: XXH64 of each cell, seeded with the one before. Buckets rest on it, so it stays as it is.
pub(crate) fn hash_of(columns: &[Cells<'_>], row: usize, seed: u64) -> u64 {
    columns.iter().fold(seed, |seed, column| column.hash(row, seed))
}

/// True where all cells of two rows are equal.
pub(crate) fn rows_equal(columns: &[Cells<'_>], row: usize, others: &[Cells<'_>], other_row: usize) -> bool {
    columns.iter().zip(others).all(|(column, other)| column.equal(row, other, other_row))
}

/// How many rows from the first of these on hold the same: the first, and those behind it up to one that differs.
pub(crate) fn rows_alike(columns: &[Cells<'_>], rows: Range<usize>) -> usize {
    let are_alike = |column: &Cells<'_>, rows: Range<usize>| match column {
        Cells::Text(texts) if !texts.has_nulls() => texts.are_alike(rows),
        _ => rows.clone().skip(1).all(|row| column.equal(row - 1, column, row)),
    };
    let (mut known, mut step) = (1, 8);
    // In growing steps while it goes well, then in ever smaller ones.
    let mut grows = true;
    while step > 0 && known < rows.len() {
        let next = (known + step).min(rows.len());
        let behind = rows.start + known - 1..rows.start + next;
        match columns.iter().all(|column| are_alike(column, behind.clone())) {
            true if grows => (known, step) = (next, step * 2),
            true => (known, step) = (next, step / 2),
            false => (grows, step) = (false, step / 2),
        }
    }
    known
}

/// A hasher for keys that are hashes already.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = XxHash64::oneshot(self.0, bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

pub(crate) type HashedBuilder = std::hash::BuildHasherDefault<Hashed>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_that_are_alike_are_counted(
            runs in proptest::collection::vec((0usize..4, 1usize..40), 1..6),
            has_nulls: bool,
            first in 0usize..3,
        ) {
            let words = [Some("a"), Some("b"), Some("aa"), if has_nulls { None } else { Some("") }];
            let texts: Vec<Option<&str>> =
                runs.iter().flat_map(|(word, n)| std::iter::repeat_n(words[*word], *n)).collect();
            let numbers: Vec<i32> = (0..texts.len()).map(|row| i32::try_from(row / 25).unwrap()).collect();
            let (array, numbers) = (StringArray::from(texts.clone()), Int32Array::from(numbers));
            let columns = [Cells::of(&array).unwrap(), Cells::of(&numbers).unwrap()];
            let first = first.min(texts.len() - 1);
            for columns in [&columns[..1], &columns] {
                let found = rows_alike(columns, first..texts.len());
                let differs = (first + 1..texts.len()).find(|row| !rows_equal(columns, *row, columns, first));
                prop_assert_eq!(found, differs.unwrap_or(texts.len()) - first);
            }
        }
    }

    #[test]
    fn positions_ascend_by_their_number_and_not_by_their_first_digit() {
        let texts =
            StringArray::from(vec![Some("9.0"), Some("10.0"), Some("10.0"), None, Some("a"), Some("")]);
        let cells = Cells::of(&texts).unwrap();
        let ascending: Vec<bool> = (0..5).map(|row| cells.ascends(row, row + 1)).collect();
        assert_eq!(ascending, [true, false, false, false, false]);
        let numbers = Int32Array::from(vec![Some(1), Some(2), Some(2), None]);
        let cells = Cells::of(&numbers).unwrap();
        let ascending: Vec<bool> = (0..3).map(|row| cells.ascends(row, row + 1)).collect();
        assert_eq!(ascending, [true, false, false]);
    }
}
