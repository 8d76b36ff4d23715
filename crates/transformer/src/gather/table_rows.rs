//! The rows that pages give to one table, while they are being gathered.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, Schema};
use convolake_batch::{ParentBatch, ParentExtent, TableBatch};

use super::dropped::Dropped;
use crate::columns::{Cell, Column};
use crate::plan::{ColumnPlan, Extreme, TablePlan};

/// The bytes of text that a page of any size may add to a column.
const MIN_PAGE_TEXT: usize = 64 << 20;
/// The bytes of text that a page may add to a column, in times its own size: a value of a record stands in all of its rows.
const MAX_TEXT_GROWTH: usize = 8;
/// The bytes of text that Arrow's 32-bit offsets can address.
const MAX_TEXT: usize = i32::MAX as usize;

/// The rows of one level's table so far.
pub(crate) struct TableRows {
    columns: Vec<Column>,
    /// How many there are, with those to drop.
    pub(crate) count: usize,
    /// For each row the index of its record in its page.
    index_in_page: Vec<u32>,
    dropped: Dropped,
    /// The `replace` columns of each parent on the pages, the index of its record in its page, and how much of it came.
    parents: Vec<Column>,
    parents_index: Vec<(u32, ParentExtent)>,
    dropped_parents: Dropped,
    /// The pages gathered, each with the rows and the parents there were at its end.
    pages: Vec<PageEnd>,
    /// How much text a column may hold by the end of the open page.
    text_limit: usize,
}

impl TableRows {
    /// No rows yet.
    pub(crate) fn new(table: &TablePlan) -> Self {
        Self::with_room_of(table, &vec![(0, 0); table.types.len()])
    }

    /// Each column with room for as many cells, and as much text, as `room` says.
    fn with_room_of(table: &TablePlan, room: &[(usize, usize)]) -> Self {
        let column = |(types, (rows, text)): (&_, &(usize, usize))| Column::with_room(*types, *rows, *text);
        Self {
            columns: table.types.iter().zip(room).map(column).collect(),
            count: 0,
            index_in_page: Vec::with_capacity(room.first().map_or(0, |(rows, _)| *rows)),
            dropped: Dropped::default(),
            parents: table.replace.iter().map(|filled| Column::with_room(filled.column_type, 0, 0)).collect(),
            parents_index: Vec::new(),
            dropped_parents: Dropped::default(),
            pages: Vec::new(),
            text_limit: 0,
        }
    }

    /// The number of rows that are not dropped.
    pub(crate) fn kept(&self) -> usize {
        self.count - self.dropped.count
    }

    /// About how many bytes of memory its cells take.
    pub(crate) fn bytes(&self) -> usize {
        const CELL: usize = 8;
        self.columns.iter().map(Column::text_bytes).sum::<usize>() + self.count * self.columns.len() * CELL
    }

    /// Opens a page of `page_bytes`; false where its texts might not fit into a batch.
    pub(crate) fn begin_page(&mut self, page_bytes: usize) -> bool {
        let held = self.columns.iter().map(Column::text_bytes).max().unwrap_or_default();
        let wanted = (page_bytes * MAX_TEXT_GROWTH).max(MIN_PAGE_TEXT);
        self.text_limit = (held + wanted).min(MAX_TEXT);
        held + page_bytes < MAX_TEXT
    }

    /// Puts `text` into the row that is being made; false where that is more text than a page may make, and then
    /// nothing stands there.
    #[inline(always)]
    pub(crate) fn push_text(&mut self, column: usize, text: &[u8]) -> bool {
        let column = &mut self.columns[column];
        let Column::Text(texts) = column else {
            column.fill_up(self.count);
            column.push_nulls(1);
            return true;
        };
        let missing = self.count.saturating_sub(texts.len());
        if missing > 0 {
            texts.append_nulls(missing);
        }
        let fits = text.len() <= self.text_limit.saturating_sub(texts.n_bytes());
        texts.append(if fits { text } else { &[] });
        fits
    }

    /// Puts `cell`, which is no text, into the row that is being made; false where that is more text than a page may make,
    /// and then nothing stands there.
    #[inline(always)]
    pub(crate) fn push_one(&mut self, column: usize, cell: &Cell<'_>) -> bool {
        if let Cell::List(_) = cell {
            return self.push(column, cell, self.count, 1);
        }
        self.columns[column].put(self.count, cell);
        true
    }

