//! The table files that are there: how they are found and read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_array::{RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{ArrowError, SchemaRef};
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
use crate::table::place::Place;
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
    /// In which tree it lies.
    pub(crate) place: Place,
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
        Self { partition, place: Place::Plain, is_touched: true, source: FileSource::Listed(file) }
    }

    pub(crate) fn expected(partition: Partition, file: ExpectedFile) -> Self {
        let source = FileSource::Expected(Arc::new(file));
        Self { partition, place: Place::Plain, is_touched: true, source }
    }

    /// The same, in this tree; without, in the plain one.
    pub(crate) fn placed(self, place: Place) -> Self {
        Self { place, ..self }
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

/// The files that lie in the plain folder of a pipeline's part of a table, sorted by partition: for who cannot go by a commit.
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
    /// Set where the file was written before the table had some of its columns.
    grown: Option<Grown>,
}

/// A table with more columns than one of its files.
#[derive(Debug, Clone)]
struct Grown {
    /// The schema of the table.
    schema: SchemaRef,
    /// The columns that the file lacks, by their positions in the table. They are null in all its rows.
    lacking: Vec<usize>,
}

impl TableFileReader {
    pub(crate) fn open(file: &TableFile) -> Result<Self, LoadError> {
        Self::open_stored(file.stored()?)
    }

    pub(crate) fn open_stored(file: &StoredFile) -> Result<Self, LoadError> {
        let (path, open) = (file.path().to_owned(), file.open()?);
        let builder = ParquetRecordBatchReaderBuilder::try_new(TableBytes(open.clone()))
            .map_err(|error| failed("read the footer of", &path, &open, error))?;
        Ok(Self { path, open, builder, grown: None })
    }

    /// Opens a file of a table as it is; see [`TableFileReader::of_table`].
    pub(crate) fn open_of_table(file: &StoredFile, layout: &TableLayout) -> Result<Self, LoadError> {
        let changed = || LoadError::SchemaChanged { table: layout.name.clone() };
        Self::open_stored(file)?.of_table(layout).ok_or_else(changed)
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
        self.schema_hash() == Some(layout.hash.as_str())
    }

    /// The hash of the schema that the file was written for.
    pub(crate) fn schema_hash(&self) -> Option<&str> {
        let pairs = self.metadata().file_metadata().key_value_metadata().map(Vec::as_slice);
        pairs.unwrap_or_default().iter().find(|pair| pair.key == SCHEMA_KEY)?.value.as_deref()
    }

    /// The file as one of the table as it is, whose columns came to it since the file was written being null in all rows; `None`
    /// where the file is of another schema.
    pub(crate) fn of_table(mut self, layout: &TableLayout) -> Option<Self> {
        if self.has_schema(layout) {
            return Some(self);
        }
        let names = self.schema().fields().iter().map(|field| field.name().as_str());
        let lacking = layout.table_schema.lacking(self.schema_hash()?, names)?;
        self.grown = Some(Grown { schema: SchemaRef::clone(&layout.schema), lacking });
        Some(self)
    }

    /// [`TableFileReader::of_table`] for a file of when the table was cut into partitions of the other kind. A column of the date
    /// that it lacks is null, and one that the table lacks is not read: it stands behind all others.
    pub(crate) fn of_other_partitions(mut self, layout: &TableLayout) -> Option<Self> {
        let names = self.schema().fields().iter().map(|field| field.name().as_str());
        let mut lacking = layout.other_schema.lacking(self.schema_hash()?, names)?;
        lacking.extend(layout.pushed.date.map(|date| layout.pushed.in_table[date]));
        self.grown = Some(Grown { schema: SchemaRef::clone(&layout.schema), lacking });
        Some(self)
    }

    /// The columns of the table that the file lacks, by their positions.
    pub(crate) fn lacking(&self) -> &[usize] {
        self.grown.as_ref().map_or(&[], |grown| &grown.lacking)
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
    /// come in the file's order; after [`TableFileReader::of_table`] they are given, and come, as the table has them.
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
        let fill = self.grown.map(|grown| grown.fill(columns)).transpose();
        let fill = fill.map_err(|error| LoadError::parquet("read", &self.path)(error.into()))?;
        let of_file = fill.as_ref().map(|fill| fill.of_file.as_slice()).or(columns);
        if let Some(columns) = of_file {
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
        Ok(TableFileRows { path: self.path, open: self.open, reader, fill })
    }
}

/// The rows of a table file, batch by batch.
#[derive(Debug)]
pub(crate) struct TableFileRows {
    path: PathBuf,
    open: OpenFile,
    reader: ParquetRecordBatchReader,
    fill: Option<Fill>,
}

/// What makes rows of a file rows of a table with more columns.
#[derive(Debug)]
struct Fill {
    /// The columns that are read, by their positions in the file.
    of_file: Vec<usize>,
    /// For each column of the rows whether the file has it.
    is_read: Vec<bool>,
    schema: SchemaRef,
}

impl Grown {
    /// For some columns of the table (all without), in its order.
    fn fill(self, columns: Option<&[usize]>) -> Result<Fill, ArrowError> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let wanted = columns.unwrap_or(&all);
        let is_lacking = |column: &usize| self.lacking.binary_search(column).is_ok();
        let in_file = |column: &usize| column - self.lacking.partition_point(|lacking| lacking < column);
        Ok(Fill {
            of_file: wanted.iter().filter(|column| !is_lacking(column)).map(in_file).collect(),
            is_read: wanted.iter().map(|column| !is_lacking(column)).collect(),
            schema: self.schema.project(wanted)?.into(),
        })
    }
}

impl Fill {
    fn rows(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut read = batch.columns().iter();
        let columns = self.is_read.iter().zip(self.schema.fields()).map(|(is_read, field)| {
            let read = if *is_read { read.next().cloned() } else { None };
            read.unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
        });
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns.collect(), &options)
    }
}

impl Iterator for TableFileRows {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        let batch = batch.and_then(|batch| match &self.fill {
            Some(fill) => fill.rows(&batch),
            None => Ok(batch),
        });
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
