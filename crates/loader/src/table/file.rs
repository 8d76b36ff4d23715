//! The table files that are there: how they are found and read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::rows::batch::{BATCH_BYTES, batch_rows};
use crate::storage::blocking::block_on;
use crate::storage::locked::locked;
use crate::storage::stored_file::{self, OpenFile, StoredFile};
use crate::storage::{LakeStorage, ObjectVersion};
use crate::table::bytes::TableBytes;
use crate::table::expected_file::ExpectedFile;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::{LoadError, paths};

/// The key of the table's schema hash in a file's metadata.
pub(crate) const SCHEMA_KEY: &str = "convolake.schema";
/// Rows read at a time, unless they are wide: what a cursor of a merge holds.
const READ_ROWS: usize = 2048;

/// Files looked at, and of which the footers are fetched, at once.
const FETCHES_AT_ONCE: usize = 8;

/// A table file in the lake.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub(crate) partition: Partition,
    /// False where it surely holds no row that may have to give way to those of a load.
    pub(crate) is_touched: bool,
    source: FileSource,
}

/// How a file is known to be there.
#[derive(Debug, Clone)]
enum FileSource {
    /// It was in a listing.
    Listed(StoredFile),
    /// A commit names it.
    Expected(Arc<ExpectedFile>),
}

impl TableFile {
    pub(crate) fn listed(partition: Partition, file: StoredFile) -> Self {
        Self { partition, is_touched: true, source: FileSource::Listed(file) }
    }

    pub(crate) fn expected(partition: Partition, file: ExpectedFile) -> Self {
        Self { partition, is_touched: true, source: FileSource::Expected(Arc::new(file)) }
    }

    /// What is read of it. One that a commit names is first held against what the commit says.
    pub(crate) fn stored(&self) -> Result<&StoredFile, LoadError> {
        match &self.source {
            FileSource::Listed(file) => Ok(file),
            FileSource::Expected(file) => file.stored(),
        }
    }

    /// Tells this file from any other that stood or will stand under its name.
    pub(crate) fn version(&self) -> Result<&ObjectVersion, LoadError> {
        Ok(self.stored()?.version())
    }

    /// What is read of it, if that was looked at already.
    fn known(&self) -> Option<&StoredFile> {
        match &self.source {
            FileSource::Listed(file) => Some(file),
            FileSource::Expected(file) => file.stored.get(),
        }
    }

    /// True where looking at it is a request that is waited for.
    fn is_looked_at_slowly(&self) -> bool {
        match &self.source {
            FileSource::Listed(_) => false,
            FileSource::Expected(file) => file.lake.replaces_by_version(),
        }
    }
}

/// The files that lie in the folder of a pipeline's part of a table, sorted by partition: for who cannot go by a commit.
pub(crate) fn list(lake: &LakeStorage, table: &str, pipeline: &str) -> Result<Vec<TableFile>, LoadError> {
    let folder = paths::table(table, pipeline);
    let mut files = Vec::new();
    for listed in block_on(lake.list(&folder))? {
        let name = listed.name.strip_prefix(&folder).and_then(|name| name.strip_prefix('/'));
        let Some(partition) = name.and_then(Partition::parse) else { continue };
        files.push(TableFile::listed(partition, block_on(lake.file(listed))?));
    }
    files.sort_unstable_by_key(|file| file.partition);
    Ok(files)
}

/// Prepares to read the footers of all these files, where each would be waited for.
pub(crate) fn fetch_footers<'a>(files: impl IntoIterator<Item = &'a TableFile>) {
    let files: Vec<&TableFile> = files.into_iter().collect();
    let slow = Mutex::new(files.iter().filter(|file| file.is_looked_at_slowly()));
    let look = || {
        // Who reads a file that is not as it should be is told so.
        while let Some(file) = { locked(&slow).next() } {
            let _ = file.stored();
        }
    };
    if files.iter().filter(|file| file.is_looked_at_slowly()).count() > 1 {
        std::thread::scope(|scope| {
            for _ in 0..FETCHES_AT_ONCE {
                scope.spawn(look);
            }
        });
    }
    stored_file::fetch_footers(files.into_iter().filter_map(TableFile::known));
}

