use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_row::RowConverter;
use arrow_select::filter::filter_record_batch;

use super::existing::Staying;
use super::piece::{batch_rows, gather};
use super::placed::{Placed, Resolved, RunRows, sort};
use super::shape::Shape;
use super::units::Affected;
use crate::LoadError;
use crate::partition::Partition;
use crate::table_file::TableFile;

/// Rows gathered at a time, and written at a time.
pub(crate) const BATCH_ROWS: usize = 4096;

/// One sorted stream of a partition's rows.
pub(crate) enum Source<'a> {
    /// Rows in memory.
    Gathered {
        shape: &'a Shape,
        batches: &'a [&'a RecordBatch],
        rows: Vec<(usize, usize)>,
        at: usize,
        batch_rows: usize,
    },
    /// Rows of a run on disk; `stay_only` leaves out those that moved in.
    Run { shape: &'a Shape, rows: RunRows, stay_only: bool },
    /// Rows of the stored file.
    Staying(Staying<'a>),
}

/// What a partition's file is made from.
pub(crate) struct Ingredients<'a> {
    pub(crate) shape: &'a Shape,
    pub(crate) resolved: &'a Resolved,
    /// The batches of the resolved pieces.
    pub(crate) batches: &'a [&'a RecordBatch],
    pub(crate) affected: &'a Affected,
    pub(crate) partition: Partition,
    /// The file that stands there, if its rows can be read.
    pub(crate) stored: Option<&'a TableFile>,
}

impl<'a> Ingredients<'a> {
    /// The sorted streams. `stay_only` leaves out the rows that moved in from other partitions.
    pub(crate) fn sources(
        &self,
        converter: &RowConverter,
        stay_only: bool,
    ) -> Result<Vec<Source<'a>>, LoadError> {
        let shape = self.shape;
        let mut sources = Vec::new();
        if let Some(stored) = self.stored
            && !matches!(self.affected, Affected::All)
        {
            sources.push(Source::Staying(Staying::open(shape, stored, self.affected)?));
        }
        if let Some(placed) = self.resolved.in_memory.get(&self.partition) {
            let mut placed: Vec<Placed> =
                placed.iter().filter(|placed| !(stay_only && placed.moved_in)).copied().collect();
            sort(shape, converter, self.batches, &mut placed)
                .map_err(LoadError::rows("order", &shape.name))?;
            let rows = placed.iter().map(Placed::at).collect();
            sources.push(Source::Gathered {
                shape,
                batches: self.batches,
                rows,
                at: 0,
                batch_rows: self.batch_rows(),
            });
        }
        for run in &self.resolved.runs {
            if let Some(rows) = run.rows(shape, self.partition)? {
                sources.push(Source::Run { shape, rows, stay_only });
            }
        }
        Ok(sources)
    }

    fn batch_rows(&self) -> usize {
        let bytes = self.batches.iter().map(|batch| batch.get_array_memory_size()).sum();
        let n_rows = self.batches.iter().map(|batch| batch.num_rows()).sum();
        batch_rows(bytes, n_rows, BATCH_ROWS)
    }
}

impl Iterator for Source<'_> {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Staying(rows) => rows.next(),
            Self::Gathered { shape, batches, rows, at, batch_rows } => {
                let begin = *at;
                *at = rows.len().min(begin + *batch_rows);
                let batch = || gather(&shape.schema, batches, &rows[begin..*at]);
                (begin < *at).then(|| batch().map_err(LoadError::rows("gather", &shape.name)))
            }
            Self::Run { shape, rows, stay_only } => {
                let table_columns = |batch: RecordBatch| {
                    let n_columns = shape.schema.fields().len();
                    let columns = batch.columns()[..n_columns].to_vec();
                    let rows = RecordBatch::try_new(shape.schema.clone(), columns)?;
                    if !*stay_only {
                        return Ok(rows);
                    }
                    let moved_in = batch.column(n_columns).as_boolean();
                    let stays: BooleanArray =
                        moved_in.iter().map(|moved| Some(moved != Some(true))).collect();
                    filter_record_batch(&rows, &stays)
                };
                let batch = rows.next()?.and_then(table_columns);
                Some(batch.map_err(LoadError::rows("read back", &shape.name)))
            }
        }
    }
}
