use arrow_schema::ArrowError;
use convolake_batch::TableBatch;

use crate::columns::Cell;
use crate::gather::table_rows::TableRows;
use crate::page::PageInput;
use crate::plan::{Level, Plan};
use crate::walk::values;

/// Rows of several pages of one stream, gathered so that batches are large although pages are small.
pub struct Gathered {
    pub(crate) tables: Vec<TableRows>,
    pages: usize,
}

impl Gathered {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self { tables: plan.levels.iter().map(|level| TableRows::new(&level.table)).collect(), pages: 0 }
    }

    /// The rows of all tables.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(TableRows::kept).sum()
    }

    /// The memory they take, about.
    pub fn bytes(&self) -> usize {
        self.tables.iter().map(TableRows::bytes).sum()
    }

    /// Pages gathered, also those that gave no row.
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
            level.table.params.iter().map(|filled| values::param(input, &filled.value)).collect()
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

    pub(crate) fn abandon_page(&mut self, plan: &Plan) {
        for (rows, level) in self.tables.iter_mut().zip(&plan.levels) {
            rows.abandon_page(&level.table);
        }
    }

    pub(crate) fn take(&mut self, plan: &Plan) -> Result<Vec<TableBatch>, ArrowError> {
        self.pages = 0;
        self.tables.iter_mut().zip(&plan.levels).map(|(rows, level)| rows.take(&level.table)).collect()
    }
}
