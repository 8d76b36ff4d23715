use arrow_array::RecordBatch;
use arrow_row::{Row, RowConverter, Rows};
use arrow_select::concat::concat_batches;

use super::piece::{BATCH_BYTES, text_bytes};
use super::shape::Shape;
use super::sources::{BATCH_ROWS, Source};
use super::strip::{Strip, gather};
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
    let mut taken: Vec<Strip> = Vec::new();
    let mut n_taken = 0;
    while let Some(&least) = heap.first() {
        // Of the rows of a conversation many come from one stream: all up to the next one of any other.
        let second = heap[1..heap.len().min(3)].iter().copied().min_by(|a, b| order(*a, *b, &cursors));
        let n = cursors[least].rows_before(second.map(|second| &cursors[second])).min(BATCH_ROWS - n_taken);
        let cursor = &mut cursors[least];
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        taken.push(Strip { piece: number(least), row: number(cursor.at), len: number(n) });
        n_taken += n;
        cursor.at += n;
        let is_drained = cursor.at == cursor.batch.num_rows();
        if is_drained || n_taken == BATCH_ROWS {
            // Before a batch is replaced, what was taken from it is gathered.
            let batches: Vec<&RecordBatch> = cursors.iter().map(|cursor| &cursor.batch).collect();
            let batch =
                gather(&shape.schema, &batches, &taken).map_err(LoadError::rows("merge", &shape.name))?;
            taken.clear();
            n_taken = 0;
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

    /// How many rows of the batch come before another cursor's next row: at least one, this being the least cursor.
    fn rows_before(&self, other: Option<&Self>) -> usize {
        let left = self.batch.num_rows() - self.at;
        let (Some(keys), Some(limit)) = (&self.keys, other.and_then(Self::key)) else {
            return left;
        };
        // A conversation's rows are few: the search begins near.
        let is_before = |n: usize| keys.row(self.at + n) < limit;
        let (mut known, mut step) = (1, 1);
        while known < left && is_before(known) {
            let next = known + step;
            if next >= left || !is_before(next) {
                let between = known + 1..next.min(left);
                return between.start + partition_point(between.len(), |n| is_before(between.start + n));
            }
            (known, step) = (next, step * 2);
        }
        known
    }
}

/// How many of the first numbers hold, where none does behind one that does not.
fn partition_point(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

fn order(a: usize, b: usize, cursors: &[Cursor<'_>]) -> std::cmp::Ordering {
    (cursors[a].key(), a).cmp(&(cursors[b].key(), b))
}

/// Restores the heap, least key first, after the entry at `root` has grown.
fn sift_down(heap: &mut [usize], mut root: usize, cursors: &[Cursor<'_>]) {
    let less = |a: usize, b: usize| order(a, b, cursors).is_lt();
    loop {
        let children = 2 * root + 1..heap.len().min(2 * root + 3);
        let Some(least) = children.min_by(|a, b| order(heap[*a], heap[*b], cursors)) else {
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
