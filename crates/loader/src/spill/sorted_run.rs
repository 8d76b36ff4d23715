//! Sorted runs: spilled rows, sorted by partition and then by the table's order.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, SchemaRef};
use arrow_select::filter::filter_record_batch;

use crate::LoadError;
use crate::rows::batch::{RowNumber, VersionedBatch, number_column, rows_at_a_time};
use crate::rows::cells::{Cells, hash_of};
use crate::rows::coalesce::CoalescerOptions;
use crate::rows::hashes::Hashes;
use crate::rows::merge::merge;
use crate::rows::order::Order;
use crate::rows::range::{RowRange, n_rows, next_ranges};
use crate::spill::block;
use crate::spill::block_file::{BlockReader, Blocks};
use crate::spill::placed_range::{PlacedRange, sort};
use crate::spill::run_file::{Extents, SortedRunFile};
use crate::table::layout::{TableLayout, schema_with};
use crate::table::partition::Partition;

/// Rows and memory of a batch: what one cursor of a merge holds.
const BATCH_ROWS: usize = 1024;
const BATCH_BYTES: usize = 512 * 1024;

/// A file of spilled rows, sorted.
#[derive(Debug)]
pub(crate) struct SortedRun {
    blocks: Blocks,
    partitions: Extents,
    /// Units whose rows were taken out, and are passed over.
    without: Option<Arc<Hashes>>,
}

/// The columns beside a row's own: the numbers of [`RowNumber`], and whether it moved in from another partition.
pub(crate) const NUMBERS: [&str; 2] = ["version", "index"];
const MOVED_IN: &str = "moved_in";

impl SortedRun {
    /// Writes placed rows to a file.
    pub(crate) fn write(
        layout: &TableLayout,
        path: PathBuf,
        batches: &[VersionedBatch],
        partitions: Vec<(Partition, Vec<PlacedRange>)>,
    ) -> Result<Self, LoadError> {
        let rows: Vec<&RecordBatch> = batches.iter().map(|batch| &batch.rows).collect();
        let order = Order::of(&rows, &layout.pushed.order);
        let mut file =
            SortedRunFile::create(layout, schema_with(&layout.pushed.schema, &NUMBERS, &[MOVED_IN]), path)?;
        let batch_rows = rows_at_a_time(batches, BATCH_ROWS, BATCH_BYTES);
        for (partition, mut placed) in partitions {
            sort(&order, &mut placed);
            let ranges: Vec<RowRange> = placed.iter().map(|placed| placed.range).collect();
            let mut moved_in = placed
                .iter()
                .flat_map(|placed| std::iter::repeat_n(placed.moved_in, placed.range.len as usize));
            let mut at = (0, 0);
            loop {
                let ranges = next_ranges(&ranges, &mut at, batch_rows);
                if ranges.is_empty() {
                    break;
                }
                let n_rows = n_rows(&ranges);
                let moved_in: Vec<bool> = moved_in.by_ref().take(n_rows).collect();
                let beside_rows: [ArrayRef; 3] = [
                    number_column(batches, &ranges, RowNumber::Version),
                    number_column(batches, &ranges, RowNumber::Index),
                    Arc::new(BooleanArray::from(moved_in)),
                ];
                file.write(n_rows, |out| {
                    block::write(&rows, &ranges, out)?;
                    block::write_whole(&beside_rows, out)
                })?;
            }
            file.end_partition(partition);
        }
        Ok(Self::of(file))
    }

    fn of(file: SortedRunFile) -> Self {
        let (blocks, partitions) = file.finish();
        Self { blocks, partitions, without: None }
    }

    /// Merges runs to one.
    pub(crate) fn merge(layout: &TableLayout, path: PathBuf, runs: &[Self]) -> Result<Self, LoadError> {
        let schema = schema_with(&layout.pushed.schema, &NUMBERS, &[MOVED_IN]);
        let mut file = SortedRunFile::create(layout, schema.clone(), path)?;
        let options = CoalescerOptions {
            table: &layout.name,
            schema: &schema,
            batch_rows: BATCH_ROWS,
            batch_bytes: BATCH_BYTES,
        };
        let partitions: BTreeSet<Partition> =
            runs.iter().flat_map(|run| run.partitions.keys()).copied().collect();
        for partition in partitions {
            let mut sources = Vec::new();
            for run in runs {
                if let Some(rows) = run.rows(layout, partition)? {
                    sources.push(rows.map(|rows| {
                        let batch = rows.and_then(|rows| rows.into_batch(&schema));
                        batch.map_err(LoadError::rows("read back", &layout.name))
                    }));
                }
            }
            merge(&layout.pushed.order, options, sources, |batch| {
                file.write(batch.num_rows(), |out| block::write_whole(batch.columns(), out))
            })?;
            file.end_partition(partition);
        }
        Ok(Self::of(file))
    }

    /// Removes the run's file.
    pub(crate) fn remove(self) -> Result<(), LoadError> {
        let path = self.blocks.path();
        fs::remove_file(path).map_err(LoadError::file("remove the spilled rows in", path))
    }

