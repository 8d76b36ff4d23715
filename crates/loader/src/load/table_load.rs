//! A table of a load while rows are pushed for it.

use std::collections::HashMap;
use std::path::Path;

use arrow_array::BooleanArray;
use arrow_schema::ArrowError;
use arrow_select::filter::filter_record_batch;
use convolake_batch::{ParentBatch, ParentExtent, TableBatch};

use crate::LoadError;
use crate::load::page_notes::PageNotes;
use crate::load::stored_table::StoredTable;
use crate::resolve::affected_units::PushedUnits;
use crate::resolve::mode::LoadMode;
use crate::resolve::sorted_spill::SortedSpill;
use crate::rows::batch::VersionedBatch;
use crate::spill::spill_buffer::SpillBuffer;
use crate::table::layout::TableLayout;

/// A table while rows are pushed for it.
#[derive(Debug)]
pub(crate) struct TableLoad {
    pub(crate) layout: TableLayout,
    pub(crate) stored: StoredTable,
    /// Pushed rows, and stored ones that are resolved with them.
    pub(crate) rows: SpillBuffer,
    /// The spilled rows of a table that stores nothing.
    pub(crate) sorted_spill: SortedSpill,
    /// Parents without rows.
    pub(crate) rowless_parents: SpillBuffer,
    /// The units that were pushed, where anything is stored that they may replace.
    pub(crate) units: PushedUnits,
    /// True once a row or a parent was pushed.
    pub(crate) is_pushed: bool,
}

impl TableLoad {
    /// Takes rows; `versions` are the numbers of their pages.
    pub(crate) fn push(
        &mut self,
        batch: TableBatch,
        versions: &[u32],
        mode: LoadMode,
        pages: &mut PageNotes,
    ) -> Result<(), LoadError> {
        let Self { layout, .. } = self;
        let TableBatch { rows, index_in_page, parents, page_ends, .. } = batch;
        let version = versions_of_rows(versions, &page_ends);
        if index_in_page.len() != rows.num_rows() || version.len() != rows.num_rows() {
            return Err(LoadError::misfit(
                &layout.name,
                "the pages and places of its rows are not as many as the rows",
            ));
        }
        let rows =
            layout.pushed_rows(&rows).map_err(|error| LoadError::misfit(&layout.name, error.to_string()))?;
        if pages.want_groups() {
            match &parents {
                // All units are among them.
                Some(parents) => {
                    let misfit = |error: ArrowError| LoadError::misfit(&layout.name, error.to_string());
                    let units = layout.units_of(&parents.keys).map_err(misfit)?;
                    let columns: Vec<usize> = (0..units.num_columns()).collect();
                    let of_parents = versions_of_rows(versions, &parents.page_ends);
                    pages.add_groups(layout, &units, &columns, &of_parents);
                }
                None => pages.add_groups(layout, &rows, &layout.pushed.unit, &version),
            }
        }
        // Only stored rows can be replaced.
        self.is_pushed |= rows.num_rows() > 0 || parents.is_some();
        let collects = mode == LoadMode::Merge && !self.stored.is_empty();
        let extents = parents.as_ref().map(|parents| Extents::of(parents, versions)).unwrap_or_default();
        let index_in_page: Vec<u32> = match extents.is_empty() {
            true => index_in_page
                .into_iter()
                .map(|at| VersionedBatch::index_of(at, ParentExtent::Whole))
                .collect(),
            false => {
                version.iter().zip(index_in_page).map(|(version, at)| extents.index(*version, at)).collect()
            }
        };
        if let Some(parents) = parents {
            let parents = rowless_parents(layout, parents, versions, &version, &index_in_page, &extents)?;
            if collects {
                self.units.add(layout, &parents.rows, &(0..parents.rows.num_columns()).collect::<Vec<_>>());
            }
            if parents.rows.num_rows() > 0 {
                if self.stored.is_empty() {
                    self.sorted_spill.note_parents(&parents);
                }
                self.rowless_parents.push(parents);
            }
        }
        if rows.num_rows() > 0 {
            if collects {
                self.units.add(layout, &rows, &layout.pushed.unit);
            }
            self.rows.push(VersionedBatch { rows, version, index: index_in_page });
        }
        Ok(())
    }

