//! A merge of sorted streams.

use std::cmp::Ordering;

use arrow_array::{ArrayRef, RecordBatch};

use crate::LoadError;
use crate::rows::cells::Cells;
use crate::rows::coalesce::{Coalescer, CoalescerOptions};
use crate::rows::order::{compare_rows, prefix};

/// Merges streams that are sorted by some columns to one, and coalesces it: what is written depends on the rows alone and
/// not on the batches they came in.
pub(crate) fn merge<S: Iterator<Item = Result<RecordBatch, LoadError>>>(
    order: &[usize],
    options: CoalescerOptions<'_>,
    sources: Vec<S>,
    write: impl FnMut(&RecordBatch) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    let mut coalescer = Coalescer::new(options, write);
    let mut cursors = Vec::new();
    for source in sources {
        let mut cursor = Cursor { source, order: Vec::new(), prefix: 0, n_rows: 0, at: 0, number: 0 };
        if cursor.advance(order, &mut coalescer)? {
            cursors.push(cursor);
        }
    }
    let mut heap: Vec<usize> = (0..cursors.len()).collect();
    for root in (0..heap.len() / 2).rev() {
        sift_down(&mut heap, root, &cursors);
    }
    while let Some(&least) = heap.first() {
        // Of the rows of a group many come from one stream: all up to the next row of any other.
        let second = heap[1..heap.len().min(3)].iter().copied().min_by(|a, b| compare(*a, *b, &cursors));
        let n = cursors[least].rows_before(second.map(|second| &cursors[second]));
        let cursor = &mut cursors[least];
        coalescer.push(cursor.number, cursor.at..cursor.at + n)?;
        cursor.at += n;
        if cursor.at < cursor.n_rows {
            cursor.prefix = cursor.prefix_of(cursor.at);
        } else if !cursor.advance(order, &mut coalescer)? {
            heap.swap_remove(0);
        }
        sift_down(&mut heap, 0, &cursors);
    }
    coalescer.finish()
}

/// A stream, and which of its rows is next.
struct Cursor<S> {
    source: S,
    /// The columns of its batch that rows are sorted by.
    order: Vec<ArrayRef>,
    /// The [`prefix`] of the next row.
    prefix: u128,
    n_rows: usize,
    at: usize,
    /// The number under which the coalescer holds its batch.
    number: usize,
}

impl<S: Iterator<Item = Result<RecordBatch, LoadError>>> Cursor<S> {
    /// Goes on to the next batch that holds a row; false at the end.
    fn advance<W>(&mut self, order: &[usize], coalescer: &mut Coalescer<'_, W>) -> Result<bool, LoadError> {
        self.at = 0;
        if std::mem::take(&mut self.n_rows) > 0 {
            coalescer.drain(self.number);
        }
        for batch in self.source.by_ref() {
            let batch = batch?;
            if batch.num_rows() > 0 {
                self.n_rows = batch.num_rows();
                self.order = order.iter().map(|column| batch.column(*column).clone()).collect();
                self.prefix = self.prefix_of(0);
                self.number = coalescer.hold(batch);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl<S> Cursor<S> {
    /// The [`prefix`] of a row of the batch.
    fn prefix_of(&self, row: usize) -> u128 {
        let cells = |at: usize| self.order.get(at).and_then(|column| Cells::of(column.as_ref()));
        match (cells(0), cells(1)) {
            (Some(first), Some(second)) => prefix(&[first, second], row),
            (Some(first), None) => prefix(&[first], row),
            _ => 0,
        }
    }

    /// How many rows of the batch come before another cursor's next row: at least one, this being the least cursor.
    fn rows_before(&self, other: Option<&Self>) -> usize {
        let left = self.n_rows - self.at;
        let Some(other) = other else { return left };
        // A group's rows are few: the search begins near.
        let is_before = |n: usize| {
            let by_prefix = self.prefix_of(self.at + n).cmp(&other.prefix);
            by_prefix.then_with(|| compare_rows(&self.order, self.at + n, &other.order, other.at)).is_lt()
        };
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

fn compare<S>(a: usize, b: usize, cursors: &[Cursor<S>]) -> Ordering {
    let (first, second) = (&cursors[a], &cursors[b]);
    let by_prefix = first.prefix.cmp(&second.prefix);
    by_prefix
        .then_with(|| compare_rows(&first.order, first.at, &second.order, second.at))
        .then_with(|| a.cmp(&b))
}

/// Restores the heap, least key first, after the entry at `root` has grown.
fn sift_down<S>(heap: &mut [usize], mut root: usize, cursors: &[Cursor<S>]) {
    let less = |a: usize, b: usize| compare(a, b, cursors).is_lt();
    loop {
        let children = 2 * root + 1..heap.len().min(2 * root + 3);
        let Some(least) = children.min_by(|a, b| compare(heap[*a], heap[*b], cursors)) else {
            return;
        };
        if !less(heap[least], heap[root]) {
            return;
        }
        heap.swap(root, least);
        root = least;
    }
}
