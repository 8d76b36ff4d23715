use arrow_array::Array;

use crate::rows::batch::VersionedBatch;
use crate::rows::cells::{Cells, hash_of};
use crate::table::layout::PushedLayout;
use crate::table::partition::{Partition, day_of};

/// The columns of a piece that decide what becomes of its rows.
pub(crate) struct View<'a> {
    pub(crate) piece: &'a VersionedBatch,
    pub(crate) unit: Vec<Cells<'a>>,
    pub(crate) key: Vec<Cells<'a>>,
    pub(crate) key_within_unit: Vec<Cells<'a>>,
    group: Vec<Cells<'a>>,
    pub(crate) content: Vec<Cells<'a>>,
    date: Vec<Cells<'a>>,
    order: Vec<Cells<'a>>,
    /// True where the rows of a unit agree in what comes first in the order.
    begins_with_unit: bool,
}

impl<'a> View<'a> {
    /// `None` where a column has a type that no table has.
    pub(crate) fn new(layout: &PushedLayout, piece: &'a VersionedBatch) -> Option<Self> {
        let columns = |columns: &[usize]| Cells::columns(&piece.batch, columns);
        Some(Self {
            piece,
            unit: columns(&layout.unit)?,
            key: columns(&layout.key)?,
            key_within_unit: columns(&layout.key_within_unit)?,
            group: columns(&layout.group)?,
            content: columns(&(0..piece.batch.num_columns()).collect::<Vec<_>>())?,
            date: columns(&layout.date)?,
            order: columns(&layout.order)?,
            begins_with_unit: layout.order.first().is_some_and(|first| layout.unit.contains(first)),
        })
    }

    fn day(&self, row: usize) -> Option<i32> {
        let instant = self.date.iter().find_map(|column| match column {
            Cells::Timestamp(instants) if instants.is_valid(row) => Some(instants.value(row)),
            _ => None,
        });
        instant.and_then(day_of)
    }

    pub(crate) fn partition(&self, row: usize, buckets: u32) -> Partition {
        let bucket = if buckets == 1 { 0 } else { hash_of(&self.group, row, 0) % u64::from(buckets) };
        Partition { day: self.day(row), bucket: u32::try_from(bucket).unwrap_or_default() }
    }

    /// True where a row stands behind another in the table's order, and both agree in what comes first in it. `is_same_unit`
    /// where that is known already.
    pub(crate) fn follows(&self, before: usize, row: usize, is_same_unit: bool) -> bool {
        let mut columns = self.order.iter();
        columns
            .next()
            .is_none_or(|first| is_same_unit && self.begins_with_unit || first.equal(before, first, row))
            && columns
                .map(|column| column.compare(before, column, row))
                .find(|ordering| ordering.is_ne())
                .is_none_or(|ordering| ordering.is_lt())
    }
}