    /// Puts an instant, in microseconds, into the row that is being made.
    #[inline(always)]
    pub(crate) fn push_instant(&mut self, column: usize, microseconds: i64) {
        match &mut self.columns[column] {
            Column::Timestamp(column) => column.put(self.count, microseconds),
            column => column.put(self.count, &Cell::Instant(microseconds)),
        }
    }

    /// Puts a whole number into the row that is being made.
    #[inline(always)]
    pub(crate) fn push_integer(&mut self, column: usize, number: i64) {
        match &mut self.columns[column] {
            Column::Int32(column) if i32::try_from(number).is_ok() => {
                column.put(self.count, i32::try_from(number).unwrap_or_default())
            }
            column => column.put(self.count, &Cell::Integer(number)),
        }
    }

    /// Puts `text` into `n` rows from `first` on, as [`TableRows::push`] does.
    #[inline]
    pub(crate) fn push_text_n(&mut self, column: usize, text: &str, first: usize, n: usize) -> bool {
        if let Column::Text(texts) = &mut self.columns[column]
            && text.len().saturating_mul(n) <= self.text_limit.saturating_sub(texts.n_bytes())
        {
            let missing = first.saturating_sub(texts.len());
            if missing > 0 {
                texts.append_nulls(missing);
            }
            texts.append_n(text, n);
            return true;
        }
        self.push(column, &Cell::Text(text), first, n)
    }

    /// Puts `cell` into `n` rows from `first` on, those before that have none being null; false where that is more text
    /// than a page may make, and then nothing stands there.
    #[inline]
    pub(crate) fn push(&mut self, column: usize, cell: &Cell<'_>, first: usize, n: usize) -> bool {
        let column = &mut self.columns[column];
        column.fill_up(first);
        if let Cell::Text(_) | Cell::List(_) = cell
            && cell.text_bytes().saturating_mul(n) > self.text_limit.saturating_sub(column.text_bytes())
        {
            column.push_placeholders(n);
            return false;
        }
        column.push_n(cell, n);
        true
    }

    /// Appends what stands in a required column of rows that are about to be dropped.
    pub(crate) fn push_placeholders(&mut self, column: usize, n: usize) {
        self.columns[column].push_placeholders(n);
    }

    /// Appends placeholders to a required column as far as the last row: the rows that have no cell are about to be dropped.
    pub(crate) fn fill_with_placeholders(&mut self, column: usize) {
        let column = &mut self.columns[column];
        column.push_placeholders(self.count.saturating_sub(column.len()));
    }

    /// The columns of a row are all appended, but for those that wait for an ancestor.
    pub(crate) fn end_row(&mut self, index_in_page: u32) {
        self.count += 1;
        self.index_in_page.push(index_in_page);
    }

    /// The parent whose keys were pushed is of this record.
    pub(crate) fn end_parent(&mut self, index_in_page: u32, extent: ParentExtent) {
        self.parents_index.push((index_in_page, extent));
    }

    /// Appends a `replace` column of a parent.
    pub(crate) fn push_parent_key(&mut self, column: usize, cell: &Cell<'_>) {
        self.parents[column].push_n(cell, 1);
    }

    /// The least or greatest instant in a column of the rows from `first` on.
    pub(crate) fn extreme(&self, extreme: Extreme, column: usize, first: usize) -> Option<i64> {
        let Column::Timestamp(column) = &self.columns[column] else { return None };
        match column.values_from(first).filter(|_| self.dropped.count == 0) {
            Some(instants) => extreme.of(instants.iter().copied()),
            None => {
                let rows = (first..self.count).filter(|row| self.dropped.stays(*row));
                extreme.of(rows.filter_map(|row| column.value(row)))
            }
        }
    }

    /// Drops the rows from `first` on.
    pub(crate) fn drop_from(&mut self, first: usize) {
        self.dropped.range(first, self.count);
    }

