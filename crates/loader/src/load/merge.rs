use arrow_array::RecordBatch;
use arrow_row::{Row, RowConverter, Rows};
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;

use super::piece::text_bytes;
use super::sources::BATCH_ROWS;
use super::strip::{Strip, gather};
use crate::LoadError;

/// What is merged, and in which batches it is handed on.
pub(crate) struct Merged<'a> {
    pub(crate) table: &'a str,
    pub(crate) schema: &'a SchemaRef,
    /// The columns rows are sorted by, and how these are encoded.
    pub(crate) order: &'a [usize],
    pub(crate) converter: &'a RowConverter,
    pub(crate) batch_rows: usize,
    pub(crate) batch_bytes: usize,
}

/// Merges sorted streams to one and hands it on in even batches, so that what is written depends on
/// the rows alone and not on how they came.
pub(crate) fn merge<S: Iterator<Item = Result<RecordBatch, LoadError>>>(
    merged: &Merged<'_>,
    mut sources: Vec<S>,
    mut write: impl FnMut(&RecordBatch) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    let mut even = Even { merged, held: Vec::new(), n_held: 0, held_bytes: 0 };
    if let [_] = sources[..] {
        for batch in sources.remove(0) {
            even.push(batch?, &mut write)?;
        }
        return even.finish(&mut write);
    }
    let mut cursors = Vec::new();
    for source in sources {
        let mut cursor =
            Cursor { source, batch: RecordBatch::new_empty(merged.schema.clone()), keys: None, at: 0 };
        if cursor.advance(merged)? {
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
                gather(merged.schema, &batches, &taken).map_err(LoadError::rows("merge", merged.table))?;
            taken.clear();
            n_taken = 0;
            even.push(batch, &mut write)?;
        }
        if is_drained && !cursors[least].advance(merged)? {
            heap.swap_remove(0);
        }
        sift_down(&mut heap, 0, &cursors);
    }
    even.finish(&mut write)
}

struct Cursor<S> {
    source: S,
    batch: RecordBatch,
    /// The order's columns, encoded.
    keys: Option<Rows>,
    at: usize,
}

impl<S: Iterator<Item = Result<RecordBatch, LoadError>>> Cursor<S> {
    /// Takes the next batch that holds a row; false at the end.
    fn advance(&mut self, merged: &Merged<'_>) -> Result<bool, LoadError> {
        self.at = 0;
        for batch in self.source.by_ref() {
            self.batch = batch?;
            if self.batch.num_rows() > 0 {
                let columns: Vec<_> =
                    merged.order.iter().map(|column| self.batch.column(*column).clone()).collect();
                let keys = merged.converter.convert_columns(&columns);
                self.keys = Some(keys.map_err(LoadError::rows("order", merged.table))?);
                return Ok(true);
            }
        }
        self.keys = None;
        Ok(false)
    }
}

impl<S> Cursor<S> {
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

fn order<S>(a: usize, b: usize, cursors: &[Cursor<S>]) -> std::cmp::Ordering {
    (cursors[a].key(), a).cmp(&(cursors[b].key(), b))
}

/// Restores the heap, least key first, after the entry at `root` has grown.
fn sift_down<S>(heap: &mut [usize], mut root: usize, cursors: &[Cursor<S>]) {
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

/// Batches cut at the same rows, whatever comes in: after so many rows, or so many bytes of text.
struct Even<'a> {
    merged: &'a Merged<'a>,
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
            if self.n_held == self.merged.batch_rows || self.held_bytes >= self.merged.batch_bytes {
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
                let batch = concat_batches(self.merged.schema, several)
                    .map_err(LoadError::rows("merge", self.merged.table))?;
                write(&batch)?;
            }
        }
        self.held.clear();
        Ok(())
    }
}
