//! Rows of several batches, coalesced to batches that end at the same rows however they came in.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_buffer::OffsetBuffer;
use arrow_schema::{Schema, SchemaRef};

use crate::LoadError;
use crate::rows::range::{RowRange, gather};

/// What a coalescer makes: batches that end after so many rows, or so many bytes of text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CoalescerOptions<'a> {
    /// For messages.
    pub(crate) table: &'a str,
    pub(crate) schema: &'a SchemaRef,
    pub(crate) batch_rows: usize,
    pub(crate) batch_bytes: usize,
}

/// Appends rows of batches that it holds, and writes them in batches of its own.
pub(crate) struct Coalescer<'a, W> {
    options: CoalescerOptions<'a>,
    write: W,
    /// The batches that rows are appended from, by number.
    held: Vec<HeldBatch>,
    /// The numbers of those from which no rows are to come but those in `ranges`.
    drained: Vec<usize>,
    /// In place of a batch that is not held any more.
    none: RecordBatch,
    /// The numbers of such batches.
    free: Vec<usize>,
    /// The rows of the batch that is being made.
    ranges: Vec<RowRange>,
    n_rows: usize,
    n_bytes: usize,
}

/// A batch, and the offsets of its text columns.
struct HeldBatch {
    batch: RecordBatch,
    text_offsets: Vec<OffsetBuffer<i32>>,
}

impl HeldBatch {
    fn new(batch: RecordBatch) -> Self {
        let texts = batch.columns().iter().filter_map(|column| column.as_binary_opt::<i32>());
        Self { text_offsets: texts.map(|texts| texts.offsets().clone()).collect(), batch }
    }

    /// The bytes of text in some of its rows.
    fn text_bytes(&self, rows: &Range<usize>) -> usize {
        let bytes = |offsets: &OffsetBuffer<i32>| usize::try_from(offsets[rows.end] - offsets[rows.start]);
        self.text_offsets.iter().map(|offsets| bytes(offsets).unwrap_or_default()).sum()
    }

    /// How many of some rows it takes to come to so many bytes of text, or all of them, and how many bytes they have.
    fn first_rows(&self, rows: Range<usize>, limit_bytes: usize) -> (usize, usize) {
        let all = self.text_bytes(&rows);
        if all < limit_bytes {
            return (rows.len(), all);
        }
        let up_to = |end: usize| self.text_bytes(&(rows.start..end));
        let end = (rows.start + 1..rows.end).find(|end| up_to(*end) >= limit_bytes).unwrap_or(rows.end);
        (end - rows.start, up_to(end))
    }
}

impl<'a, W> Coalescer<'a, W> {
    pub(crate) fn new(options: CoalescerOptions<'a>, write: W) -> Self {
        Self {
            options,
            write,
            held: Vec::new(),
            drained: Vec::new(),
            none: RecordBatch::new_empty(Schema::empty().into()),
            free: Vec::new(),
            ranges: Vec::new(),
            n_rows: 0,
            n_bytes: 0,
        }
    }

    /// Holds a batch that rows are to come from, and gives its number.
    pub(crate) fn hold(&mut self, batch: RecordBatch) -> usize {
        let held = HeldBatch::new(batch);
        match self.free.pop() {
            Some(number) => {
                self.held[number] = held;
                number
            }
            None => {
                self.held.push(held);
                self.held.len() - 1
            }
        }
    }

    /// No more rows are to come from a batch: it is let go with the next batch that is written.
    pub(crate) fn drain(&mut self, number: usize) {
        self.drained.push(number);
    }
}

impl<W: FnMut(&RecordBatch) -> Result<(), LoadError>> Coalescer<'_, W> {
    /// Appends rows of a batch that is held.
    pub(crate) fn push(&mut self, number: usize, mut rows: Range<usize>) -> Result<(), LoadError> {
        while !rows.is_empty() {
            let room = self.options.batch_rows - self.n_rows;
            let most = rows.start..rows.end.min(rows.start + room);
            let left_bytes = self.options.batch_bytes.saturating_sub(self.n_bytes);
            let (n, bytes) = self.held[number].first_rows(most, left_bytes);
            self.append(number, rows.start, n);
            rows.start += n;
            self.n_rows += n;
            self.n_bytes += bytes;
            if self.n_rows == self.options.batch_rows || self.n_bytes >= self.options.batch_bytes {
                self.write_batch()?;
            }
        }
        Ok(())
    }

    fn append(&mut self, number: usize, row: usize, n: usize) {
        let as_u32 = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let range = RowRange { batch: as_u32(number), row: as_u32(row), len: as_u32(n) };
        match self.ranges.last_mut() {
            Some(last) if last.batch == range.batch && last.row + last.len == range.row => {
                last.len += range.len;
            }
            _ => self.ranges.push(range),
        }
    }

    /// Writes the rows that are left.
    pub(crate) fn finish(mut self) -> Result<(), LoadError> {
        if self.ranges.is_empty() { Ok(()) } else { self.write_batch() }
    }

    fn write_batch(&mut self) -> Result<(), LoadError> {
        let batch = match self.ranges[..] {
            [RowRange { batch, row, len }] => {
                self.held[batch as usize].batch.slice(row as usize, len as usize)
            }
            _ => {
                let held: Vec<&RecordBatch> = self.held.iter().map(|held| &held.batch).collect();
                gather(self.options.schema, &held, &self.ranges)
                    .map_err(LoadError::rows("merge", self.options.table))?
            }
        };
        (self.write)(&batch)?;
        self.ranges.clear();
        (self.n_rows, self.n_bytes) = (0, 0);
        for number in self.drained.drain(..) {
            self.held[number] = HeldBatch { batch: self.none.clone(), text_offsets: Vec::new() };
            self.free.push(number);
        }
        Ok(())
    }
}
