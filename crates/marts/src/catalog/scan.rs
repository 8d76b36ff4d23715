//! Files of a table as one lazy frame, whose rows have `source`, `date` and `month` wherever these are told.

use std::sync::{Arc, Mutex};

use convolake_model::PartitionBy;
use either::Either;
use polars::prelude::{
    Column, CompatLevel, DataFrame, DataType, ExtraColumnsPolicy, Field, IntoColumn, IntoLazy, LazyFrame,
    MissingColumnsPolicy, NamedFrom, ParquetOptions, PolarsResult, Schema, SchemaExt, Series,
    UnifiedScanArgs, UnionArgs, col, concat, lit,
};
use polars_plan::dsl::{DslPlan, FileScanDsl, FileScanIR, ScanSources, TableStatistics};
use polars_plan::plans::{FileInfo, IR};

use super::place::Place;
use super::{CatalogTable, LakeFile, statistics};

/// The pipeline whose row it is.
pub(crate) const SOURCE: &str = "source";
/// The UTC date by which a row is filed.
pub(crate) const DATE: &str = "date";
/// The month of that date, as in `2025-04`.
pub(crate) const MONTH: &str = "month";

/// All rows of a table: `source` first, then the columns of its files, then `date` and `month`.
///
/// `columns` are those of its files where the table does not tell them.
pub(super) fn frame(table: &CatalogTable, columns: &Schema, place: &Place) -> PolarsResult<LazyFrame> {
    let columns = match table.columns.is_empty() {
        true => columns,
        false => &table.columns,
    };
    let kinds = [PartitionBy::Month, PartitionBy::Day].into_iter();
    let kinds = kinds.flat_map(|by| [Told::Partition, Told::Nothing].map(|told| (by, told)));
    let frames = kinds.filter_map(|(by, told)| {
        let is_meant = |file: &&LakeFile| file.partition_by == by && Told::of(file) == told;
        let files: Vec<LakeFile> = table.files.iter().filter(is_meant).cloned().collect();
        (!files.is_empty()).then(|| of_kind(by, told, &files, columns, place))
    });
    let mut frames = frames.collect::<PolarsResult<Vec<LazyFrame>>>()?;
    let names = columns.iter_names().map(|name| name.as_str()).filter(|name| !is_told(name));
    let order: Vec<_> = [SOURCE].into_iter().chain(names).chain([DATE, MONTH]).map(col).collect();
    if frames.is_empty() {
        let mut schema = columns.clone();
        schema.extend(told().map(|(name, data_type)| (name.into(), data_type)));
        return Ok(DataFrame::empty_with_schema(&schema).lazy().select(order));
    }
    for frame in &mut frames {
        *frame = std::mem::take(frame).select(order.clone());
    }
    match frames.len() {
        1 => Ok(frames.remove(0)),
        _ => concat(frames, UnionArgs { maintain_order: false, ..UnionArgs::default() }),
    }
}

/// The columns that are told of a file rather than by it.
fn told() -> [(&'static str, DataType); 3] {
    [(SOURCE, DataType::String), (DATE, DataType::Date), (MONTH, DataType::String)]
}

fn is_told(name: &str) -> bool {
    told().iter().any(|(told, _)| *told == name)
}

/// Whether a file's partition is a day or month, or that of the rows without a date.
///
/// Polars takes the files whose told columns meet a condition, and a null there for whatever bit lies below it: those of the rows
/// without a date are scanned apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Partition,
    Nothing,
}

impl Told {
    fn of(file: &LakeFile) -> Self {
        match file.partition {
            Some(_) => Self::Partition,
            None => Self::Nothing,
        }
    }
}

