//! A JSON value becomes a cell of a column's type.

use convolake_model::{ColumnType, DateSpelling};

use crate::dates;
use crate::json::{Json, Kind};
use crate::leftover::Extra;
use crate::numbers;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Whole(i64),
    /// By its bits, so that 0 and -0 differ.
    Double(u64),
    Bool(bool),
    Instant(i64),
    Day(i32),
    List(Vec<Option<String>>),
    Extra(Extra),
}

/// The cell, and whether the value itself can be had from it again; `None` where the value does not fit.
pub(crate) fn cell(
    value: &Json<'_>,
    column_type: ColumnType,
    spelling: &DateSpelling,
) -> Option<(Cell, bool)> {
    // A number, or a text that spells one.
    let number = match &value.kind {
        Kind::Number => Some((value.text, true)),
        Kind::Text(text) => Some((text.as_str(), false)),
        _ => None,
    };
    match column_type {
        ColumnType::Json => Some((Cell::Text(value.text.to_owned()), true)),
        ColumnType::String => match value.kind {
            Kind::Number | Kind::Bool(_) => Some((Cell::Text(value.text.to_owned()), false)),
            _ => value.string().map(|text| (Cell::Text(text.to_owned()), true)),
        },
        ColumnType::Bool => match value.kind {
            Kind::Bool(is_true) => Some((Cell::Bool(is_true), true)),
            _ => None,
        },
        ColumnType::Int64 | ColumnType::Int32 => {
            let (text, is_number) = number?;
            let whole = numbers::whole(text)?;
            let fits = column_type == ColumnType::Int64 || i32::try_from(whole).is_ok();
            fits.then_some((Cell::Whole(whole), is_number))
        }
        ColumnType::Float64 => {
            let (text, is_number) = number?;
            let (double, exact) = numbers::double(text)?;
            Some((Cell::Double(double.to_bits()), is_number && exact))
        }
        ColumnType::Timestamp => {
            dates::instant(value, spelling).map(|(micros, exact)| (Cell::Instant(micros), exact))
        }
        ColumnType::Date => dates::day(value, spelling).map(|(day, exact)| (Cell::Day(day), exact)),
        ColumnType::StringList => match &value.kind {
            Kind::Text(text) => Some((Cell::List(vec![Some(text.clone())]), false)),
            Kind::Array(elements) => {
                let text = |element: &Json<'_>| match &element.kind {
                    Kind::Null => Some(None),
                    Kind::Text(text) => Some(Some(text.clone())),
                    _ => None,
                };
                elements.iter().map(text).collect::<Option<_>>().map(|texts| (Cell::List(texts), true))
            }
            _ => None,
        },
    }
}
