use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};
use arrow_select::interleave::interleave;

/// Rows on their way, each with where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// The table's columns; for parents without rows only those of the unit.
    pub(crate) batch: RecordBatch,
    /// For each row the number of its version, or [`Piece::STORED`].
    pub(crate) version: Vec<u32>,
    /// For each row the record's place on its page; for a stored row the number of its file.
    pub(crate) index: Vec<u32>,
}

impl Piece {
    /// The version of a row that stands in the lake.
    pub(crate) const STORED: u32 = u32::MAX;

    pub(crate) fn bytes(&self) -> usize {
        self.batch.get_array_memory_size() + 8 * self.batch.num_rows()
    }
}

/// Rows of several batches in the order given, as (batch, row).
pub(crate) fn gather(
    schema: &SchemaRef,
    batches: &[&RecordBatch],
    rows: &[(usize, usize)],
) -> Result<RecordBatch, ArrowError> {
    if rows.is_empty() {
        return Ok(RecordBatch::new_empty(schema.clone()));
    }
    let columns: Vec<usize> = (0..schema.fields().len()).collect();
    RecordBatch::try_new(schema.clone(), gather_columns(batches, rows, &columns)?)
}

/// Some columns of rows of several batches; none where there are no rows.
pub(crate) fn gather_columns(
    batches: &[&RecordBatch],
    rows: &[(usize, usize)],
    columns: &[usize],
) -> Result<Vec<ArrayRef>, ArrowError> {
    // Only the batches that are named: a partition draws on few of many pages.
    let mut position_of = vec![usize::MAX; batches.len()];
    let mut used = Vec::new();
    let rows: Vec<(usize, usize)> = rows
        .iter()
        .map(|(batch, row)| {
            if position_of[*batch] == usize::MAX {
                position_of[*batch] = used.len();
                used.push(batches[*batch]);
            }
            (position_of[*batch], *row)
        })
        .collect();
    if used.is_empty() {
        return Ok(Vec::new());
    }
    let gather = |column: &usize| {
        let arrays: Vec<_> = used.iter().map(|batch| batch.column(*column).as_ref()).collect();
        interleave(&arrays, &rows)
    };
    columns.iter().map(gather).collect()
}
