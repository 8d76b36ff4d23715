//! The columns of a batch that resolving reads, typed once.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::{Array, Date32Array};
use convolake_model::PartitionBy;

use crate::LoadError;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::{Cells, hash_of, rows_equal};
use crate::table::layout::{PushedLayout, TableLayout};
use crate::table::partition::{Partition, day_of};

/// The columns of a batch that decide what becomes of its rows.
pub(crate) struct BatchColumns<'a> {
    pub(crate) batch: &'a VersionedBatch,
    pub(crate) unit: Vec<Cells<'a>>,
    pub(crate) key: Vec<Cells<'a>>,
    pub(crate) key_within_unit: Vec<Cells<'a>>,
    group: Vec<Cells<'a>>,
    pub(crate) content: Vec<Cells<'a>>,
    /// The column of the day, where there is one.
    date: Option<&'a Date32Array>,
    dated_by: Vec<Cells<'a>>,
    /// The columns of the order, each with whether it is one of the unit, so that the rows of a unit are equal in it.
    order: Vec<(Cells<'a>, bool)>,
    shared_order: usize,
    partition_by: PartitionBy,
}

impl<'a> BatchColumns<'a> {
    /// `None` where a column has a type that no table has.
    pub(crate) fn new(layout: &PushedLayout, batch: &'a VersionedBatch) -> Option<Self> {
        let columns = |columns: &[usize]| Cells::columns(&batch.rows, columns);
        Some(Self {
            batch,
            unit: columns(&layout.unit)?,
            key: columns(&layout.key)?,
            key_within_unit: columns(&layout.key_within_unit)?,
            group: columns(&layout.group)?,
            content: columns(&(0..batch.rows.num_columns()).collect::<Vec<_>>())?,
            date: layout.date.and_then(|date| batch.rows.column(date).as_primitive_opt()),
            dated_by: columns(&layout.dated_by)?,
            order: columns(&layout.order)?
                .into_iter()
                .zip(layout.order.iter().map(|column| layout.unit.contains(column)))
                .collect(),
            shared_order: layout.shared_order,
            partition_by: layout.partition_by,
        })
    }

    /// The day of a row.
    pub(crate) fn day(&self, row: usize) -> Option<i32> {
        if let Some(date) = self.date {
            return date.is_valid(row).then(|| date.value(row));
        }
        let instant = self.dated_by.iter().find_map(|column| match column {
            Cells::Timestamp(instants) if instants.is_valid(row) => Some(instants.value(row)),
            _ => None,
        });
        instant.and_then(day_of)
    }

    /// Which of so many buckets a row is in.
    pub(crate) fn bucket(&self, row: usize, buckets: u32) -> u32 {
        let bucket = if buckets == 1 { 0 } else { hash_of(&self.group, row, 0) % u64::from(buckets) };
        u32::try_from(bucket).unwrap_or_default()
    }

    pub(crate) fn partition(&self, row: usize, buckets: u32) -> Partition {
        Partition::of_day(self.partition_by, self.day(row), self.bucket(row, buckets))
    }

    /// How two rows of a parent compare by the table's order, whatever their dates.
    pub(crate) fn compare_places(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let places = self.order.iter().zip(&other.order).skip(self.shared_order - 1);
        places
            .map(|((column, _), (of_other, _))| column.compare(row, of_other, other_row))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// True where a row comes after another in the table's order, and both are equal in the columns that a range shares.
    /// `is_same_unit` where they are known to be of one unit.
    pub(crate) fn follows(&self, before: usize, row: usize, is_same_unit: bool) -> bool {
        let (shared, others) = self.order.split_at(self.shared_order.min(self.order.len()));
        let is_known_equal = |is_of_unit: &bool| is_same_unit && *is_of_unit;
        shared
            .iter()
            .all(|(column, is_of_unit)| is_known_equal(is_of_unit) || column.equal(before, column, row))
            && others
                .iter()
                .filter(|(_, is_of_unit)| !is_known_equal(is_of_unit))
                .map(|(column, _)| column.compare(before, column, row))
                .find(|ordering| ordering.is_ne())
                .is_none_or(|ordering| ordering.is_lt())
    }
}

/// The columns of some batches that decide what becomes of their rows.
pub(crate) fn columns_of_batches<'a>(
    layout: &TableLayout,
    batches: &'a [VersionedBatch],
) -> Result<Vec<BatchColumns<'a>>, LoadError> {
    let columns =
        batches.iter().map(|batch| BatchColumns::new(&layout.pushed, batch)).collect::<Option<Vec<_>>>();
    columns.ok_or_else(|| LoadError::misfit(&layout.name, "a column has a type that no table has"))
}

/// The rows of a batch by record, as the first row and how many they are: the rows of a record have one parent. Stored rows
/// are parted by their parent instead.
pub(crate) fn record_ranges<'a>(
    batch: &'a VersionedBatch,
    unit: &'a [Cells<'a>],
) -> impl Iterator<Item = (u32, u32)> + 'a {
    let n_rows = u32::try_from(batch.rows.num_rows()).unwrap_or(u32::MAX);
    let mut next = 0;
    std::iter::from_fn(move || {
        let begin = next;
        let first = begin as usize;
        let is_stored = batch.index.get(first)? & VersionedBatch::STORED != 0;
        let continues = |at: usize| {
            (batch.version[first], batch.index[first]) == (batch.version[at], batch.index[at])
                && (!is_stored || rows_equal(unit, first, unit, at))
        };
        next += 1;
        while next < n_rows && continues(next as usize) {
            next += 1;
        }
        Some((begin, next - begin))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BinaryArray, Int32Array, RecordBatch, new_null_array};
    use twox_hash::XxHash64;

    use super::*;
    use crate::table::layout::tests::built_in;

    #[test]
    fn a_bucket_is_the_hash_of_the_conversation() {
        let layout = TableLayout::new(&built_in("turns"), &[], 7, PartitionBy::Month).unwrap();
        let texts = |value: &str| Arc::new(BinaryArray::from(vec![value.as_bytes(); 2])) as ArrayRef;
        let of_source = layout.pushed.schema.fields().iter().filter(|field| field.name() != "date");
        let columns = of_source.map(|field| match field.name().as_str() {
            "agent_id" => texts("a1"),
            "conversation_id" => texts("c-17"),
            "turn_index" => Arc::new(Int32Array::from(vec![0, 1])),
            _ => new_null_array(field.data_type(), 2),
        });
        let columns: Vec<ArrayRef> = columns.collect();
        let names = layout.pushed.schema.fields().iter().map(|field| field.name().as_str());
        let rows = RecordBatch::try_from_iter(names.zip(columns)).unwrap();
        let rows = layout.pushed_rows(&rows).unwrap();
        let batch = VersionedBatch { rows, version: vec![0; 2], index: vec![0; 2] };
        let columns = BatchColumns::new(&layout.pushed, &batch).unwrap();
        let hash = XxHash64::oneshot(XxHash64::oneshot(0, b"a1"), b"c-17");
        for row in 0..2 {
            assert_eq!(u64::from(columns.partition(row, 7).bucket), hash % 7);
        }
    }
}
