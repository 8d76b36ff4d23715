//! Every row of a file held against its place, its order and its page.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::{Array, RecordBatch};
use arrow_row::{OwnedRow, RowConverter};

use crate::rows::cells::{Cells, hash_of};
use crate::rows::hashes::NotedHashes;
use crate::rows::landed_objects::LandedObjects;
use crate::rows::words::in_words;
use crate::table::file::TableFileReader;
use crate::table::layout::TableLayout;
use crate::table::partition::{Partition, day_of};
use crate::{LoadError, PageRef, paths};

/// So many pages that are not there are told apart in a file.
const MAX_PAGES: usize = 1000;

/// What the rows of a table's files are held against, and what is noted of them.
pub(crate) struct Scan<'a> {
    pub(crate) layout: &'a TableLayout,
    pub(crate) buckets: u32,
    pub(crate) landed: &'a LandedObjects,
    /// The key of every row.
    pub(crate) keys: NotedHashes,
    /// For each reference its columns, and what every row that refers to something refers to.
    pub(crate) references: Vec<(Vec<usize>, NotedHashes)>,
    /// The runs whose pages rows name.
    pub(crate) runs: BTreeSet<String>,
    /// Rows whose page is no landed one, but a file that was flattened.
    pub(crate) rows_of_files: u64,
}

/// What is wrong with the rows of one file: how many, and the first.
#[derive(Debug, Default)]
pub(crate) struct FileFaults {
    pub(crate) rows: u64,
    pub(crate) wrong_date: Faults,
    pub(crate) wrong_bucket: Faults,
    pub(crate) out_of_order: Faults,
    pub(crate) pages: BTreeMap<String, u64>,
}

/// Rows with a fault, and the first of them in words.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) count: u64,
    pub(crate) first: String,
}

impl Faults {
    fn add(&mut self, words: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = words();
        }
        self.count += 1;
    }
}

impl Scan<'_> {
    /// The memory of what is noted.
    pub(crate) fn noted(&mut self) -> impl Iterator<Item = &mut NotedHashes> {
        std::iter::once(&mut self.keys).chain(self.references.iter_mut().map(|(_, noted)| noted))
    }

    /// Reads a file to its end; after each batch `after_batch` may make room.
    pub(crate) fn file(
        &mut self,
        reader: TableFileReader,
        partition: Partition,
        faults: &mut FileFaults,
        mut after_batch: impl FnMut(&mut Self) -> Result<(), LoadError>,
    ) -> Result<(), LoadError> {
        let mut order = Order { converter: self.layout.order_converter()?, last: None };
        let mut last_page = (String::new(), true);
        for batch in reader.read(None, None, None)? {
            self.batch(&batch?, partition, faults, &mut order, &mut last_page)?;
            after_batch(self)?;
        }
        Ok(())
    }

    fn batch(
        &mut self,
        batch: &RecordBatch,
        partition: Partition,
        faults: &mut FileFaults,
        order: &mut Order,
        last_page: &mut (String, bool),
    ) -> Result<(), LoadError> {
        let Self { layout, .. } = self;
        let cells = |columns: &[usize]| {
            Cells::columns(batch, columns)
                .ok_or_else(|| LoadError::misfit(&layout.name, "a column of no table"))
        };
        let key = cells(&layout.key)?;
        let date = cells(&layout.date_columns())?;
        let in_file = layout.pushed.date.map(|date| cells(&layout.in_table(&[date]))).transpose()?;
        let conversation = cells(&layout.in_table(&layout.pushed.group))?;
        let pages = cells(&[layout.page])?;
        let n_before = faults.rows;
        faults.rows += batch.num_rows() as u64;
        order.check(layout, batch, |row| {
            faults
                .out_of_order
                .add(|| format!("first row {}, {}", n_before + row as u64, words(layout, &key, row)));
        })?;
        for row in 0..batch.num_rows() {
            self.keys.note(hash_of(&key, row, 0));
            let day = date.iter().find_map(|column| match column {
                Cells::Timestamp(instants) if !column.is_null(row) => Some(instants.value(row)),
                _ => None,
            });
            let day = day.and_then(day_of);
            let belongs = Partition::of_day(layout.partition_by, day, partition.bucket);
            if belongs != partition {
                faults
                    .wrong_date
                    .add(|| format!("{} belongs to {}", words(layout, &key, row), belongs.file()));
            } else if let Some([Cells::Date(dates)]) = in_file.as_deref()
                && dates.is_valid(row).then(|| dates.value(row)) != day
            {
                let words = || words(layout, &key, row);
                faults.wrong_date.add(|| format!("{} has a `date` that is not its own", words()));
            }
            let bucket = hash_of(&conversation, row, 0) % u64::from(self.buckets);
            if self.buckets > 1 && bucket != u64::from(partition.bucket) || partition.bucket >= self.buckets {
                faults
                    .wrong_bucket
                    .add(|| format!("{} belongs to bucket {bucket}", words(layout, &key, row)));
            }
            if let [Cells::Text(pages)] = pages.as_slice() {
                if last_page.0.as_bytes() != pages.bytes(row) {
                    let page = pages.text(row).into_owned();
                    let is_landed = self.landed.has(&page);
                    *last_page = (page, is_landed);
                    let at = PageRef::parse(&last_page.0).filter(|_| is_landed);
                    let run = at.as_ref().and_then(|at| paths::raw_run_and_seq(&at.object));
                    self.runs.extend(run.map(|(run, _)| run.to_owned()));
                }
                let page = last_page.0.as_str();
                match last_page.1 {
                    true => {}
                    false if self.landed.is_of_raw_zone(page) => {
                        if faults.pages.len() < MAX_PAGES || faults.pages.contains_key(page) {
                            *faults.pages.entry(page.to_owned()).or_default() += 1;
                        }
                    }
                    false => self.rows_of_files += 1,
                }
            }
        }
        for (columns, noted) in &mut self.references {
            let cells = cells(columns)?;
            let refers = |row: &usize| !cells.iter().any(|column| column.is_null(*row));
            (0..batch.num_rows()).filter(refers).for_each(|row| noted.note(hash_of(&cells, row, 0)));
        }
        Ok(())
    }
}

/// Whether rows come in the table's order, over the batches of a file.
struct Order {
    converter: RowConverter,
    last: Option<OwnedRow>,
}

impl Order {
    fn check(
        &mut self,
        layout: &TableLayout,
        batch: &RecordBatch,
        mut out_of_order: impl FnMut(usize),
    ) -> Result<(), LoadError> {
        let columns: Vec<_> = layout.order.iter().map(|column| batch.column(*column).clone()).collect();
        let rows =
            self.converter.convert_columns(&columns).map_err(LoadError::rows("order", &layout.name))?;
        for (at, row) in rows.iter().enumerate() {
            let is_behind = match at {
                0 => self.last.as_ref().is_none_or(|last| last.row() <= row),
                _ => rows.row(at - 1) <= row,
            };
            if !is_behind {
                out_of_order(at);
            }
        }
        if let Some(last) = rows.num_rows().checked_sub(1) {
            self.last = Some(rows.row(last).owned());
        }
        Ok(())
    }
}

/// A row's key in words.
pub(crate) fn words(layout: &TableLayout, key: &[Cells<'_>], row: usize) -> String {
    let names = layout.key.iter().map(|column| layout.schema.field(*column).name().as_str());
    in_words(names, key, row)
}
