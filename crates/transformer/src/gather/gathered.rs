//! The rows of several pages, gathered for all tables of a stream.

use arrow_schema::ArrowError;
use convolake_batch::TableBatch;

use super::params;
use super::table_rows::TableRows;
use crate::columns::Cell;
use crate::page::PageInput;
use crate::plan::{Level, Plan};

/// Rows of several pages of one stream, gathered so that batches are large although pages are small.
pub struct Gathered {
    /// The rows of each level's table.
    pub(crate) tables: Vec<TableRows>,
    pages: usize,
}

impl Gathered {
    /// Nothing yet, for the tables of a plan.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self { tables: plan.levels.iter().map(|level| TableRows::new(&level.table)).collect(), pages: 0 }
    }

    /// The number of rows, over all tables.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(TableRows::kept).sum()
    }

    /// About how many bytes of memory they take.
    pub fn bytes(&self) -> usize {
        self.tables.iter().map(TableRows::bytes).sum()
    }

    /// The number of pages, with those that gave no row.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// False where the page's texts might not fit into a batch with what is gathered.
    pub(crate) fn begin_page(&mut self, page_bytes: usize) -> bool {
        self.tables.iter_mut().all(|rows| rows.begin_page(page_bytes))
    }

    /// Closes the page; false, and nothing has happened, where its rows could not all bear its params.
    pub(crate) fn end_page(&mut self, plan: &Plan, input: &PageInput<'_>) -> bool {
        let params = |level: &Level| -> Vec<Cell<'_>> {
            level.table.params.iter().map(|filled| params::cell(input, &filled.value)).collect()
        };
        let can_end = |(rows, level): (&TableRows, &Level)| rows.can_end_page(&level.table, &params(level));
        if !self.tables.iter().zip(&plan.levels).all(can_end) {
            return false;
        }
        self.pages += 1;
        for (rows, level) in self.tables.iter_mut().zip(&plan.levels) {
            rows.end_page(&level.table, &params(level));
        }
        true
    }

    /// Drops the rows of a page that could not be read to its end.
    pub(crate) fn abandon_page(&mut self, plan: &Plan) {
        for (rows, level) in self.tables.iter_mut().zip(&plan.levels) {
            rows.abandon_page(&level.table);
        }
    }

    /// A batch for each table; afterwards nothing is gathered.
    pub(crate) fn take(&mut self, plan: &Plan) -> Result<Vec<TableBatch>, ArrowError> {
        self.pages = 0;
        self.tables.iter_mut().zip(&plan.levels).map(|(rows, level)| rows.take(&level.table)).collect()
    }
}
