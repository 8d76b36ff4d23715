//! The rows of a stored file, as far as its successor is compared with them.

use std::collections::HashMap;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;

use crate::LoadError;
use crate::rows::cells::{Cells, HashedBuilder, hash_of};
use crate::table::file::{TableFile, TableFileReader};
use crate::table::layout::TableLayout;

/// The keys of a stored file by a hash of 64 bits, each with a hash of the row's content.
#[derive(Debug, Default)]
pub(crate) struct StoredKeys {
    contents: HashMap<u64, u64, HashedBuilder>,
    /// All its rows.
    pub(crate) n_rows: u64,
}

/// How the rows of a file compare with those that stand there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Rows whose key stands there.
    pub(crate) stayed: u64,
    /// Of those, rows with another content.
    pub(crate) changed: u64,
}

/// Another than that of keys.
const CONTENT_SEED: u64 = 1;

impl StoredKeys {
    /// Reads a stored file; of one of another schema only the number of rows is known.
    pub(crate) fn read(layout: &TableLayout, file: &TableFile) -> Result<Self, LoadError> {
        let reader = TableFileReader::open(file)?;
        let mut keys = Self { n_rows: reader.n_rows(), ..Self::default() };
        if reader.has_schema(layout) {
            for batch in reader.read(None, None, None)? {
                let rows = layout.rows_to_write(&batch?).map_err(LoadError::rows("compare", &layout.name))?;
                let hashes = Hashes::of(layout, &rows);
                keys.contents.extend((0..rows.num_rows()).map(|row| (hashes.key(row), hashes.content(row))));
            }
        }
        Ok(keys)
    }

    /// Compares rows that are to be written.
    pub(crate) fn compare(&self, layout: &TableLayout, rows: &RecordBatch, compared: &mut Compared) {
        let hashes = Hashes::of(layout, rows);
        for row in 0..rows.num_rows() {
            if let Some(content) = self.contents.get(&hashes.key(row)) {
                compared.stayed += 1;
                compared.changed += u64::from(*content != hashes.content(row));
            }
        }
    }

    /// The rows whose key stands there.
    pub(crate) fn only_stored(
        &self,
        layout: &TableLayout,
        rows: &RecordBatch,
    ) -> Result<RecordBatch, LoadError> {
        let hashes = Hashes::of(layout, rows);
        let is_stored = |row| Some(self.contents.contains_key(&hashes.key(row)));
        let kept: BooleanArray = (0..rows.num_rows()).map(is_stored).collect();
        filter_record_batch(rows, &kept).map_err(LoadError::rows("compare", &layout.name))
    }
}

/// What hashes of rows are made of.
struct Hashes<'a> {
    key: Vec<Cells<'a>>,
    content: Vec<Cells<'a>>,
}

impl<'a> Hashes<'a> {
    fn of(layout: &TableLayout, rows: &'a RecordBatch) -> Self {
        let content: Vec<usize> = (0..rows.num_columns()).filter(|column| *column != layout.page).collect();
        Self {
            key: Cells::columns(rows, &layout.key).unwrap_or_default(),
            content: Cells::columns(rows, &content).unwrap_or_default(),
        }
    }

    fn key(&self, row: usize) -> u64 {
        hash_of(&self.key, row, 0)
    }

    fn content(&self, row: usize) -> u64 {
        hash_of(&self.content, row, CONTENT_SEED)
    }
}
