//! The raw text of a JSON value becomes a cell of a column's type.

use std::borrow::Cow;

use convolake_model::{ColumnType, DateSpelling};

use super::cell::Cell;
use crate::dates::{self, LastDay};
use crate::json::{self, Raw, list};

/// A cell, and whether it holds the value it was made from losslessly.
#[derive(Clone, Copy)]
pub(crate) struct Converted<'a> {
    pub(crate) cell: Cell<'a>,
    pub(crate) is_lossless: bool,
}

/// Converts the raw text of a value that is not null; `None` where it does not fit the type, or is a text with escapes. Where a text
/// stands, a number or boolean is the text it is written as; `extra` then tells that it was none.
#[inline(always)]
pub(crate) fn convert<'a>(
    raw: Raw<'a>,
    column_type: ColumnType,
    spelling: &DateSpelling,
    last_day: &mut LastDay,
) -> Option<Converted<'a>> {
    let text = match column_type {
        ColumnType::Json => raw.text,
        ColumnType::String => match raw.plain() {
            Some(text) => text,
            None => return scalar_text(raw),
        },
        _ => return convert_other(raw, column_type, spelling, last_day),
    };
    Some(Converted { cell: Cell::Text(text), is_lossless: true })
}

/// A number or boolean as it is written.
#[cold]
fn scalar_text(raw: Raw<'_>) -> Option<Converted<'_>> {
    let is_scalar = matches!(raw.text.as_bytes().first(), Some(b'-' | b'0'..=b'9' | b't' | b'f'));
    is_scalar.then_some(Converted { cell: Cell::Text(raw.text), is_lossless: false })
}

/// [`convert`] to a type that is no text.
fn convert_other<'a>(
    raw: Raw<'a>,
    column_type: ColumnType,
    spelling: &DateSpelling,
    last_day: &mut LastDay,
) -> Option<Converted<'a>> {
    let exactly = |cell| Some(Converted { cell, is_lossless: true });
    let text_of_number = || match raw.text.as_bytes().first() {
        Some(b'"') => json::text(raw).map(|text| (text, false)),
        Some(b'-' | b'0'..=b'9') => Some((Cow::Borrowed(raw.text), true)),
        _ => None,
    };
    match column_type {
        ColumnType::Json | ColumnType::String => None,
        ColumnType::Bool => match raw.text {
            "true" => exactly(Cell::Bool(true)),
            "false" => exactly(Cell::Bool(false)),
            _ => None,
        },
        ColumnType::Int32 | ColumnType::Int64 => {
            let (text, is_lossless) = text_of_number()?;
            let value = json::integer(&text)?;
            if column_type == ColumnType::Int32 && i32::try_from(value).is_err() {
                return None;
            }
            Some(Converted { cell: Cell::Integer(value), is_lossless })
        }
        ColumnType::Float64 => {
            let (text, is_number) = text_of_number()?;
            let (value, exact) = json::double(&text)?;
            Some(Converted { cell: Cell::Double(value), is_lossless: is_number && exact })
        }
        ColumnType::Timestamp => {
            let instant = dates::instant(raw, spelling, last_day)?;
            Some(Converted { cell: Cell::Instant(instant.microseconds), is_lossless: instant.is_lossless })
        }
        ColumnType::Date => {
            let (day, is_lossless) = dates::day(raw, spelling, last_day)?;
            Some(Converted { cell: Cell::Day(day), is_lossless })
        }
        ColumnType::StringList => {
            let is_lossless = list::is_list(raw.text)?;
            Some(Converted { cell: Cell::List(raw.text), is_lossless })
        }
    }
}
