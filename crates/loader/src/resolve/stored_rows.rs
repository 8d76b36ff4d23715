//! The rows of stored files: those of affected units, which are resolved, and the others, which are kept.

use std::ops::Range;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::ArrowError;
use arrow_select::filter::filter_record_batch;
use parquet::arrow::arrow_reader::RowSelection;

use crate::LoadError;
use crate::resolve::affected_units::AffectedUnits;
use crate::rows::batch::VersionedBatch;
use crate::rows::cells::Cells;
use crate::rows::landed_objects::LandedObjects;
use crate::rows::version::Versions;
use crate::table::file::{TableFile, TableFileReader, TableFileRows, in_file_order};
use crate::table::layout::TableLayout;

/// Reads the rows of affected units from a stored file, and gives them to `push`. `number` is the file's.
pub(crate) fn read_affected(
    layout: &TableLayout,
    file: &TableFile,
    reader: TableFileReader,
    number: u32,
    affected: &AffectedUnits,
    versions: &mut Versions,
    mut push: impl FnMut(VersionedBatch) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    if reader.n_rows() == 0 {
        return Ok(());
    }
    let rows = match affected {
        AffectedUnits::All => reader.read(None, None, None)?,
        AffectedUnits::Some(units) => {
            let groups = 0..reader.metadata().num_row_groups();
            let groups: Vec<usize> =
                groups.filter(|group| units.may_be_in(layout, &reader, *group)).collect();
            let n_rows = groups.iter().map(|group| reader.metadata().row_group(*group).num_rows());
            let n_rows = n_rows.map(|n_rows| usize::try_from(n_rows).unwrap_or_default()).sum();
            if groups.is_empty() {
                return Ok(());
            }
            let ranges = affected_rows(layout, reader, &groups, affected)?;
            if ranges.is_empty() {
                return Ok(());
            }
            let selection = RowSelection::from_consecutive_ranges(ranges.into_iter(), n_rows);
            TableFileReader::open_of_table(file.stored()?, layout)?.read(
                None,
                Some(groups),
                Some(selection),
            )?
        }
    };
    for batch in rows {
        push(versioned(layout, &batch?, number, versions).map_err(LoadError::rows("read", &layout.name))?)?;
    }
    Ok(())
}

/// Refuses a file with other columns than the table's where it has rows that no landed page gives: they could not be made
/// again, and what their columns hold would be lost.
pub(crate) fn refuse_kept(
    layout: &TableLayout,
    reader: TableFileReader,
    landed: &LandedObjects,
) -> Result<(), LoadError> {
    let page = layout.schema.field(layout.page).name();
    let Ok(position) = reader.schema().index_of(page) else { return Ok(()) };
    let mut n_rows = 0;
    for batch in reader.read(Some(&[position]), None, None)? {
        let batch = batch?;
        if let Some([Cells::Text(pages)]) = Cells::columns(&batch, &[0]).as_deref() {
            let is_kept = |row: &usize| !landed.has(&pages.text(*row));
            n_rows += (0..batch.num_rows()).filter(is_kept).count() as u64;
        }
    }
    match n_rows {
        0 => Ok(()),
        rows => Err(LoadError::KeptRowsMisfit { table: layout.name.clone(), rows }),
    }
}

/// Stored rows with the numbers of their versions.
fn versioned(
    layout: &TableLayout,
    batch: &RecordBatch,
    number: u32,
    versions: &mut Versions,
) -> Result<VersionedBatch, ArrowError> {
    let lineage = Cells::columns(batch, &[layout.fetched_at, layout.page]);
    let Some([Cells::Timestamp(fetched_at), Cells::Text(page)]) = lineage.as_deref() else {
        return Err(ArrowError::SchemaError("the columns of the lineage have other types".to_owned()));
    };
    let mut last = None;
    let version = (0..batch.num_rows())
        .map(|row| {
            let number = versions.number_of_row(fetched_at.value(row), page.bytes(row), last);
            last = Some(number);
            number
        })
        .collect();
    let index = vec![number | VersionedBatch::STORED; batch.num_rows()];
    Ok(VersionedBatch { rows: layout.pushed_rows_of_stored(batch)?, version, index })
}

/// The rows of a stored file that are not replaced: those of no affected unit.
pub(crate) struct UnaffectedRows<'a> {
    layout: &'a TableLayout,
    /// `None` where the file is known to have no row of them.
    affected: Option<&'a AffectedUnits>,
    rows: TableFileRows,
    max_rows: u64,
}

impl<'a> UnaffectedRows<'a> {
    pub(crate) fn open(
        layout: &'a TableLayout,
        file: &TableFile,
        affected: &'a AffectedUnits,
    ) -> Result<Self, LoadError> {
        let reader = TableFileReader::open_of_table(file.stored()?, layout)?;
        let max_rows = reader.n_rows();
        let affected = file.is_touched.then_some(affected);
        Ok(Self { layout, affected, rows: reader.read(None, None, None)?, max_rows })
    }

    /// How many rows it has, or a few more.
    pub(crate) fn max_rows(&self) -> u64 {
        self.max_rows
    }
}

impl Iterator for UnaffectedRows<'_> {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let unaffected = |batch: RecordBatch| {
            let batch =
                self.layout.rows_to_write(&batch).map_err(LoadError::rows("read", &self.layout.name))?;
            let unit = Cells::columns(&batch, &self.layout.unit);
            let (Some(unit), Some(affected)) = (unit, self.affected) else { return Ok(batch) };
            let keeps = |row| !affected.contains(&unit, row);
            let keep: BooleanArray = (0..batch.num_rows()).map(|row| Some(keeps(row))).collect();
            filter_record_batch(&batch, &keep).map_err(LoadError::rows("keep", &self.layout.name))
        };
        Some(self.rows.next()?.and_then(unaffected))
    }
}

/// The rows of affected units in some row groups, as ranges of all their rows.
fn affected_rows(
    layout: &TableLayout,
    reader: TableFileReader,
    groups: &[usize],
    affected: &AffectedUnits,
) -> Result<Vec<Range<usize>>, LoadError> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    let (columns, unit) = in_file_order(&layout.unit);
    for batch in reader.read(Some(&columns), Some(groups.to_vec()), None)? {
        let batch = batch?;
        let Some(cells) = Cells::columns(&batch, &unit) else {
            continue;
        };
        for row in 0..batch.num_rows() {
            if affected.contains(&cells, row) {
                match ranges.last_mut() {
                    Some(last) if last.end == at + row => last.end += 1,
                    _ => ranges.push(at + row..at + row + 1),
                }
            }
        }
        at += batch.num_rows();
    }
    Ok(ranges)
}
