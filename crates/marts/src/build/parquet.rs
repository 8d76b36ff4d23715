//! Rows become a Parquet file of their own; equal rows are equal bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use convolake_engine::io_words;
use convolake_model::ColumnType;
use polars::io::parquet::write::KeyValueMetadata;
use polars::prelude::*;
use polars_parquet::write::schema_to_metadata_key;

use crate::failure::{Failure, of_polars};

/// Rows of a row group.
const GROUP_ROWS: usize = 64 * 1024;

/// Writes the rows to a file, whole.
pub(super) fn write(rows: &mut DataFrame, path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::other(format!("could not write {}: {}", path.display(), io_words(&error)))
    };
    let file = BufWriter::new(File::create(path).map_err(failed)?);
    // How rows came about must not show in the bytes.
    rows.rechunk_mut_par();
    let writer = ParquetWriter::new(file)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::full())
        .with_row_group_size(Some(GROUP_ROWS))
        .with_key_value_metadata(Some(arrow_schema(rows.schema())));
    writer.finish(rows).map_err(|error| of_polars("writing a derived table", &error))?;
    Ok(())
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

/// The columns as the lake knows them.
pub(super) fn columns(rows: &DataFrame) -> Vec<(String, ColumnType)> {
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

/// Least and greatest value of each column of instants, in microseconds.
pub(super) fn instants(rows: &DataFrame) -> BTreeMap<String, (i64, i64)> {
    let bounds = |column: &Column| {
        let instants = column.datetime().ok()?.physical();
        Some((column.name().to_string(), (instants.min()?, instants.max()?)))
    };
    rows.columns().iter().filter_map(bounds).collect()
}
