use arrow_array::BooleanArray;
use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use crate::LoadError;
use crate::resolve::existing::Staying;
use crate::resolve::placed::{PlacedRange, Resolved, sort};
use crate::resolve::units::Affected;
use crate::rows::order::Order;
use crate::rows::range::{RowRange, gather_columns, n_rows, take_rows};
use crate::rows::version::Versions;
use crate::spill::sorted_run::{SortedBatch, SortedRows};
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;

/// Rows gathered at a time, and written at a time.
pub(crate) const BATCH_ROWS: usize = 4096;

/// One sorted stream of a partition's rows.
pub(crate) enum Source<'a> {
    /// Rows in memory.
    Gathered { ingredients: &'a Ingredients<'a>, ranges: Vec<RowRange>, at: (usize, u32), batch_rows: usize },
    /// Rows of a run on disk; `stay_only` leaves out those that moved in.
    SortedRun { ingredients: &'a Ingredients<'a>, rows: SortedRows, stay_only: bool },
    /// Rows of the stored file.
    Staying(Staying<'a>),
}

/// What a partition's file is made from.
pub(crate) struct Ingredients<'a> {
    pub(crate) layout: &'a TableLayout,
    pub(crate) versions: &'a Versions,
    pub(crate) resolved: &'a Resolved,
    /// The batches of the resolved pieces.
    pub(crate) batches: &'a [&'a RecordBatch],
    /// How many of their rows are gathered at a time, as [`crate::rows::batch::rows_at_a_time`] says.
    pub(crate) batch_rows: usize,
    /// How their rows are ordered.
    pub(crate) order: &'a Order<'a>,
    pub(crate) affected: &'a Affected,
    pub(crate) partition: Partition,
    /// The file that stands there, if its rows can be read.
    pub(crate) stored: Option<&'a TableFile>,
}

impl Ingredients<'_> {
    /// The sorted streams. `stay_only` leaves out the rows that moved in from other partitions.
    pub(crate) fn sources(&self, stay_only: bool) -> Result<Vec<Source<'_>>, LoadError> {
        let layout = self.layout;
        let mut sources = Vec::new();
        if let Some(stored) = self.stored
            && !matches!(self.affected, Affected::All)
        {
            sources.push(Source::Staying(Staying::open(layout, stored, self.affected)?));
        }
        if let Some(placed) = self.resolved.in_memory.get(&self.partition) {
            let mut placed: Vec<PlacedRange> =
                placed.iter().filter(|placed| !(stay_only && placed.moved_in)).copied().collect();
            sort(self.order, &mut placed);
            let ranges = placed.iter().map(|placed| placed.range).collect();
            sources.push(Source::Gathered {
                ingredients: self,
                ranges,
                at: (0, 0),
                batch_rows: self.batch_rows,
            });
        }
        for run in &self.resolved.runs {
            if let Some(rows) = run.rows(layout, self.partition)? {
                sources.push(Source::SortedRun { ingredients: self, rows, stay_only });
            }
        }
        Ok(sources)
    }

    /// Rows in memory, with their lineage.
    fn gather(&self, ranges: &[RowRange]) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<usize> = (0..self.layout.pushed.in_table.len()).collect();
        let body = gather_columns(self.batches, ranges, &columns)?;
        let pieces = &self.resolved.pieces;
        let numbers = ranges.iter().flat_map(|range| &pieces[range.piece as usize].version[range.rows()]);
        self.layout.with_lineage(&body, &numbers.copied().collect::<Vec<u32>>(), self.versions)
    }

    /// Rows of a run, with their lineage.
    fn of_run(&self, rows: SortedBatch, stay_only: bool) -> Result<RecordBatch, ArrowError> {
        let rows = match stay_only && rows.moved_in.true_count() > 0 {
            true => {
                let stays: BooleanArray =
                    rows.moved_in.iter().map(|moved| Some(moved != Some(true))).collect();
                rows.filter(&stays)?
            }
            false => rows,
        };
        self.layout.with_lineage(rows.body.columns(), &rows.version, self.versions)
    }
}

impl Source<'_> {
    /// The rows it has, or a few more.
    pub(crate) fn max_rows(&self) -> u64 {
        match self {
            Self::Gathered { ranges, .. } => n_rows(ranges) as u64,
            Self::SortedRun { rows, .. } => rows.max_rows(),
            Self::Staying(rows) => rows.max_rows(),
        }
    }
}

impl Iterator for Source<'_> {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Staying(rows) => rows.next(),
            Self::Gathered { ingredients, ranges, at, batch_rows } => {
                let taken = take_rows(ranges, at, *batch_rows);
                let failed = LoadError::rows("gather", &ingredients.layout.name);
                (!taken.is_empty()).then(|| ingredients.gather(&taken).map_err(failed))
            }
            Self::SortedRun { ingredients, rows, stay_only } => {
                let batch = rows.next()?.and_then(|rows| ingredients.of_run(rows, *stay_only));
                Some(batch.map_err(LoadError::rows("read back", &ingredients.layout.name)))
            }
        }
    }
}
