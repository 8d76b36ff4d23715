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

/// What a row begins with in its order, as a number: of two rows the one with the smaller number comes first, and of equal numbers the
/// cells decide. It is the day, where the order begins with one, and the first bytes of the text that comes then; nothing where
/// the order begins with something else.
#[inline]
pub(crate) fn prefix(columns: &[Cells<'_>], row: usize) -> u128 {
    match columns {
        [Cells::Text(texts), ..] => u128::from(first_bytes(texts.get(row))),
        [Cells::Date(days), rest @ ..] => {
            // A row without a day comes before all others.
            let day =
                if days.is_valid(row) { i128::from(days.value(row)) - i128::from(i32::MIN) + 1 } else { 0 };
            let text = if let [Cells::Text(texts), ..] = rest { first_bytes(texts.get(row)) } else { 0 };
            day.unsigned_abs() << 64 | u128::from(text)
        }
        _ => 0,
    }
}

/// The first bytes of a text, which compare as the text does, or are equal; null is no greater than any text.
#[inline]
fn first_bytes(text: Option<&[u8]>) -> u64 {
    let text = text.unwrap_or_default();
    match text.first_chunk::<8>() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let mut first = [0; 8];
            first[..text.len()].copy_from_slice(text);
            u64::from_be_bytes(first)
        }
    }
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

    /// The [`prefix`] of a row.
    pub(crate) fn prefix(&self, (batch, row): (u32, u32)) -> u128 {
        prefix(&self.columns[batch as usize], row as usize)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{BinaryArray, Date32Array};
    use proptest::prelude::*;

    use super::*;

    /// A day and a text, either of which may be missing.
    fn row() -> impl Strategy<Value = (Option<i32>, Option<Vec<u8>>)> {
        let day = prop_oneof![Just(i32::MIN), Just(i32::MAX), -2..2i32];
        let text = proptest::collection::vec(prop_oneof![0u8..3, Just(255)], 0..12);
        (proptest::option::of(day), proptest::option::of(text))
    }

    proptest! {
        #[test]
        fn a_prefix_never_speaks_against_the_order(a in row(), b in row(), begins_with_day: bool) {
            let rows = [a, b];
            let days: ArrayRef = Arc::new(rows.iter().map(|(day, _)| *day).collect::<Date32Array>());
            let texts: ArrayRef = Arc::new(rows.iter().map(|(_, text)| text.as_deref()).collect::<BinaryArray>());
            let order = if begins_with_day { vec![days, texts] } else { vec![texts, days] };
            let cells: Vec<Cells<'_>> = order.iter().filter_map(|column| Cells::of(column.as_ref())).collect();
            let by_prefix = prefix(&cells, 0).cmp(&prefix(&cells, 1));
            prop_assert!(by_prefix.is_eq() || by_prefix == compare_rows(&order, 0, &order, 1));
        }
    }
}
