//! The sorted streams that a partition's file is merged from.

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::ArrowError;

use crate::LoadError;
use crate::resolve::affected_units::AffectedUnits;
use crate::resolve::changes::ResolvedRows;
use crate::resolve::stored_rows::UnaffectedRows;
use crate::rows::order::Order;
use crate::rows::range::{RowRange, gather_columns, n_rows, next_ranges};
use crate::rows::version::Versions;
use crate::spill::placed_range::{PlacedRange, sort};
use crate::spill::sorted_run::{SortedBatch, SortedRows};
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;

/// Rows gathered at a time, and written at a time, and how much text they may have: what a core's own cache holds.
pub(crate) const BATCH_ROWS: usize = 1024;
pub(crate) const BATCH_BYTES: usize = 1024 * 1024;

/// One sorted stream of a partition's rows, with their lineage.
pub(crate) enum RowSource<'a> {
    /// Rows in memory.
    InMemory { sources: &'a PartitionSources<'a>, ranges: Vec<RowRange>, at: (usize, u32), batch_rows: usize },
    /// Rows of a run on disk; `without_moved_in` leaves out those that moved in.
    SortedRun { sources: &'a PartitionSources<'a>, rows: SortedRows, without_moved_in: bool },
    /// Rows of the stored file that are not replaced.
    Unaffected(UnaffectedRows<'a>),
}

/// What a partition's file is merged from.
pub(crate) struct PartitionSources<'a> {
    pub(crate) layout: &'a TableLayout,
    pub(crate) versions: &'a Versions,
    pub(crate) resolved: &'a ResolvedRows,
    /// The rows of the resolved batches in memory.
    pub(crate) rows: &'a [&'a RecordBatch],
    /// How many of their rows are gathered at a time, as [`crate::rows::batch::rows_at_a_time`] says.
    pub(crate) batch_rows: usize,
    /// How their rows are ordered.
    pub(crate) order: &'a Order<'a>,
    pub(crate) affected: &'a AffectedUnits,
    pub(crate) partition: Partition,
    /// The partition's stored file, if its rows can be read.
    pub(crate) stored: Option<&'a TableFile>,
}

impl PartitionSources<'_> {
    /// The sorted streams. `without_moved_in` leaves out the rows that moved in from other partitions.
    pub(crate) fn sources(&self, without_moved_in: bool) -> Result<Vec<RowSource<'_>>, LoadError> {
        let layout = self.layout;
        let mut sources = Vec::new();
        if let Some(stored) = self.stored
            && !matches!(self.affected, AffectedUnits::All)
        {
            sources.push(RowSource::Unaffected(UnaffectedRows::open(layout, stored, self.affected)?));
        }
        if let Some(placed) = self.resolved.in_memory.get(&self.partition) {
            let mut placed: Vec<PlacedRange> =
                placed.iter().filter(|placed| !(without_moved_in && placed.moved_in)).copied().collect();
            sort(self.order, &mut placed);
            let ranges = placed.iter().map(|placed| placed.range).collect();
            sources.push(RowSource::InMemory {
                sources: self,
                ranges,
                at: (0, 0),
                batch_rows: self.batch_rows,
            });
        }
        for run in &self.resolved.runs {
            if let Some(rows) = run.rows(layout, self.partition)? {
                sources.push(RowSource::SortedRun { sources: self, rows, without_moved_in });
            }
        }
        Ok(sources)
    }

    /// Rows in memory, with their lineage.
    fn gather(&self, ranges: &[RowRange]) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<usize> = (0..self.layout.pushed.in_table.len()).collect();
        let pushed = gather_columns(self.rows, ranges, &columns)?;
        let batches = &self.resolved.batches;
        let numbers = ranges.iter().flat_map(|range| &batches[range.batch as usize].version[range.rows()]);
        self.layout.with_lineage(&pushed, &numbers.copied().collect::<Vec<u32>>(), self.versions)
    }

    /// Rows of a run, with their lineage.
    fn of_run(&self, rows: SortedBatch, without_moved_in: bool) -> Result<RecordBatch, ArrowError> {
        let rows = match without_moved_in && rows.moved_in.true_count() > 0 {
            true => {
                let keep: BooleanArray =
                    rows.moved_in.iter().map(|moved| Some(moved != Some(true))).collect();
                rows.filter(&keep)?
            }
            false => rows,
        };
        self.layout.with_lineage(rows.columns.columns(), &rows.version, self.versions)
    }
}

impl RowSource<'_> {
    /// How many rows it has, or a few more.
    pub(crate) fn max_rows(&self) -> u64 {
        match self {
            Self::InMemory { ranges, .. } => n_rows(ranges) as u64,
            Self::SortedRun { rows, .. } => rows.max_rows(),
            Self::Unaffected(rows) => rows.max_rows(),
        }
    }
}

impl Iterator for RowSource<'_> {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Unaffected(rows) => rows.next(),
            Self::InMemory { sources, ranges, at, batch_rows } => {
                let ranges = next_ranges(ranges, at, *batch_rows);
                let failed = LoadError::rows("gather", &sources.layout.name);
                (!ranges.is_empty()).then(|| sources.gather(&ranges).map_err(failed))
            }
            Self::SortedRun { sources, rows, without_moved_in } => {
                let batch = rows.next()?.and_then(|rows| sources.of_run(rows, *without_moved_in));
                Some(batch.map_err(LoadError::rows("read back", &sources.layout.name)))
            }
        }
    }
}
