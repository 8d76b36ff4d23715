use arrow_array::RecordBatch;
use arrow_row::{Row, RowConverter, Rows};
use arrow_select::concat::concat_batches;

use super::piece::{BATCH_BYTES, gather, text_bytes};
use super::shape::Shape;
use super::sources::{BATCH_ROWS, Source};
use crate::LoadError;

/// Merges sorted streams to one and hands it on in even batches, so that what is written depends on
/// the rows alone and not on how they came.
pub(crate) fn merge(
    shape: &Shape,
    converter: &RowConverter,
    mut sources: Vec<Source<'_>>,
    mut write: impl FnMut(&RecordBatch) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    let mut even = Even { shape, held: Vec::new(), n_held: 0, held_bytes: 0 };
    if let [_] = sources[..] {
        for batch in sources.remove(0) {
            even.push(batch?, &mut write)?;
        }
        return even.finish(&mut write);
    }
    let mut cursors = Vec::new();
    for source in sources {
        let mut cursor =
            Cursor { source, batch: RecordBatch::new_empty(shape.schema.clone()), keys: None, at: 0 };
        if cursor.advance(shape, converter)? {
            cursors.push(cursor);
        }
    }
    let mut heap: Vec<usize> = (0..cursors.len()).collect();
    for root in (0..heap.len() / 2).rev() {
        sift_down(&mut heap, root, &cursors);
    }
    let mut taken: Vec<(usize, usize)> = Vec::with_capacity(BATCH_ROWS);
    while let Some(&least) = heap.first() {
        let cursor = &mut cursors[least];
        taken.push((least, cursor.at));
        cursor.at += 1;
        let is_drained = cursor.at == cursor.batch.num_rows();
        if is_drained || taken.len() == BATCH_ROWS {
            // Before a batch is replaced, what was taken from it is gathered.
            let batches: Vec<&RecordBatch> = cursors.iter().map(|cursor| &cursor.batch).collect();
            let batch =
                gather(&shape.schema, &batches, &taken).map_err(LoadError::rows("merge", &shape.name))?;
            taken.clear();
            even.push(batch, &mut write)?;
        }
        if is_drained && !cursors[least].advance(shape, converter)? {
            heap.swap_remove(0);
        }
        sift_down(&mut heap, 0, &cursors);
    }
    even.finish(&mut write)
}

struct Cursor<'a> {
    source: Source<'a>,
    batch: RecordBatch,
    /// The order's columns, encoded.
    keys: Option<Rows>,
    at: usize,
}

impl Cursor<'_> {
    /// Takes the next batch that holds a row; false at the end.
    fn advance(&mut self, shape: &Shape, converter: &RowConverter) -> Result<bool, LoadError> {
        self.at = 0;
        for batch in self.source.by_ref() {
            self.batch = batch?;
            if self.batch.num_rows() > 0 {
                let columns: Vec<_> =
                    shape.order.iter().map(|column| self.batch.column(*column).clone()).collect();
                let keys =
                    converter.convert_columns(&columns).map_err(LoadError::rows("order", &shape.name))?;
                self.keys = Some(keys);
                return Ok(true);
            }
        }
        self.keys = None;
        Ok(false)
    }

    fn key(&self) -> Option<Row<'_>> {
        self.keys.as_ref().map(|keys| keys.row(self.at))
    }
}

/// Restores the heap, least key first, after the entry at `root` has grown.
fn sift_down(heap: &mut [usize], mut root: usize, cursors: &[Cursor<'_>]) {
    let less = |a: usize, b: usize| (cursors[a].key(), a) < (cursors[b].key(), b);
    loop {
        let children = 2 * root + 1..heap.len().min(2 * root + 3);
        let Some(least) = children.min_by(|a, b| {
            if less(heap[*a], heap[*b]) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }
        }) else {
            return;
        };
        if !less(heap[least], heap[root]) {
            return;
        }
        heap.swap(root, least);
        root = least;
    }
}

/// Batches cut at the same rows, whatever comes in: after [`BATCH_ROWS`] rows, or [`BATCH_BYTES`] of text.
struct Even<'a> {
    shape: &'a Shape,
    held: Vec<RecordBatch>,
    n_held: usize,
    held_bytes: usize,
}

impl Even<'_> {
    fn push(
        &mut self,
        batch: RecordBatch,
        write: &mut impl FnMut(&RecordBatch) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        let mut begin = 0;
        for (row, bytes) in text_bytes(&batch).into_iter().enumerate() {
            self.n_held += 1;
            self.held_bytes += bytes;
            if self.n_held == BATCH_ROWS || self.held_bytes >= BATCH_BYTES {
                self.held.push(batch.slice(begin, row + 1 - begin));
                self.write_held(write)?;
                begin = row + 1;
            }
        }
        if begin < batch.num_rows() {
            self.held.push(batch.slice(begin, batch.num_rows() - begin));
        }
        Ok(())
    }

    fn finish(
        mut self,
        write: &mut impl FnMut(&RecordBatch) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        if self.held.is_empty() { Ok(()) } else { self.write_held(write) }
    }

    fn write_held(
        &mut self,
        write: &mut impl FnMut(&RecordBatch) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        (self.n_held, self.held_bytes) = (0, 0);
        match &self.held[..] {
            [only] => write(only)?,
            several => {
                let batch = concat_batches(&self.shape.schema, several)
                    .map_err(LoadError::rows("merge", &self.shape.name))?;
                write(&batch)?;
            }
        }
        self.held.clear();
        Ok(())
    }
}
