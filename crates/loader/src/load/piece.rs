use arrow_array::cast::AsArray;
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

/// How many rows of an average size make a batch: at most `max_rows`, and of wide rows no more than fit in
/// [`BATCH_BYTES`].
pub(crate) fn batch_rows(bytes: usize, n_rows: usize, max_rows: usize) -> usize {
    (BATCH_BYTES / (bytes / n_rows.max(1)).max(1)).clamp(1, max_rows)
}

/// The memory a batch on its way to a file is to take.
pub(crate) const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// For each row the bytes of its texts, which are what makes a row wide.
pub(crate) fn text_bytes(batch: &RecordBatch) -> Vec<usize> {
    let mut bytes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        if let Some(texts) = column.as_string_opt::<i32>() {
            for (bytes, length) in bytes.iter_mut().zip(texts.offsets().lengths()) {
                *bytes += length;
            }
        }
    }
    bytes
}
