//! What lets files be passed over without opening them, in the form that Polars evaluates a predicate's refusals on.

use polars::prelude::{
    Column, DataFrame, DataType, IDX_DTYPE, IntoColumn, NamedFrom, PolarsResult, Schema, Series,
};

use super::LakeFile;
use super::scan::MONTH;
use super::table::instant;

/// A row a file: its number of rows, and of each column least value, greatest value and number of nulls, null where not known.
pub(super) fn of_files(files: &[LakeFile], schema: &Schema) -> PolarsResult<DataFrame> {
    let rows: Vec<Option<u32>> = files.iter().map(rows).collect();
    let mut columns = vec![Series::new("len".into(), &rows).into_column().cast(&IDX_DTYPE)?];
    for (name, data_type) in schema.iter() {
        let bounds: Vec<Option<(i64, i64)>> =
            files.iter().map(|file| bounds(file, name, data_type)).collect();
        let n_nulls: Vec<Option<u32>> = files.iter().map(|file| n_nulls(file, name, data_type)).collect();
        columns.push(Series::new(format!("{name}_nc").into(), n_nulls).into_column().cast(&IDX_DTYPE)?);
        for (end, pick) in [("min", least as Pick), ("max", greatest)] {
            let name = format!("{name}_{end}");
            columns.push(match bounds.iter().any(Option::is_some) {
                true => {
                    let values: Vec<Option<i64>> = bounds.iter().map(|bounds| bounds.map(pick)).collect();
                    values_of(&name, &values, data_type)?
                }
                false => Column::full_null(name.into(), files.len(), data_type),
            });
        }
    }
    DataFrame::new(files.len(), columns)
}

type Pick = fn((i64, i64)) -> i64;

fn least((least, _): (i64, i64)) -> i64 {
    least
}

fn greatest((_, greatest): (i64, i64)) -> i64 {
    greatest
}

fn rows(file: &LakeFile) -> Option<u32> {
    u32::try_from(file.rows?).ok()
}

/// Least and greatest value of a column: of instants in microseconds, of dates in days.
fn bounds(file: &LakeFile, name: &str, data_type: &DataType) -> Option<(i64, i64)> {
    match data_type {
        DataType::Date if name == "date" => {
            let days = file.days.as_ref()?;
            Some((days.start.into(), i64::from(days.end) - 1))
        }
        other if *other == instant() => file.instants.get(name).copied(),
        _ => None,
    }
}

fn n_nulls(file: &LakeFile, name: &str, data_type: &DataType) -> Option<u32> {
    match data_type {
        DataType::Date if name == "date" => match file.days {
            Some(_) => Some(0),
            None => rows(file),
        },
        DataType::String if name == MONTH && file.partition.is_none() => rows(file),
        _ => None,
    }
}

fn values_of(name: &str, values: &[Option<i64>], data_type: &DataType) -> PolarsResult<Column> {
    let series = Series::new(name.into(), values);
    let series = match data_type {
        DataType::Date => series.cast(&DataType::Int32)?.cast(data_type)?,
        _ => series.cast(data_type)?,
    };
    Ok(series.into_column())
}
