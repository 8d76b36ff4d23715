//! Rows are placed: each gets its partition, and adjacent ones become ranges.

use crate::resolve::batch_columns::BatchColumns;
use crate::rows::range::RowRange;
use crate::spill::placed_range::PlacedRange;
use crate::table::partition::Partition;

/// Places rows one by one, and joins adjacent ones to ranges.
pub(crate) struct RowPlacer<'a> {
    batch_columns: &'a [BatchColumns<'a>],
    buckets: u32,
    placed: Vec<PlacedRange>,
    /// The last row's day, and its partition: that of the next one, mostly.
    last: Option<(Option<i32>, Partition)>,
}

impl<'a> RowPlacer<'a> {
    pub(crate) fn new(batch_columns: &'a [BatchColumns<'a>], buckets: u32) -> Self {
        Self { batch_columns, buckets, placed: Vec::new(), last: None }
    }

    pub(crate) fn partition(&mut self, batch: u32, row: u32) -> Partition {
        let (columns, row) = (&self.batch_columns[batch as usize], row as usize);
        let (day, bucket) = (columns.day(row), columns.bucket(row, self.buckets));
        match self.last {
            Some((of, partition)) if (of, partition.bucket) == (day, bucket) => partition,
            _ => {
                let partition = columns.partition(row, self.buckets);
                self.last = Some((day, partition));
                partition
            }
        }
    }

    /// Places a row. `is_same_unit` where it is known to be of the unit of the row before it in the batch.
    pub(crate) fn place(
        &mut self,
        partition: Partition,
        batch: u32,
        row: u32,
        moved_in: bool,
        is_same_unit: bool,
    ) {
        if let Some(last) = self.placed.last_mut()
            && (last.range.batch, last.range.row + last.range.len) == (batch, row)
            && (last.partition, last.moved_in) == (partition, moved_in)
            && self.batch_columns[batch as usize].follows(row as usize - 1, row as usize, is_same_unit)
        {
            last.range.len += 1;
            return;
        }
        self.placed.push(PlacedRange { partition, range: RowRange { batch, row, len: 1 }, moved_in });
    }

    pub(crate) fn finish(self) -> Vec<PlacedRange> {
        self.placed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BinaryArray, RecordBatch, TimestampMicrosecondArray, new_null_array};
    use convolake_model::PartitionBy;
    use proptest::prelude::*;

    use super::*;
    use crate::rows::batch::VersionedBatch;
    use crate::table::layout::TableLayout;
    use crate::table::layout::tests::built_in;
    use crate::table::partition::day_of;

    proptest! {
        #[test]
        fn each_row_has_the_partition_of_its_own_day_and_bucket(
            rows in proptest::collection::vec((proptest::option::of(-40i64..40), 0u8..3), 1..30),
            by in prop_oneof![Just(PartitionBy::Day), Just(PartitionBy::Month)],
            buckets in prop_oneof![Just(1u32), Just(3)],
        ) {
            let layout = TableLayout::new(&built_in("messages"), &[], buckets, by).unwrap();
            let instant = |day: i64| day * 86_400_000_000 + 1;
            let of_source = layout.pushed.schema.fields().iter().filter(|field| field.name() != "date");
            let columns = of_source.map(|field| -> (&str, ArrayRef) {
                let ids = || rows.iter().map(|(_, id)| Some([*id]));
                let column: ArrayRef = match field.name().as_str() {
                    "agent_id" | "conversation_id" | "message_id" => Arc::new(ids().collect::<BinaryArray>()),
                    "sent_at" => {
                        let instants = rows.iter().map(|(day, _)| day.map(instant));
                        Arc::new(instants.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
                    }
                    _ => new_null_array(field.data_type(), rows.len()),
                };
                (field.name(), column)
            });
            let pushed = layout.pushed_rows(&RecordBatch::try_from_iter(columns).unwrap()).unwrap();
            let numbers = vec![0; rows.len()];
            let batch = VersionedBatch { rows: pushed, version: numbers.clone(), index: numbers };
            let columns = [BatchColumns::new(&layout.pushed, &batch).unwrap()];
            let mut placer = RowPlacer::new(&columns, buckets);
            for (row, (day, _)) in (0u32..).zip(&rows) {
                let bucket = columns[0].bucket(row as usize, buckets);
                let expected = Partition::of_day(by, day.map(instant).and_then(day_of), bucket);
                prop_assert_eq!(placer.partition(0, row), expected);
            }
        }
    }
}
