//! The rows of a scan, apart by the values of some columns.

use std::vec;

use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;

use crate::LoadError;
use crate::reads::scan::ScanBatches;
use crate::rows::cells::{Cells, hash_of, rows_alike, rows_equal};
use crate::rows::key_interner::KeyInterner;

/// Rows that hold the same values in the columns they are grouped by.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBatch {
    /// The values, in the order of the columns given to [`crate::Scan::group_by`].
    pub group: Vec<Option<String>>,
    /// The columns asked for of some of the group's rows, at least one, in the order of their file.
    pub rows: RecordBatch,
}

/// A pipeline's rows in a table, batch by batch, each of one group. A group comes in as many batches as its rows
/// are spread over; memory does not grow with the number of groups. See [`crate::Scan::group_by`].
#[derive(Debug)]
pub struct GroupedBatches {
    n_columns: usize,
    batches: ScanBatches,
    /// Of the batch read last.
    groups: vec::IntoIter<GroupBatch>,
}

impl GroupedBatches {
    /// The columns behind the first `n_columns` of each batch are those to group by.
    pub(crate) fn new(n_columns: usize, batches: ScanBatches) -> Self {
        Self { n_columns, batches, groups: Vec::new().into_iter() }
    }

    fn split(&self, batch: &RecordBatch) -> Result<Vec<GroupBatch>, LoadError> {
        let scan = &self.batches.scan;
        let failed = || LoadError::rows("read", scan.table());
        let group_columns: Vec<usize> = (self.n_columns..batch.num_columns()).collect();
        let Some(cells) = Cells::columns(batch, &group_columns) else {
            return Err(LoadError::SchemaChanged { table: scan.table().to_owned() });
        };
        let rows = batch.project(&(0..self.n_columns).collect::<Vec<_>>()).map_err(failed())?;
        let by_group = rows_by_group(&cells, batch.num_rows());
        let is_one = by_group.len() == 1;
        let of_group = |rows_of_group: Vec<u32>| {
            let group = group_of(&cells, rows_of_group[0] as usize);
            let rows = match is_one {
                true => rows.clone(),
                false => take_record_batch(&rows, &UInt32Array::from(rows_of_group)).map_err(failed())?,
            };
            Ok(GroupBatch { group, rows })
        };
        by_group.into_iter().map(of_group).collect()
    }
}

impl Iterator for GroupedBatches {
    type Item = Result<GroupBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(group) = self.groups.next() {
                return Some(Ok(group));
            }
            match self.batches.next()?.and_then(|batch| self.split(&batch)) {
                Ok(groups) => self.groups = groups.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// For each group, in the order of their first rows, its rows.
fn rows_by_group(cells: &[Cells<'_>], n_rows: usize) -> Vec<Vec<u32>> {
    let number = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
    let mut groups = KeyInterner::default();
    let mut by_group: Vec<Vec<u32>> = Vec::new();
    let mut rows = 0..n_rows;
    while !rows.is_empty() {
        let n_alike = rows_alike(cells, rows.clone());
        let is_equal = |(_, other): (u32, u32)| rows_equal(cells, rows.start, cells, other as usize);
        let group = groups.id(hash_of(cells, rows.start, 0), (0, number(rows.start)), is_equal) as usize;
        by_group.resize_with(groups.len(), Vec::new);
        by_group[group].extend(number(rows.start)..number(rows.start + n_alike));
        rows.start += n_alike;
    }
    by_group
}

fn group_of(cells: &[Cells<'_>], row: usize) -> Vec<Option<String>> {
    let text = |cells: &Cells<'_>| match cells {
        Cells::Text(texts) if !texts.is_null(row) => Some(texts.text(row).into_owned()),
        _ => None,
    };
    cells.iter().map(text).collect()
}