    /// The path of the next of so many runs in a folder.
    pub(crate) fn path(folder: &Path, n_runs: usize) -> PathBuf {
        folder.join(format!("run-{n_runs:05}.rows"))
    }

    /// The partitions it has rows in, and how many.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = (Partition, u64)> {
        self.partitions.iter().map(|(partition, (_, n_rows))| (*partition, *n_rows))
    }

    /// Its rows in a partition.
    pub(crate) fn rows(
        &self,
        layout: &TableLayout,
        partition: Partition,
    ) -> Result<Option<SortedRows>, LoadError> {
        let Some((batches, max_rows)) = self.partitions.get(&partition) else {
            return Ok(None);
        };
        let reader = self.blocks.read(batches.clone()).map_err(LoadError::rows("read back", &layout.name))?;
        Ok(Some(SortedRows {
            reader,
            max_rows: *max_rows,
            n_columns: layout.pushed.in_table.len(),
            unit: layout.pushed.unit.clone(),
            without: self.without.clone(),
        }))
    }

    /// Takes out the rows of some units: gives them to `push`, and from here on passes them over.
    pub(crate) fn take_out_units(
        &mut self,
        layout: &TableLayout,
        units: &Arc<Hashes>,
        mut push: impl FnMut(VersionedBatch) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        let partitions: Vec<Partition> = self.partitions.keys().copied().collect();
        for partition in partitions {
            let Some(rows) = self.rows(layout, partition)? else { continue };
            let mut n_taken_out = 0;
            for rows in rows {
                let rows = rows
                    .and_then(|rows| rows.only(&layout.pushed.unit, |hash| units.contains(&hash)))
                    .map_err(LoadError::rows("read back", &layout.name))?;
                if rows.columns.num_rows() > 0 {
                    n_taken_out += rows.columns.num_rows() as u64;
                    push(VersionedBatch { rows: rows.columns, version: rows.version, index: rows.index })?;
                }
            }
            if let Some((_, n_rows)) = self.partitions.get_mut(&partition) {
                *n_rows -= n_taken_out;
            }
        }
        self.partitions.retain(|_, (_, n_rows)| *n_rows > 0);
        self.without = Some(Arc::clone(units));
        Ok(())
    }
}

/// The rows of one partition in a run.
pub(crate) struct SortedRows {
    reader: BlockReader,
    max_rows: u64,
    n_columns: usize,
    unit: Vec<usize>,
    without: Option<Arc<Hashes>>,
}

impl SortedRows {
    /// How many rows it has, or a few more.
    pub(crate) fn max_rows(&self) -> u64 {
        self.max_rows
    }
}

/// A batch of a run: rows, and the numbers and flags beside them.
pub(crate) struct SortedBatch {
    pub(crate) columns: RecordBatch,
    pub(crate) version: Vec<u32>,
    pub(crate) index: Vec<u32>,
    pub(crate) moved_in: BooleanArray,
}

impl SortedBatch {
    /// As a run's file has it: with the columns beside the rows' own.
    fn into_batch(self, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let mut columns = self.columns.columns().to_vec();
        columns.extend(
            [self.version, self.index].map(|numbers| Arc::new(UInt32Array::from(numbers)) as ArrayRef),
        );
        columns.push(Arc::new(self.moved_in));
        RecordBatch::try_new(schema.clone(), columns)
    }

    /// The rows whose unit's hash is of a kind.
    fn only(self, unit: &[usize], is_of_kind: impl Fn(u64) -> bool) -> Result<Self, ArrowError> {
        let Some(cells) = Cells::columns(&self.columns, unit) else {
            return Ok(self);
        };
        let keep: BooleanArray =
            (0..self.columns.num_rows()).map(|row| Some(is_of_kind(hash_of(&cells, row, 0)))).collect();
        self.filter(&keep)
    }

    /// Some of the rows.
    pub(crate) fn filter(self, keep: &BooleanArray) -> Result<Self, ArrowError> {
        let kept = |numbers: Vec<u32>| {
            let kept = numbers.into_iter().zip(keep.iter());
            kept.filter(|(_, keep)| *keep == Some(true)).map(|(number, _)| number).collect()
        };
        let moved_in = arrow_select::filter::filter(&self.moved_in, keep)?;
        Ok(Self {
            columns: filter_record_batch(&self.columns, keep)?,
            version: kept(self.version),
            index: kept(self.index),
            moved_in: moved_in.as_boolean().clone(),
        })
    }
}

impl Iterator for SortedRows {
    type Item = Result<SortedBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = |batch: RecordBatch| {
            let n = self.n_columns;
            let numbers = |at: usize| batch.column(n + at).as_primitive::<UInt32Type>().values().to_vec();
            let rows = SortedBatch {
                version: numbers(0),
                index: numbers(1),
                moved_in: batch.column(n + NUMBERS.len()).as_boolean().clone(),
                columns: batch.project(&(0..n).collect::<Vec<_>>())?,
            };
            match &self.without {
                Some(without) => rows.only(&self.unit, |hash| !without.contains(&hash)),
                None => Ok(rows),
            }
        };
        Some(self.reader.next()?.and_then(batch))
    }
}