    /// The memory that rows take.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes() + self.rowless_parents.bytes() + self.sorted_spill.unit_hashes.bytes()
    }

    /// Moves the rows in memory to disk.
    pub(crate) fn spill(&mut self, spill_folder: &Path) -> Result<(), LoadError> {
        if self.stored.is_empty() {
            let batches = self.rows.take_in_memory();
            self.sorted_spill.spill(&self.layout, &spill_folder.join(&self.layout.name), batches)?;
        } else {
            self.rows.spill()?;
        }
        self.rowless_parents.spill()
    }
}

/// For each row the number of its page's version.
fn versions_of_rows(versions: &[u32], page_ends: &[usize]) -> Vec<u32> {
    let mut of_rows = Vec::with_capacity(page_ends.last().copied().unwrap_or_default());
    for (version, end) in versions.iter().zip(page_ends) {
        of_rows.resize(*end, *version);
    }
    of_rows
}

/// The parents that did not come whole, by the number of their version and the index of their record.
#[derive(Debug, Default)]
struct Extents(HashMap<(u32, u32), ParentExtent>);

impl Extents {
    fn of(parents: &ParentBatch, versions: &[u32]) -> Self {
        if parents.extents.is_empty() {
            return Self::default();
        }
        let version = versions_of_rows(versions, &parents.page_ends);
        let keys = version.into_iter().zip(parents.index_in_page.iter().copied());
        let extents = keys.zip(parents.extents.iter().copied());
        Self(extents.filter(|(_, extent)| *extent != ParentExtent::Whole).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn index(&self, version: u32, record: u32) -> u32 {
        let extent = self.0.get(&(version, record)).copied().unwrap_or_default();
        VersionedBatch::index_of(record, extent)
    }
}

/// The parents that have no row on their page.
fn rowless_parents(
    layout: &TableLayout,
    parents: ParentBatch,
    versions: &[u32],
    row_versions: &[u32],
    row_indexes: &[u32],
    extents: &Extents,
) -> Result<VersionedBatch, LoadError> {
    let ParentBatch { keys, index_in_page, page_ends, extents: _ } = parents;
    let misfit = |error: arrow_schema::ArrowError| LoadError::misfit(&layout.name, error.to_string());
    let keys = layout.units_of(&keys).map_err(misfit)?;
    let version = versions_of_rows(versions, &page_ends);
    if index_in_page.len() != keys.num_rows() || version.len() != keys.num_rows() {
        return Err(LoadError::misfit(
            &layout.name,
            "the pages and places of the parents are not as many as their keys",
        ));
    }
    let index_in_page: Vec<u32> =
        version.iter().zip(index_in_page).map(|(version, at)| extents.index(*version, at)).collect();
    let mut with_rows: Vec<(u32, u32)> =
        row_versions.iter().copied().zip(row_indexes.iter().copied()).collect();
    with_rows.dedup();
    with_rows.sort_unstable();
    let is_rowless: Vec<bool> = version
        .iter()
        .zip(&index_in_page)
        .map(|(version, index)| with_rows.binary_search(&(*version, *index)).is_err())
        .collect();
    let of_rowless = |numbers: Vec<u32>| {
        numbers
            .into_iter()
            .zip(&is_rowless)
            .filter(|(_, is_rowless)| **is_rowless)
            .map(|(number, _)| number)
            .collect()
    };
    let (version, index) = (of_rowless(version), of_rowless(index_in_page));
    let rows = filter_record_batch(&keys, &BooleanArray::from(is_rowless)).map_err(misfit)?;
    Ok(VersionedBatch { rows, version, index })
}
