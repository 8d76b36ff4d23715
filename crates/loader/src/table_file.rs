//! One Parquet file of a table: how it is written, found and read.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::{KeyValue, ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use crate::load::Shape;
use crate::partition::Partition;
use crate::seal::hex;
use crate::{LoadError, layout};

/// Who made a file, in the spelling that readers parse; the same for all releases, so that equal rows are equal bytes.
const CREATED_BY: &str = "convolake version 1.0.0 (build 1)";
/// The key of the table's schema hash in a file's metadata.
const SCHEMA_KEY: &str = "convolake.schema";
const MAX_GROUP_ROWS: usize = 128 * 1024;
const MAX_GROUP_BYTES: usize = 32 * 1024 * 1024;
/// Rows read at a time: what a cursor of a merge holds.
pub(crate) const READ_ROWS: usize = 2048;

/// A table file in the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableFile {
    pub(crate) partition: Partition,
    pub(crate) path: PathBuf,
}

/// The files of a pipeline's part of a table, sorted by partition.
pub(crate) fn list(root: &Path, table: &str, pipeline: &str) -> Result<Vec<TableFile>, LoadError> {
    let folder = root.join(layout::table(table, pipeline));
    let mut files = Vec::new();
    for date in entries(&folder)? {
        for part in entries(&folder.join(&date))? {
            if let Some(partition) = Partition::parse(&format!("{date}/{part}")) {
                files.push(TableFile { partition, path: folder.join(&date).join(part) });
            }
        }
    }
    files.sort_unstable_by_key(|file| file.partition);
    Ok(files)
}

/// The names in a folder; none where it is absent or no folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<String>, LoadError> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
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
    path: PathBuf,
    builder: ParquetRecordBatchReaderBuilder<File>,
}

impl TableFileReader {
    pub(crate) fn open(path: &Path) -> Result<Self, LoadError> {
        let file = File::open(path).map_err(LoadError::file("open the table file", path))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(LoadError::parquet("read the footer of", path))?;
        Ok(Self { path: path.to_owned(), builder })
    }

    pub(crate) fn metadata(&self) -> &ParquetMetaData {
        self.builder.metadata()
    }

    pub(crate) fn n_rows(&self) -> u64 {
        u64::try_from(self.metadata().file_metadata().num_rows()).unwrap_or_default()
    }

    pub(crate) fn n_bytes(&self) -> Result<u64, LoadError> {
        Ok(fs::metadata(&self.path).map_err(LoadError::file("look at the table file", &self.path))?.len())
    }

    /// True where the file was written for the table as it is.
    pub(crate) fn has_schema(&self, shape: &Shape) -> bool {
        let pairs = self.metadata().file_metadata().key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        pairs.iter().any(|pair| pair.key == SCHEMA_KEY && pair.value.as_deref() == Some(shape.hash.as_str()))
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
        let mut builder = self.builder.with_batch_size(READ_ROWS);
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
        let reader = builder.build().map_err(LoadError::parquet("read", &self.path))?;
        Ok(TableFileRows { path: self.path, reader })
    }
}

/// The rows of a table file, batch by batch.
pub(crate) struct TableFileRows {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl Iterator for TableFileRows {
    type Item = Result<RecordBatch, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|error| LoadError::parquet("read", &self.path)(error.into())))
    }
}

/// A file as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// A table file being written. Equal batches give equal bytes.
pub(crate) struct TableFileWriter {
    path: PathBuf,
    writer: ArrowWriter<Hashing<BufWriter<File>>>,
    rows: u64,
}

impl TableFileWriter {
    pub(crate) fn create(path: PathBuf, shape: &Shape) -> Result<Self, LoadError> {
        let file = File::create(&path).map_err(LoadError::file("create the table file", &path))?;
        let sink = Hashing { sink: BufWriter::with_capacity(256 * 1024, file), hash: Sha256::new(), n_bytes: 0 };
        let writer = ArrowWriter::try_new(sink, shape.schema.clone(), Some(properties(shape)))
            .map_err(LoadError::parquet("begin", &path))?;
        Ok(Self { path, writer, rows: 0 })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LoadError> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(LoadError::parquet("write", &self.path))
    }

    /// Writes the footer and makes the file's content durable.
    pub(crate) fn finish(self) -> Result<Written, LoadError> {
        let sink = self.writer.into_inner().map_err(LoadError::parquet("finish", &self.path))?;
        let failed = || LoadError::file("sync the table file", &self.path);
        let file = sink.sink.into_inner().map_err(|error| failed()(error.into_error()))?;
        file.sync_all().map_err(failed())?;
        Ok(Written { rows: self.rows, bytes: sink.n_bytes, sha256: hex(&sink.hash.finalize()) })
    }
}

fn properties(shape: &Shape) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(MAX_GROUP_ROWS))
        .set_max_row_group_bytes(Some(MAX_GROUP_BYTES))
        .set_key_value_metadata(Some(vec![KeyValue::new(SCHEMA_KEY.to_owned(), shape.hash.clone())]))
        .set_sorting_columns(sorting(shape));
    for column in &shape.key {
        let field = shape.schema.field(*column);
        if *field.data_type() == arrow_schema::DataType::Utf8 {
            properties = properties.set_column_bloom_filter_enabled(ColumnPath::from(field.name().as_str()), true);
        }
    }
    properties.build()
}

/// The order as Parquet states it: by leaf, which is a column's position while no list stands before it.
fn sorting(shape: &Shape) -> Option<Vec<SortingColumn>> {
    let is_list = |column: usize| matches!(shape.schema.field(column).data_type(), arrow_schema::DataType::List(_));
    let sorting = shape.order.iter().map(|column| {
        let leaf = i32::try_from(*column).ok()?;
        (!is_list(*column)).then_some(SortingColumn { column_idx: leaf, descending: false, nulls_first: true })
    });
    sorting.collect()
}

struct Hashing<W> {
    sink: W,
    hash: Sha256,
    n_bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.sink.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.n_bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.sink.flush()
    }
}