/// The rows of files whose partitions are of one kind: by days `date` is told of a file, by months it is a column of it.
fn of_kind(
    by: PartitionBy,
    told: Told,
    files: &[LakeFile],
    columns: &Schema,
    place: &Place,
) -> PolarsResult<LazyFrame> {
    let mut in_files = columns.clone();
    in_files.retain(|name, _| !is_told(name) || (by == PartitionBy::Month && name == DATE));
    // A mart may be without dates.
    let has_date = by == PartitionBy::Day || in_files.contains(DATE);
    if told == Told::Nothing {
        // Columns that no file has are null.
        in_files.extend([Field::new(MONTH.into(), DataType::String)]);
        if by == PartitionBy::Day {
            in_files.extend([Field::new(DATE.into(), DataType::Date)]);
        }
    }
    let told_of_files = told_of(by, told, files)?;
    let mut all = in_files.clone();
    all.extend(told_of_files.schema().iter_fields());
    let statistics = statistics::of_files(files, &all)?;
    let frame = scan(files, place, reader_info(all, &in_files, files), told_of_files, statistics);
    Ok(match has_date {
        true => frame,
        false => frame.with_column(lit(polars::prelude::NULL).cast(DataType::Date).alias(DATE)),
    })
}

/// A row a file: what is told of its rows.
fn told_of(by: PartitionBy, told: Told, files: &[LakeFile]) -> PolarsResult<DataFrame> {
    let texts = |name: &str, value: fn(&LakeFile) -> Option<&str>| {
        let values: Vec<Option<&str>> = files.iter().map(value).collect();
        Series::new(name.into(), values).into_column()
    };
    let mut columns: Vec<Column> = vec![texts(SOURCE, |file| Some(&file.source))];
    if told == Told::Partition {
        columns.push(texts(MONTH, LakeFile::month));
    }
    if by == PartitionBy::Day && told == Told::Partition {
        let days: Vec<Option<i32>> =
            files.iter().map(|file| file.days.as_ref().map(|days| days.start)).collect();
        columns.push(Series::new(DATE.into(), days).cast(&DataType::Date)?.into_column());
    }
    DataFrame::new(files.len(), columns)
}

/// What is known of the files: all columns of their rows, and those that they have themselves.
fn reader_info(all: Schema, in_files: &Schema, files: &[LakeFile]) -> FileInfo {
    let rows: Option<u64> = files.iter().map(|file| file.rows).sum();
    let rows = rows.and_then(|rows| usize::try_from(rows).ok());
    FileInfo {
        schema: Arc::new(all),
        reader_schema: Some(Either::Left(Arc::new(in_files.to_arrow(CompatLevel::newest())))),
        row_estimation: (rows, rows.unwrap_or(usize::MAX)),
    }
}

/// A scan as Polars itself would plan it, had it listed the files and told their partitions from the names of folders.
fn scan(
    files: &[LakeFile],
    place: &Place,
    file_info: FileInfo,
    told: DataFrame,
    statistics: DataFrame,
) -> LazyFrame {
    let sources = ScanSources::Paths(files.iter().map(|file| place.path(&file.name)).collect());
    let options = ParquetOptions { use_statistics: true, ..ParquetOptions::default() };
    let unified_scan_args = Box::new(UnifiedScanArgs {
        cloud_options: place.cloud.clone(),
        glob: false,
        // What a file does not have is null: it was written before the column came.
        missing_columns_policy: MissingColumnsPolicy::Insert,
        // A run that began after the commit was read may have brought a column.
        extra_columns_policy: ExtraColumnsPolicy::Ignore,
        table_statistics: Some(TableStatistics(Arc::new(statistics))),
        row_count: file_info.row_estimation.0.map(|rows| (rows as u64, 0)),
        ..UnifiedScanArgs::default()
    });
    let planned = IR::Scan {
        sources: sources.clone(),
        file_info,
        hive_parts: Some(told.into()),
        predicate: None,
        predicate_file_skip_applied: None,
        output_schema: None,
        scan_type: Box::new(FileScanIR::Parquet {
            options: options.clone(),
            first_metadata: None,
            metadata_per_source: None,
        }),
        unified_scan_args: unified_scan_args.clone(),
    };
    LazyFrame::from(DslPlan::Scan {
        sources,
        unified_scan_args,
        scan_type: Box::new(FileScanDsl::Parquet { options }),
        cached_ir: Arc::new(Mutex::new(Some(planned))),
    })
}
