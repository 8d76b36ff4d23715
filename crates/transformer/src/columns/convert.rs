//! What a column makes of the raw text in its slots.

use std::borrow::Cow;

use convolake_model::{ColumnType, DateSpelling};

use crate::columns::column::Cell;
use crate::dates::instant::{self, LastDay};
use crate::json;
use crate::json::Raw;
use crate::json::list;

/// A raw value, converted: the cell, and whether the cell gives the value back exactly.
#[derive(Clone, Copy)]
pub(crate) struct Converted<'a> {
    pub(crate) cell: Cell<'a>,
    pub(crate) gives_back: bool,
}

/// Converts the raw text of a value that is not null; `None` where it does not fit the type, or is a text with escapes.
#[inline(always)]
pub(crate) fn convert<'a>(
    raw: Raw<'a>,
    column_type: ColumnType,
    spelling: &DateSpelling,
    last_day: &mut LastDay,
) -> Option<Converted<'a>> {
    let text = match column_type {
        ColumnType::Json => raw.text,
        ColumnType::String => raw.plain()?,
        _ => return convert_other(raw, column_type, spelling, last_day),
    };
    Some(Converted { cell: Cell::Text(text), gives_back: true })
}

/// [`convert`] for what is no text.
fn convert_other<'a>(
    raw: Raw<'a>,
    column_type: ColumnType,
    spelling: &DateSpelling,
    last_day: &mut LastDay,
) -> Option<Converted<'a>> {
    let exactly = |cell| Some(Converted { cell, gives_back: true });
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
            let (text, gives_back) = text_of_number()?;
            let value = json::integer(&text)?;
            if column_type == ColumnType::Int32 && i32::try_from(value).is_err() {
                return None;
            }
            Some(Converted { cell: Cell::Whole(value), gives_back })
        }
        ColumnType::Float64 => {
            let (text, is_number) = text_of_number()?;
            let (value, exact) = json::double(&text)?;
            Some(Converted { cell: Cell::Double(value), gives_back: is_number && exact })
        }
        ColumnType::Timestamp => {
            let instant = instant::instant(raw, spelling, last_day)?;
            Some(Converted { cell: Cell::Instant(instant.microseconds), gives_back: instant.gives_back })
        }
        ColumnType::Date => {
            let (day, gives_back) = instant::day(raw, spelling, last_day)?;
            Some(Converted { cell: Cell::Day(day), gives_back })
        }
        ColumnType::StringList => {
            let gives_back = list::is_list(raw.text)?;
            Some(Converted { cell: Cell::List(raw.text), gives_back })
        }
    }
}
