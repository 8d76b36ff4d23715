//! The rows of a table beside those of the same table rebuilt.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use arrow_row::{RowConverter, Rows};
use convolake_model::Table;

use crate::rows::cells::Cells;
use crate::rows::landed_objects::LandedObjects;
use crate::storage::LakeStorage;
use crate::storage::stored_file::StoredFile;
use crate::table::expected_file::content;
use crate::table::file::{TableFileReader, TableFileRows};
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::lake_files;
use crate::verify::scan::words;
use crate::{LoadError, paths};

/// Holds the rows of a table's files against those of the same table rebuilt elsewhere and staged there. Both are sorted by the table's
/// order, so that each file is read once, side by side with its twin.
pub(crate) struct Comparison<'a> {
    pub(crate) lake: &'a LakeStorage,
    pub(crate) rebuilt: &'a LakeStorage,
    /// The files that are there, by the names of their partitions.
    pub(crate) stored: BTreeMap<String, String>,
    /// The staged files, by the names of their partitions.
    pub(crate) staged: &'a BTreeMap<String, String>,
    pub(crate) pipeline: &'a str,
    pub(crate) layout: &'a TableLayout,
    pub(crate) landed: &'a LandedObjects,
    /// True where the table had another schema before: then any landed page that gives the row may stand in it.
    pub(crate) has_grown: bool,
}

impl Comparison<'_> {
    pub(crate) fn compare(&self, findings: &mut Findings) -> Result<(), LoadError> {
        let folder = paths::table(&self.layout.name, self.pipeline);
        let is_of_table = |name: &&String| name.starts_with(&format!("{folder}/"));
        let names: BTreeSet<&String> =
            self.stored.keys().chain(self.staged.keys().filter(is_of_table)).collect();
        for partition in names.into_iter().filter(|name| Self::is_table_file(&folder, name)) {
            let lies = self.stored.get(partition);
            let name = lies.unwrap_or(partition);
            let stored = lies.map(|lies| lake_files::file(self.lake, lies)).transpose()?;
            let staged = self.staged.get(partition);
            let given = staged.map(|staged| lake_files::file(self.rebuilt, staged)).transpose()?;
            // Equal rows are equal bytes, so most files need no second look.
            if let (Some(stored), Some(given)) = (&stored, &given)
                && content(stored)? == content(given)?
            {
                continue;
            }
            let mut stored = Cursor::open(self.layout, stored)?;
            let mut given = Cursor::open(self.layout, given)?;
            self.rows(name, &mut stored, &mut given, findings)?;
        }
        Ok(())
    }

    /// Others are told of by their names.
    fn is_table_file(folder: &str, name: &str) -> bool {
        name.strip_prefix(&format!("{folder}/")).and_then(Partition::parse).is_some()
    }

    fn rows(
        &self,
        name: &str,
        stored: &mut Cursor,
        given: &mut Cursor,
        findings: &mut Findings,
    ) -> Result<(), LoadError> {
        let remedy = Remedy::Replay;
        loop {
            let ordering = match (stored.is_at_row()?, given.is_at_row()?) {
                (false, false) => return Ok(()),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (true, true) => stored.order().cmp(&given.order()),
            };
            match ordering {
                Ordering::Less => {
                    if self.landed.has(&stored.page(self.layout)) {
                        let detail = format!("no landed page gives {}", stored.words(self.layout));
                        findings.add(FindingKind::RowUnaccounted, name, detail, remedy);
                    }
                    stored.row += 1;
                }
                Ordering::Greater => {
                    let page = given.page(self.layout);
                    let detail = format!("{page} gives {}", given.words(self.layout));
                    findings.add(FindingKind::RowMissing, name, detail, remedy);
                    given.row += 1;
                }
                Ordering::Equal => {
                    let columns = self.differing(stored, given);
                    let is_seen_again = columns.iter().all(|column| Table::is_lineage(column))
                        && stored.fetched_at(self.layout) > given.fetched_at(self.layout);
                    // A later landed page than the first has the same row, and something came between that is not landed.
                    if !columns.is_empty() && !is_seen_again && self.landed.has(&stored.page(self.layout)) {
                        let words = stored.words(self.layout);
                        let detail = format!("{words} differs in {}", columns.join(", "));
                        findings.add(FindingKind::RowDiffers, name, detail, remedy);
                    }
                    stored.row += 1;
                    given.row += 1;
                }
            }
        }
    }

    fn differing(&self, stored: &Cursor, given: &Cursor) -> Vec<&str> {
        let (Some((stored_batch, _)), Some((given_batch, _))) = (&stored.batch, &given.batch) else {
            return Vec::new();
        };
        let is_equal = |column: usize| {
            let cells = |batch: &RecordBatch| -> Option<bool> {
                let (a, b) = (Cells::of(batch.column(column))?, Cells::of(given_batch.column(column))?);
                Some(a.equal(stored.row, &b, given.row))
            };
            cells(stored_batch).unwrap_or(false)
        };
        // In a file that was written before the table had a column, what stands in that column now may stand in `extra`.
        let is_grown = !stored.lacking.is_empty();
        let is_compared = |column: usize, name: &str| {
            let may_differ = stored.lacking.contains(&column) || (is_grown && name == Table::EXTRA);
            !(may_differ || self.has_grown && Table::is_lineage(name))
        };
        let fields = self.layout.schema.fields().iter().enumerate();
        let compared = fields.filter(|(column, field)| is_compared(*column, field.name()));
        compared.filter(|(column, _)| !is_equal(*column)).map(|(_, field)| field.name().as_str()).collect()
    }
}

