//! Rows become a Parquet file of their own, part by part; equal rows are equal bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use convolake_engine::io_words;
use convolake_model::ColumnType;
use polars::io::parquet::write::{BatchedWriter, KeyValueMetadata};
use polars::prelude::*;
use polars_parquet::write::schema_to_metadata_key;

use crate::failure::{Failure, of_polars};

/// Rows of a row group.
const GROUP_ROWS: usize = 64 * 1024;

/// A file that rows are written to part by part. How they come about does not show in its bytes.
pub(super) struct RowsFile {
    path: PathBuf,
    writer: Option<BatchedWriter<BufWriter<File>>>,
    /// Rows that no row group has yet: fewer than one takes.
    pending: DataFrame,
    rows: RowsWritten,
}

/// What a file's rows are.
#[derive(Debug, Default)]
pub(super) struct RowsWritten {
    pub(super) n_rows: u64,
    /// The columns as the lake knows them.
    pub(super) columns: Vec<(String, ColumnType)>,
    /// Least and greatest value of each column of instants, in microseconds.
    pub(super) instants: BTreeMap<String, (i64, i64)>,
}

impl RowsFile {
    /// A file at this place, once rows come.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, writer: None, pending: DataFrame::empty(), rows: RowsWritten::default() }
    }

    /// Takes rows that come behind those that are there, of the same columns.
    pub(super) fn push(&mut self, rows: DataFrame) -> Result<(), Failure> {
        let failed = |error: PolarsError| of_polars("writing a derived table", &error);
        self.rows.note(&rows);
        if self.writer.is_none() {
            self.writer = Some(begin(rows.schema(), &self.path)?);
            self.pending = rows;
        } else {
            self.pending.vstack_mut_owned(rows).map_err(failed)?;
        }
        while self.pending.height() >= GROUP_ROWS {
            let group = self.pending.slice(0, GROUP_ROWS);
            self.pending = self.pending.slice(i64::try_from(GROUP_ROWS).unwrap_or(i64::MAX), usize::MAX);
            self.write_group(group)?;
        }
        Ok(())
    }

    /// Writes what is left; gives what was written, and where.
    pub(super) fn finish(mut self) -> Result<(RowsWritten, PathBuf), Failure> {
        let rest = std::mem::take(&mut self.pending);
        self.write_group(rest)?;
        if let Some(writer) = &self.writer {
            writer.finish().map_err(|error| of_polars("writing a derived table", &error))?;
        }
        Ok((self.rows, self.path))
    }

    fn write_group(&mut self, mut group: DataFrame) -> Result<(), Failure> {
        group.rechunk_mut_par();
        match &mut self.writer {
            Some(writer) => {
                writer.write_batch(&group).map_err(|error| of_polars("writing a derived table", &error))
            }
            None => Ok(()),
        }
    }
}

impl RowsWritten {
    fn note(&mut self, rows: &DataFrame) {
        self.n_rows += u64::try_from(rows.height()).unwrap_or(u64::MAX);
        if self.columns.is_empty() {
            self.columns = columns(rows);
        }
        for (name, (least, greatest)) in instants(rows) {
            let bounds = self.instants.entry(name).or_insert((least, greatest));
            *bounds = (bounds.0.min(least), bounds.1.max(greatest));
        }
    }
}

fn begin(schema: &SchemaRef, path: &Path) -> Result<BatchedWriter<BufWriter<File>>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::other(format!("could not write {}: {}", path.display(), io_words(&error)))
    };
    let file = BufWriter::new(File::create(path).map_err(failed)?);
    let writer = ParquetWriter::new(file)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::full())
        .with_key_value_metadata(Some(arrow_schema(schema)));
    writer.batched(schema).map_err(|error| of_polars("writing a derived table", &error))
}

/// What readers of Arrow are told of the columns: the types that tables of pipelines have, where Polars would name those of its own memory,
/// which not every reader takes (text views, large lists).
fn arrow_schema(schema: &Schema) -> KeyValueMetadata {
    let plain = |(name, data_type): (&PlSmallStr, &DataType)| {
        let data_type = plain(data_type.to_arrow(CompatLevel::oldest()));
        (name.clone(), ArrowField::new(name.clone(), data_type, true))
    };
    let told = schema_to_metadata_key(&schema.iter().map(plain).collect());
    KeyValueMetadata::from_static(told.value.map(|value| (told.key, value)).into_iter().collect())
}

fn plain(data_type: ArrowDataType) -> ArrowDataType {
    match data_type {
        ArrowDataType::LargeUtf8 => ArrowDataType::Utf8,
        ArrowDataType::LargeList(mut item) => {
            item.dtype = plain(item.dtype);
            ArrowDataType::List(item)
        }
        other => other,
    }
}

fn columns(rows: &DataFrame) -> Vec<(String, ColumnType)> {
    let column_type = |data_type: &DataType| match data_type {
        DataType::Int32 => ColumnType::Int32,
        DataType::Int64 => ColumnType::Int64,
        DataType::Float64 => ColumnType::Float64,
        DataType::Boolean => ColumnType::Bool,
        DataType::Datetime(..) => ColumnType::Timestamp,
        DataType::Date => ColumnType::Date,
        DataType::List(_) => ColumnType::StringList,
        _ => ColumnType::String,
    };
    rows.columns().iter().map(|column| (column.name().to_string(), column_type(column.dtype()))).collect()
}

fn instants(rows: &DataFrame) -> BTreeMap<String, (i64, i64)> {
    let bounds = |column: &Column| {
        let instants = column.datetime().ok()?.physical();
        Some((column.name().to_string(), (instants.min()?, instants.max()?)))
    };
    rows.columns().iter().filter_map(bounds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_any_size_are_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let n_rows = 2 * GROUP_ROWS + 17;
        let texts: Vec<String> =
            (0..n_rows).map(|row| format!("a text of some length {}", row / 3)).collect();
        let numbers: Vec<Option<i64>> = (0..n_rows as i64).map(|row| (row % 5 > 0).then_some(row)).collect();
        let columns = vec![Column::new("text".into(), texts), Column::new("number".into(), numbers)];
        let rows = DataFrame::new(n_rows, columns).unwrap();
        let bytes = |part: usize| {
            let mut file = RowsFile::new(folder.path().join(part.to_string()));
            // Without a row there is a schema.
            file.push(rows.slice(0, 0)).unwrap();
            for begin in (0..n_rows).step_by(part) {
                file.push(rows.slice(begin as i64, part)).unwrap();
            }
            let (written, path) = file.finish().unwrap();
            assert_eq!(written.n_rows, n_rows as u64);
            std::fs::read(path).unwrap()
        };
        let whole = bytes(n_rows);
        for part in [1_000, GROUP_ROWS, GROUP_ROWS + 1] {
            assert!(bytes(part) == whole, "parts of {part} rows");
        }
    }
}
