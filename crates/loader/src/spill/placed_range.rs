//! Ranges of rows with the partition they belong to.

use std::collections::BTreeMap;

use crate::rows::order::Order;
use crate::rows::range::RowRange;
use crate::table::partition::Partition;

/// Resolved rows, and the partition they belong to. They are in the table's order, and equal in its first column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlacedRange {
    pub(crate) partition: Partition,
    pub(crate) range: RowRange,
    /// True where the stored rows of these keys are in another partition.
    pub(crate) moved_in: bool,
}

/// Sorts ranges by the table's order. Where that begins with a date, of which there are few, each date's ranges are sorted alone.
pub(crate) fn sort(order: &Order<'_>, placed: &mut Vec<PlacedRange>) {
    let date = |placed: &PlacedRange| order.date((placed.range.batch, placed.range.row));
    let Some(first) = placed.first().and_then(date) else { return sort_whole(order, placed) };
    if placed.iter().all(|placed| date(placed) == Some(first)) {
        return sort_whole(order, placed);
    }
    let mut of_dates: BTreeMap<Option<Option<i32>>, Vec<PlacedRange>> = BTreeMap::new();
    for of_date in placed.chunk_by(|a, b| date(a) == date(b)) {
        of_dates.entry(date(&of_date[0])).or_default().extend_from_slice(of_date);
    }
    placed.clear();
    for mut of_date in of_dates.into_values() {
        sort_whole(order, &mut of_date);
        placed.append(&mut of_date);
    }
}

/// Sorts ranges by the table's order. Where ranges overlap in it, all are first taken apart to single rows.
fn sort_whole(order: &Order<'_>, placed: &mut Vec<PlacedRange>) {
    if placed.len() > 1 && !sort_by_first_row(order, placed) {
        let rows = placed.iter().flat_map(|placed| {
            let row = |row| RowRange { row, len: 1, ..placed.range };
            (placed.range.row..placed.range.row + placed.range.len)
                .map(move |at| PlacedRange { range: row(at), ..*placed })
        });
        *placed = rows.collect();
        sort_by_first_row(order, placed);
    }
}

/// Sorts ranges by their first rows; false where ranges overlap.
fn sort_by_first_row(order: &Order<'_>, placed: &mut [PlacedRange]) -> bool {
    let first = |PlacedRange { range, .. }: &PlacedRange| (range.batch, range.row);
    let last = |PlacedRange { range, .. }: &PlacedRange| (range.batch, range.row + range.len - 1);
    // Most comparisons then need not go to where the rows lie.
    let mut by_prefix: Vec<(u128, PlacedRange)> =
        placed.iter().map(|placed| (order.prefix(first(placed)), *placed)).collect();
    // Rows come nearly sorted, of which the stable sort makes use.
    by_prefix.sort_by(|(a_prefix, a), (b_prefix, b)| {
        a_prefix.cmp(b_prefix).then_with(|| order.compare(first(a), first(b)))
    });
    placed.iter_mut().zip(&by_prefix).for_each(|(placed, (_, sorted))| *placed = *sorted);
    let is_single = |placed: &PlacedRange| placed.range.len == 1;
    by_prefix.windows(2).all(|pair| {
        let [(_, a), (b_prefix, b)] = pair else { return true };
        is_single(a) || order.prefix(last(a)) < *b_prefix || order.compare(last(a), first(b)).is_le()
    })
}

/// Ranges by their partition, in the order they came.
pub(crate) fn by_partition(placed: Vec<PlacedRange>) -> BTreeMap<Partition, Vec<PlacedRange>> {
    let mut partitions: BTreeMap<Partition, Vec<PlacedRange>> = BTreeMap::new();
    for rows in placed.chunk_by(|a, b| a.partition == b.partition) {
        partitions.entry(rows[0].partition).or_default().extend_from_slice(rows);
    }
    partitions
}