/// A place in the rows of a file; a file that is not there has none.
struct Cursor {
    rows: Option<TableFileRows>,
    converter: RowConverter,
    order: Vec<usize>,
    batch: Option<(RecordBatch, Rows)>,
    row: usize,
    /// The columns that the file lacks.
    lacking: Vec<usize>,
}

impl Cursor {
    fn open(layout: &TableLayout, file: Option<StoredFile>) -> Result<Self, LoadError> {
        let reader = file.map(|file| TableFileReader::open_of_table(&file, layout)).transpose()?;
        let lacking = reader.as_ref().map(|reader| reader.lacking().to_vec()).unwrap_or_default();
        let rows = reader.map(|reader| reader.read(None, None, None)).transpose()?;
        Ok(Self {
            rows,
            converter: layout.order_converter()?,
            order: layout.order.clone(),
            batch: None,
            row: 0,
            lacking,
        })
    }

    /// Goes on to the next batch where one is through; false at the end.
    fn is_at_row(&mut self) -> Result<bool, LoadError> {
        while self.batch.as_ref().is_none_or(|(batch, _)| self.row >= batch.num_rows()) {
            let Some(batch) = self.rows.as_mut().and_then(Iterator::next).transpose()? else {
                return Ok(false);
            };
            let columns: Vec<_> = self.order.iter().map(|column| batch.column(*column).clone()).collect();
            let order =
                self.converter.convert_columns(&columns).map_err(LoadError::rows("order", "a table"))?;
            (self.batch, self.row) = (Some((batch, order)), 0);
        }
        Ok(true)
    }

    fn order(&self) -> Option<arrow_row::Row<'_>> {
        self.batch.as_ref().map(|(_, order)| order.row(self.row))
    }

    fn words(&self, layout: &TableLayout) -> String {
        let key = self.batch.as_ref().and_then(|(batch, _)| Cells::columns(batch, &layout.key));
        key.map(|key| words(layout, &key, self.row)).unwrap_or_default()
    }

    fn fetched_at(&self, layout: &TableLayout) -> Option<i64> {
        let (batch, _) = self.batch.as_ref()?;
        match Cells::of(batch.column(layout.fetched_at))? {
            Cells::Timestamp(instants) => Some(instants.value(self.row)),
            _ => None,
        }
    }

    fn page(&self, layout: &TableLayout) -> String {
        let page = self.batch.as_ref().and_then(|(batch, _)| Cells::of(batch.column(layout.page)));
        match page {
            Some(Cells::Text(pages)) => pages.text(self.row).into_owned(),
            _ => String::new(),
        }
    }
}