    /// True where what is the same for all rows of the open page can be appended to them.
    pub(crate) fn can_end_page(&self, table: &TablePlan, params: &[Cell<'_>]) -> bool {
        let fits = |(filled, cell): (&ColumnPlan, &Cell<'_>)| {
            let column = &self.columns[filled.position];
            column.text_bytes() + cell.text_bytes() * (self.count - column.len()) <= MAX_TEXT
        };
        table.params.iter().zip(params).all(fits)
    }

    /// Closes the page: what is the same for all its rows is appended.
    pub(crate) fn end_page(&mut self, table: &TablePlan, params: &[Cell<'_>]) {
        for (filled, cell) in table.params.iter().zip(params) {
            let n = self.count - self.columns[filled.position].len();
            match cell {
                Cell::Null if filled.required => self.columns[filled.position].push_placeholders(n),
                cell => self.columns[filled.position].push_n(cell, n),
            }
        }
        self.pages.push(PageEnd { rows: self.count, parents: self.parents_index.len() });
    }

    /// Drops the rows of the open page, which may be incomplete.
    pub(crate) fn abandon_page(&mut self, table: &TablePlan) {
        let (rows, parents) = self.pages.last().map_or((0, 0), |page| (page.rows, page.parents));
        self.count = self.columns.iter().map(Column::len).fold(self.count, usize::max);
        for (index, column) in self.columns.iter_mut().enumerate() {
            if !table.empty.contains(&index) {
                column.fill_up(rows);
                column.push_placeholders(self.count - column.len());
            }
        }
        self.index_in_page.resize(self.count, 0);
        self.dropped.range(rows, self.count);
        self.dropped_parents.range(parents, self.parents_index.len());
    }

    /// The rows as a batch, those to drop left out. Afterwards it is empty, with room for as many.
    pub(crate) fn take(&mut self, table: &TablePlan) -> Result<TableBatch, ArrowError> {
        let end = self.pages.last().map_or(0, |page| page.rows);
        for (index, column) in self.columns.iter_mut().enumerate() {
            if !table.empty.contains(&index) {
                column.fill_up(end);
            }
        }
        let more = |n: usize| n + n / 8;
        let room = self.columns.iter().map(|column| (more(column.len()), more(column.text_bytes())));
        let room: Vec<(usize, usize)> = room.collect();
        let mut rows = std::mem::replace(self, Self::with_room_of(table, &room));
        rows.finish(table)
    }

    fn finish(&mut self, table: &TablePlan) -> Result<TableBatch, ArrowError> {
        let arrays = self
            .columns
            .iter_mut()
            .enumerate()
            .map(|(index, column)| {
                // Of a page taken back, behind the last one that stays.
                match table.empty.contains(&index) {
                    true => column.fill_up(self.count),
                    false => column.push_placeholders(self.count - column.len()),
                }
                column.take()
            })
            .collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
        let batch = RecordBatch::try_new(Arc::clone(&table.schema), arrays)?;
        let page_ends: Vec<usize> = self.pages.iter().map(|page| page.rows).collect();
        let index_in_page = std::mem::take(&mut self.index_in_page);
        let (batch, index_in_page, page_ends) = self.dropped.filter(batch, index_in_page, page_ends)?;
        let parents = match table.replace.is_empty() {
            true => None,
            false => {
                let fields: Vec<_> =
                    table.replace.iter().map(|filled| table.schema.field(filled.position).clone()).collect();
                let keys: Result<Vec<ArrayRef>, ArrowError> =
                    self.parents.iter_mut().map(Column::take).collect();
                let keys = RecordBatch::try_new(Arc::new(Schema::new(fields)), keys?)?;
                let page_ends = self.pages.iter().map(|page| page.parents).collect();
                let index = std::mem::take(&mut self.parents_index);
                let (keys, index, page_ends) = self.dropped_parents.filter(keys, index, page_ends)?;
                let (index_in_page, mut extents): (_, Vec<ParentExtent>) = index.into_iter().unzip();
                if extents.iter().all(|extent| *extent == ParentExtent::Whole) {
                    extents.clear();
                }
                Some(ParentBatch { keys, index_in_page, page_ends, extents })
            }
        };
        Ok(TableBatch { table: table.name.clone(), rows: batch, index_in_page, page_ends, parents })
    }
}

/// How many rows and parents there were when a page ended.
struct PageEnd {
    rows: usize,
    parents: usize,
}
