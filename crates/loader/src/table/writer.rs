//! A table file being written: its encodings, its statistics, and its content's hash.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, Date32Array, RecordBatch};
use convolake_batch::PhysicalType;
use convolake_model::Repeats;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use crate::LoadError;
use crate::storage::digest::hex;
use crate::table::field_ids::numbered;
use crate::table::file::SCHEMA_KEY;
use crate::table::layout::TableLayout;

/// Who made a file, in the spelling that readers parse; the same for all releases, so that equal rows are equal bytes.
const CREATED_BY: &str = "convolake version 1.0.0 (build 1)";
const MAX_GROUP_ROWS: usize = 128 * 1024;
const MAX_GROUP_BYTES: usize = 32 * 1024 * 1024;
/// A row group ends where the date changes, once it has as many rows: so days of many rows have groups of their own, and those of few
/// share one.
const MIN_GROUP_ROWS: usize = 8 * 1024;
/// Beyond this, ids are written as they are.
const MAX_ID_DICTIONARY_BYTES: usize = 16 * 1024;

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
    /// The column of the date that rows are sorted by, if the files have one.
    date: Option<usize>,
    /// The date of the row that was written last.
    last_date: Option<i32>,
}

impl TableFileWriter {
    /// Begins a file of at most `max_rows` rows.
    pub(crate) fn create(path: PathBuf, layout: &TableLayout, max_rows: u64) -> Result<Self, LoadError> {
        let file = File::create(&path).map_err(LoadError::file("create the table file", &path))?;
        let sink =
            Hashing { sink: BufWriter::with_capacity(256 * 1024, file), hash: Sha256::new(), n_bytes: 0 };
        let mut properties = properties(layout, max_rows);
        // Readers are told of texts, though they come as bytes.
        add_encoded_arrow_schema_to_metadata(&layout.schema, &mut properties);
        let schema = ArrowSchemaConverter::new().convert(&numbered(&layout.schema, &layout.field_ids));
        let options = |schema| {
            let options = ArrowWriterOptions::new().with_properties(properties);
            options.with_parquet_schema(schema).with_skip_arrow_metadata(true)
        };
        let writer = schema.map(options);
        let writer = writer.and_then(|options| {
            ArrowWriter::try_new_with_options(sink, layout.write_schema.clone(), options)
        });
        let writer = writer.map_err(LoadError::parquet("begin", &path))?;
        let date = layout.pushed.date.map(|date| layout.pushed.in_table[date]);
        Ok(Self { path, writer, rows: 0, date, last_date: None })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LoadError> {
        self.rows += batch.num_rows() as u64;
        let dates = self.date.and_then(|date| batch.column(date).as_primitive_opt::<Date32Type>());
        self.write_by_date(batch, dates).map_err(LoadError::parquet("write", &self.path))
    }

    fn write_by_date(
        &mut self,
        batch: &RecordBatch,
        dates: Option<&Date32Array>,
    ) -> Result<(), ParquetError> {
        let Some(dates) = dates else { return self.writer.write(batch) };
        let mut written = 0;
        for row in 0..batch.num_rows() {
            let date = dates.is_valid(row).then(|| dates.value(row));
            if std::mem::replace(&mut self.last_date, date) == date {
                continue;
            }
            if self.writer.in_progress_rows() + row - written >= MIN_GROUP_ROWS {
                self.writer.write(&batch.slice(written, row - written))?;
                self.writer.flush()?;
                written = row;
            }
        }
        self.writer.write(&batch.slice(written, batch.num_rows() - written))
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

/// How the columns are encoded: the settings that took the least CPU to write at the least size, by
/// `cargo run --release -p convolake-bench --bin parquet_settings`.
fn properties(layout: &TableLayout, max_rows: u64) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_max_row_group_row_count(Some(MAX_GROUP_ROWS))
        .set_max_row_group_bytes(Some(MAX_GROUP_BYTES))
        .set_key_value_metadata(Some(vec![KeyValue::new(SCHEMA_KEY.to_owned(), layout.hash.clone())]))
        .set_sorting_columns(sorting(layout));
    // A filter begins with room for so many values and is folded to what it needs: that is all that is written.
    let max_values = max_rows.clamp(1, MAX_GROUP_ROWS as u64).next_power_of_two();
    for (position, (column, field)) in layout.columns.iter().zip(layout.schema.fields()).enumerate() {
        let path = || ColumnPath::from(field.name().as_str());
        let is_key = layout.key.contains(&position);
        let is_first = layout.order.first() == Some(&position);
        properties = match column.physical_type {
            // To look for the few texts that come again would cost more than all else.
            PhysicalType::Text if column.repeats == Repeats::Rarely => properties
                .set_column_dictionary_enabled(path(), false)
                .set_column_encoding(path(), Encoding::PLAIN),
            // Of ids in a file there are few, each in many rows, or many, each in one.
            PhysicalType::Text if is_key => properties
                .set_column_encoding(path(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
                .set_column_dictionary_page_size_limit(path(), MAX_ID_DICTIONARY_BYTES),
            PhysicalType::Text => properties.set_column_encoding(path(), Encoding::PLAIN),
            PhysicalType::Int32 | PhysicalType::Int64 | PhysicalType::Timestamp | PhysicalType::Date => {
                properties
                    .set_column_dictionary_enabled(path(), false)
                    .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED)
            }
            PhysicalType::Float64 | PhysicalType::Bool | PhysicalType::TextList => properties,
        };
        let statistics = match column.physical_type {
            // In every file there are texts from one end of what there is to the other, but for those that tell whose rows
            // it holds.
            PhysicalType::Text if !is_first && !layout.unit.contains(&position) => {
                Some(EnabledStatistics::None)
            }
            // Readers skip pages by time, and by what a file is sorted by.
            PhysicalType::Timestamp => Some(EnabledStatistics::Page),
            PhysicalType::Text
            | PhysicalType::Int32
            | PhysicalType::Int64
            | PhysicalType::Float64
            | PhysicalType::Bool
            | PhysicalType::Date
            | PhysicalType::TextList => layout.order.contains(&position).then_some(EnabledStatistics::Page),
        };
        if let Some(statistics) = statistics {
            properties = properties.set_column_statistics_enabled(path(), statistics);
        }
        if is_key && column.physical_type == PhysicalType::Text {
            properties = properties.set_column_bloom_filter_max_ndv(path(), max_values);
        }
    }
    properties.build()
}

/// The order as Parquet states it: by leaf, which is a column's position while no list stands before it.
fn sorting(layout: &TableLayout) -> Option<Vec<SortingColumn>> {
    let sorting = layout.order.iter().map(|column| {
        let leaf = i32::try_from(*column).ok()?;
        let is_list = layout.columns[*column].physical_type == PhysicalType::TextList;
        (!is_list).then_some(SortingColumn { column_idx: leaf, descending: false, nulls_first: true })
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
