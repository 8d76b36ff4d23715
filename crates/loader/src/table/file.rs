//! The table files that are there: how they are found and read.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::rows::batch::{BATCH_BYTES, batch_rows};
use crate::storage::lake_storage::LakeStorage;
use crate::storage::lake_storage::Place;
use crate::storage::remote_file::{RemoteFile, fetch_ends};
use crate::table::bytes::TableBytes;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::{LoadError, paths};

/// The key of the table's schema hash in a file's metadata.
pub(crate) const SCHEMA_KEY: &str = "convolake.schema";
/// Rows read at a time, unless they are wide: what a cursor of a merge holds.
const READ_ROWS: usize = 2048;

/// A table file in the lake.
#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub(crate) partition: Partition,
    pub(crate) place: TablePlace,
    /// False where it surely holds no row that may have to give way to those of a load.
    pub(crate) is_touched: bool,
}

/// Where a table file stands.
#[derive(Debug, Clone)]
pub(crate) enum TablePlace {
    Disk(PathBuf),
    Remote(Arc<RemoteFile>),
}

impl TableFile {
    /// The version that is read, where versions are told apart.
    pub(crate) fn version(&self) -> Option<&str> {
        match &self.place {
            TablePlace::Disk(_) => None,
            TablePlace::Remote(file) => file.version(),
        }
    }

    /// What tells this file from any other that stood or will stand under its name; `None` where nothing does.
    pub(crate) fn stamp(&self) -> Result<Option<String>, LoadError> {
        match &self.place {
            TablePlace::Disk(path) => stamp(path).map(Some),
            TablePlace::Remote(file) => Ok(file.version().map(str::to_owned)),
        }
    }
}

/// The stamp of a file on disk: a file and its successor exist side by side before one is renamed over the other, so their
/// numbers differ; one that was copied or brought back has another number or time.
pub(crate) fn stamp(path: &Path) -> Result<String, LoadError> {
    let failed = || LoadError::file("look at the table file", path);
    let metadata = fs::metadata(path).map_err(failed())?;
    let modified = metadata.modified().map_err(failed())?;
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let number = 0;
    Ok(format!("{}-{}-{number}", metadata.len(), since.as_nanos()))
}

/// Columns as a projection gives them, in the file's order, and for each one asked for its place among them.
pub(crate) fn in_file_order(columns: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut ordered = columns.to_vec();
    ordered.sort_unstable();
    ordered.dedup();
    let places = columns.iter().map(|column| ordered.binary_search(column).unwrap_or_default()).collect();
    (ordered, places)
}

impl TablePlace {
    pub(crate) fn n_bytes(&self) -> Result<u64, LoadError> {
        match self {
            Self::Disk(path) => {
                Ok(fs::metadata(path).map_err(LoadError::file("look at the table file", path))?.len())
            }
            Self::Remote(file) => Ok(file.n_bytes()),
        }
    }

    /// For messages.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Disk(path) => path,
            Self::Remote(file) => file.name(),
        }
    }
}

/// Prepares to read the footers of all these files, where each would be waited for.
pub(crate) fn fetch_footers<'a>(files: impl IntoIterator<Item = &'a TableFile>) {
    let remote: Vec<&RemoteFile> = files
        .into_iter()
        .filter_map(|file| match &file.place {
            TablePlace::Disk(_) => None,
            TablePlace::Remote(file) => Some(&**file),
        })
        .collect();
    if remote.len() > 1 {
        fetch_ends(remote.into_iter());
    }
}

/// The files of a pipeline's part of a table, sorted by partition.
pub(crate) fn list(lake: &LakeStorage, table: &str, pipeline: &str) -> Result<Vec<TableFile>, LoadError> {
    let folder = paths::table(table, pipeline);
    let mut files = match &lake.place {
        Place::Folder(root) => list_folder(&root.join(folder))?,
        Place::Bucket(bucket) => bucket.list_table(&lake.objects, &folder)?,
    };
    files.sort_unstable_by_key(|file| file.partition);
    Ok(files)
}

fn list_folder(folder: &Path) -> Result<Vec<TableFile>, LoadError> {
    let mut files = Vec::new();
    for date in entries(folder)? {
        for part in entries(&folder.join(&date))? {
            if let Some(partition) = Partition::parse(&format!("{date}/{part}")) {
                let place = TablePlace::Disk(folder.join(&date).join(part));
                files.push(TableFile { partition, place, is_touched: true });
            }
        }
    }
    Ok(files)
}

/// The names in a folder; none where it is absent or no folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<String>, LoadError> {
    use std::io::ErrorKind::NotADirectory;
    use std::io::ErrorKind::NotFound;
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
        other => other.map_err(LoadError::file("list the folder", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(LoadError::file("list the folder", folder))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// A table file being read: its footer, and from there its rows.
#[derive(Debug)]
pub(crate) struct TableFileReader {
    place: TablePlace,
    builder: ParquetRecordBatchReaderBuilder<TableBytes>,
}

impl TableFileReader {
    pub(crate) fn open(file: &TableFile) -> Result<Self, LoadError> {
        Self::open_at(file.place.clone())
    }

    pub(crate) fn open_at(place: TablePlace) -> Result<Self, LoadError> {
        let bytes = match &place {
            TablePlace::Disk(path) => {
                TableBytes::Disk(File::open(path).map_err(LoadError::file("open the table file", path))?)
            }
            TablePlace::Remote(file) => TableBytes::Remote(Arc::clone(file)),
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .map_err(|error| failed("read the footer of", &place, error))?;
        Ok(Self { place, builder })
    }

    pub(crate) fn metadata(&self) -> &ParquetMetaData {
        self.builder.metadata()
    }

    pub(crate) fn n_rows(&self) -> u64 {
        u64::try_from(self.metadata().file_metadata().num_rows()).unwrap_or_default()
    }

    pub(crate) fn n_bytes(&self) -> Result<u64, LoadError> {
        self.place.n_bytes()
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
        let reader = builder.build().map_err(|error| failed("read", &self.place, error))?;
        Ok(TableFileRows { place: self.place, reader })
    }
}

/// The rows of a table file, batch by batch.
#[derive(Debug)]
pub(crate) struct TableFileRows {
    place: TablePlace,
    reader: ParquetRecordBatchReader,
}

impl Iterator for TableFileRows {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|error| failed("read", &self.place, error.into())))
    }
}

/// Why the bytes could not be had, rather than that Parquet has not got them.
fn failed(act: &'static str, place: &TablePlace, error: ParquetError) -> LoadError {
    match place {
        TablePlace::Remote(file) => file.take_failure(),
        TablePlace::Disk(_) => None,
    }
    .unwrap_or_else(|| LoadError::parquet(act, place.path())(error))
}