/// A table file being read: its footer, and from there its rows.
#[derive(Debug)]
pub(crate) struct TableFileReader {
    path: PathBuf,
    open: OpenFile,
    builder: ParquetRecordBatchReaderBuilder<TableBytes>,
}

impl TableFileReader {
    pub(crate) fn open(file: &TableFile) -> Result<Self, LoadError> {
        Self::open_stored(file.stored()?)
    }

    pub(crate) fn open_stored(file: &StoredFile) -> Result<Self, LoadError> {
        let (path, open) = (file.path().to_owned(), file.open()?);
        let builder = ParquetRecordBatchReaderBuilder::try_new(TableBytes(open.clone()))
            .map_err(|error| failed("read the footer of", &path, &open, error))?;
        Ok(Self { path, open, builder })
    }

    /// A file of this machine that was written just now.
    pub(crate) fn open_local(path: PathBuf, n_bytes: u64) -> Result<Self, LoadError> {
        Self::open_stored(&StoredFile::on_disk(path, n_bytes, ObjectVersion::none_has()))
    }

    pub(crate) fn metadata(&self) -> &ParquetMetaData {
        self.builder.metadata()
    }

    pub(crate) fn n_rows(&self) -> u64 {
        u64::try_from(self.metadata().file_metadata().num_rows()).unwrap_or_default()
    }

    pub(crate) fn n_bytes(&self) -> u64 {
        self.open.n_bytes()
    }

    /// True where the file was written for the table as it is.
    pub(crate) fn has_schema(&self, layout: &TableLayout) -> bool {
        let pairs =
            self.metadata().file_metadata().key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        pairs.iter().any(|pair| pair.key == SCHEMA_KEY && pair.value.as_deref() == Some(layout.hash.as_str()))
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.builder.schema()
    }

    /// The position of a column that is no list among Parquet's leaves.
    pub(crate) fn leaf(&self, column: &str) -> Option<usize> {
        self.builder.parquet_schema().columns().iter().position(|leaf| leaf.path().parts() == [column])
    }

    pub(crate) fn bloom_filter(&self, group: usize, leaf: usize) -> Option<Sbbf> {
        self.builder.get_row_group_column_bloom_filter(group, leaf).ok().flatten()
    }

    /// Some columns (all without) of some row groups (all without), and of these only the rows selected. The columns
    /// come in the file's order.
    pub(crate) fn read(
        self,
        columns: Option<&[usize]>,
        groups: Option<Vec<usize>>,
        rows: Option<RowSelection>,
    ) -> Result<TableFileRows, LoadError> {
        let groups_of_file = self.builder.metadata().row_groups().iter();
        let bytes =
            groups_of_file.map(|group| usize::try_from(group.total_byte_size()).unwrap_or_default()).sum();
        let n_rows = usize::try_from(self.n_rows()).unwrap_or(usize::MAX);
        let mut builder = self.builder.with_batch_size(batch_rows(bytes, n_rows, READ_ROWS, BATCH_BYTES));
        if let Some(columns) = columns {
            let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        if let Some(groups) = groups {
            builder = builder.with_row_groups(groups);
        }
        if let Some(rows) = rows {
            builder = builder.with_row_selection(rows);
        }
        let reader = builder.build().map_err(|error| failed("read", &self.path, &self.open, error))?;
        Ok(TableFileRows { path: self.path, open: self.open, reader })
    }
}

/// The rows of a table file, batch by batch.
#[derive(Debug)]
pub(crate) struct TableFileRows {
    path: PathBuf,
    open: OpenFile,
    reader: ParquetRecordBatchReader,
}

impl Iterator for TableFileRows {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|error| failed("read", &self.path, &self.open, error.into())))
    }
}

/// Why the bytes could not be had, rather than that Parquet has not got them.
fn failed(act: &'static str, path: &Path, open: &OpenFile, error: ParquetError) -> LoadError {
    open.take_failure().unwrap_or_else(|| LoadError::parquet(act, path)(error))
}

/// Columns as a projection gives them, in the file's order, and for each one asked for its place among them.
pub(crate) fn in_file_order(columns: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut ordered = columns.to_vec();
    ordered.sort_unstable();
    ordered.dedup();
    let places = columns.iter().map(|column| ordered.binary_search(column).unwrap_or_default()).collect();
    (ordered, places)
}
