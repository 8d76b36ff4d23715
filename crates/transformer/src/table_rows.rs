//! The rows a page gives to one table, while they are being gathered.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{ArrowError, Schema};
use arrow_select::filter::filter_record_batch;

use crate::columns::Column;
use crate::page::{FlatTable, PageInput, Parents, UnreadablePage};
use crate::plan::TablePlan;

/// The rows of one level's table so far.
pub(crate) struct TableRows {
    pub(crate) columns: Vec<Column>,
    pub(crate) count: usize,
    pub(crate) index_in_page: Vec<u32>,
    /// False for rows to drop; absent while none is.
    keep: Option<Vec<bool>>,
    pub(crate) parents: Vec<Column>,
    pub(crate) parents_index: Vec<u32>,
}

impl TableRows {
    pub(crate) fn new(table: &TablePlan) -> Self {
        Self {
            columns: table.types.iter().map(|column_type| Column::new(*column_type)).collect(),
            count: 0,
            index_in_page: Vec::new(),
            keep: None,
            parents: table.replace.iter().map(|filled| Column::new(filled.column_type)).collect(),
            parents_index: Vec::new(),
        }
    }

    /// Drops the rows from this one to the last so far.
    pub(crate) fn drop_from(&mut self, first: usize) {
        let keep = self.keep.get_or_insert_default();
        keep.resize(first.max(keep.len()), true);
        keep[first..].fill(false);
        keep.resize(self.count, false);
    }

    /// The rows as a batch, those to drop left out.
    pub(crate) fn finish(
        mut self,
        table: &TablePlan,
        input: &PageInput<'_>,
    ) -> Result<FlatTable, UnreadablePage> {
        let too_large = |error: ArrowError| UnreadablePage::TooLarge { message: error.to_string() };
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter_mut()
            .enumerate()
            .map(|(index, column)| -> ArrayRef {
                if index == table.fetched_at {
                    let instants = TimestampMicrosecondArray::from_value(input.fetched_at, self.count);
                    Arc::new(instants.with_timezone("UTC"))
                } else if index == table.page {
                    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(input.page, self.count)))
                } else {
                    column.finish()
                }
            })
            .collect();
        let mut batch = RecordBatch::try_new(Arc::clone(&table.schema), arrays).map_err(too_large)?;
        let mut index_in_page = std::mem::take(&mut self.index_in_page);
        if let Some(mut keep) = self.keep.take() {
            keep.resize(self.count, true);
            let mut kept = keep.iter();
            index_in_page.retain(|_| kept.next().copied().unwrap_or(true));
            batch = filter_record_batch(&batch, &BooleanArray::from(keep)).map_err(too_large)?;
        }
        let parents = match table.replace.is_empty() {
            true => None,
            false => {
                let fields: Vec<_> =
                    table.replace.iter().map(|filled| table.schema.field(filled.column).clone()).collect();
                let keys: Vec<ArrayRef> = self.parents.iter_mut().map(Column::finish).collect();
                let keys = RecordBatch::try_new(Arc::new(Schema::new(fields)), keys).map_err(too_large)?;
                Some(Parents { keys, index_in_page: std::mem::take(&mut self.parents_index) })
            }
        };
        Ok(FlatTable { table: table.name.clone(), batch, index_in_page, parents })
    }
}
