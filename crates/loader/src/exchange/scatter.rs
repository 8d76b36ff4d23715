//! Rows go to parts by their unit: all versions of it, and all its tombstones, to the same one.

use std::collections::BTreeMap;

use arrow_array::{RecordBatch, UInt32Array};
use arrow_schema::ArrowError;
use arrow_select::take::take_record_batch;
use convolake_batch::{ParentBatch, TableBatch};

use crate::LoadError;
use crate::exchange::parcel;
use crate::load::LoadTable;
use crate::rows::cells::{Cells, hash_of};
use crate::rows::version::PageVersion;
use crate::table::layout::TableLayout;

/// Another than that of buckets: with the same one, parts would hold some buckets only.
const SEED: u64 = 0x7061_7274;

/// Splits rows by their unit.
#[derive(Debug)]
pub struct Scatter {
    layouts: BTreeMap<String, TableLayout>,
    n_parts: u32,
}

/// Rows of one table on their way to one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The part, from 0.
    pub part: u32,
    /// The rows.
    pub bytes: Vec<u8>,
}

impl Scatter {
    /// Splits rows of these tables into so many parts.
    ///
    /// # Errors
    /// [`LoadError::Misfit`] for a table that no load would take.
    pub fn new(tables: &[LoadTable], n_parts: u32) -> Result<Self, LoadError> {
        let layout = |LoadTable { table, replace, .. }: &LoadTable| {
            let layout = TableLayout::new(table, replace, 1, table.partitions.by())?;
            Ok((table.name.clone(), layout))
        };
        let layouts = tables.iter().map(layout).collect::<Result<_, LoadError>>()?;
        Ok(Self { layouts, n_parts: n_parts.max(1) })
    }

    /// True for a table whose rows are split.
    pub fn has(&self, table: &str) -> bool {
        self.layouts.contains_key(table)
    }

    /// The rows of a batch, a parcel for each part that has any. `pages` are those of the batch, in its order.
    ///
    /// # Errors
    /// [`LoadError::Misfit`] where they are no rows of the table.
    pub fn split(&self, batch: &TableBatch, pages: &[PageVersion]) -> Result<Vec<Parcel>, LoadError> {
        let misfit = |error: ArrowError| LoadError::misfit(&batch.table, error.to_string());
        let no_table = || LoadError::misfit(&batch.table, "the load has no such table");
        let layout = self.layouts.get(&batch.table).ok_or_else(no_table)?;
        let unit = |name: &String| batch.rows.schema().index_of(name);
        let unit =
            layout.names(&layout.unit).iter().map(unit).collect::<Result<Vec<_>, _>>().map_err(misfit)?;
        let of_rows = self.rows_of_parts(&batch.rows, &unit);
        let units = batch.parents.as_ref().map(|parents| layout.units_of(&parents.keys)).transpose();
        let units = units.map_err(misfit)?;
        let of_parents = units
            .as_ref()
            .map(|units| self.rows_of_parts(units, &(0..units.num_columns()).collect::<Vec<_>>()));
        let mut parcels = Vec::new();
        for part in 0..self.n_parts {
            let rows = of_rows.get(&part).map(Vec::as_slice).unwrap_or_default();
            let parents =
                of_parents.as_ref().and_then(|of| of.get(&part)).map(Vec::as_slice).unwrap_or_default();
            if rows.is_empty() && parents.is_empty() {
                continue;
            }
            let (batch, pages) = part_of(batch, pages, rows, (units.as_ref(), parents)).map_err(misfit)?;
            parcels.push(Parcel { part, bytes: parcel::encode(&batch, &pages)? });
        }
        Ok(parcels)
    }

    /// The rows of each part, in their order.
    fn rows_of_parts(&self, rows: &RecordBatch, unit: &[usize]) -> BTreeMap<u32, Vec<u32>> {
        let mut parts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let cells = Cells::columns(rows, unit).unwrap_or_default();
        for (row, number) in (0..rows.num_rows()).zip(0u32..) {
            let part = hash_of(&cells, row, SEED) % u64::from(self.n_parts);
            parts.entry(u32::try_from(part).unwrap_or_default()).or_default().push(number);
        }
        parts
    }
}

/// Some rows and parents of a batch, with the pages that they are of.
fn part_of(
    batch: &TableBatch,
    pages: &[PageVersion],
    rows: &[u32],
    (units, parents): (Option<&RecordBatch>, &[u32]),
) -> Result<(TableBatch, Vec<PageVersion>), ArrowError> {
    let page_of = |ends: &[usize], row: &u32| ends.partition_point(|end| *end <= *row as usize);
    let mut used = vec![false; pages.len()];
    rows.iter().for_each(|row| mark(&mut used, page_of(&batch.page_ends, row)));
    if let Some(of) = &batch.parents {
        parents.iter().for_each(|parent| mark(&mut used, page_of(&of.page_ends, parent)));
    }
    let chosen = |ends: &[usize], chosen: &[u32]| -> Vec<usize> {
        let ends = ends.iter().zip(&used).filter(|(_, used)| **used);
        ends.map(|(end, _)| chosen.partition_point(|row| (*row as usize) < *end)).collect()
    };
    let of = |numbers: &[u32], chosen: &[u32]| chosen.iter().map(|row| numbers[*row as usize]).collect();
    let take =
        |rows: &RecordBatch, chosen: &[u32]| take_record_batch(rows, &UInt32Array::from(chosen.to_vec()));
    let with_parents = |(all, units): (&ParentBatch, &RecordBatch)| -> Result<ParentBatch, ArrowError> {
        let extents = match all.extents.is_empty() {
            true => Vec::new(),
            false => parents.iter().map(|parent| all.extents[*parent as usize]).collect(),
        };
        Ok(ParentBatch {
            keys: take(units, parents)?,
            index_in_page: of(&all.index_in_page, parents),
            page_ends: chosen(&all.page_ends, parents),
            extents,
        })
    };
    let part = TableBatch {
        table: batch.table.clone(),
        rows: take(&batch.rows, rows)?,
        index_in_page: of(&batch.index_in_page, rows),
        page_ends: chosen(&batch.page_ends, rows),
        parents: batch.parents.as_ref().zip(units).map(with_parents).transpose()?,
    };
    let pages = pages.iter().zip(&used).filter(|(_, used)| **used).map(|(page, _)| page.clone());
    Ok((part, pages.collect()))
}

fn mark(used: &mut [bool], page: usize) {
    if let Some(used) = used.get_mut(page) {
        *used = true;
    }
}
