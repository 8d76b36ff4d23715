//! What a column makes of the raw text in its slots.

use std::borrow::Cow;

use convolake_model::{ColumnType, DateSpelling};

use crate::columns::Cell;
use crate::dates;
use crate::reader::{Kind, Raw, Reader};
use crate::scalar;

/// A raw value, converted: the cell, and whether the cell gives the value back exactly.
pub(crate) struct Converted<'a> {
    pub(crate) cell: Cell<'a>,
    pub(crate) gives_back: bool,
}

/// Converts the raw text of a value that is not null; `None` where it does not fit the type.
pub(crate) fn convert<'a>(
    raw: Raw<'a>,
    column_type: ColumnType,
    spelling: &DateSpelling,
) -> Option<Converted<'a>> {
    let exactly = |cell| Some(Converted { cell, gives_back: true });
    let text_of_number = || match raw.text.as_bytes().first() {
        Some(b'"') => scalar::text(raw).map(|text| (text, false)),
        Some(b'-' | b'0'..=b'9') => Some((Cow::Borrowed(raw.text), true)),
        _ => None,
    };
    match column_type {
        ColumnType::Json => exactly(Cell::Text(Cow::Borrowed(raw.text))),
        ColumnType::String => exactly(Cell::Text(scalar::text(raw)?)),
        ColumnType::Bool => match raw.text {
            "true" => exactly(Cell::Bool(true)),
            "false" => exactly(Cell::Bool(false)),
            _ => None,
        },
        ColumnType::Int32 | ColumnType::Int64 => {
            let (text, gives_back) = text_of_number()?;
            let value = scalar::integer(&text)?;
            if column_type == ColumnType::Int32 && i32::try_from(value).is_err() {
                return None;
            }
            Some(Converted { cell: Cell::Whole(value), gives_back })
        }
        ColumnType::Float64 => {
            let (text, is_number) = text_of_number()?;
            let (value, exact) = scalar::double(&text)?;
            Some(Converted { cell: Cell::Double(value), gives_back: is_number && exact })
        }
        ColumnType::Timestamp => {
            let instant = dates::instant(raw, spelling)?;
            Some(Converted { cell: Cell::Instant(instant.microseconds), gives_back: instant.gives_back })
        }
        ColumnType::Date => {
            let (day, gives_back) = dates::day(raw, spelling)?;
            Some(Converted { cell: Cell::Day(day), gives_back })
        }
        ColumnType::StringList => list(raw),
    }
}

/// A list of texts and nulls as it is, or a lone text as a list of one.
fn list(raw: Raw<'_>) -> Option<Converted<'_>> {
    if let Some(text) = scalar::text(raw) {
        return Some(Converted { cell: Cell::List(vec![Some(text)]), gives_back: false });
    }
    let mut reader = Reader::new(raw.text);
    if reader.peek().ok()? != Kind::Array {
        return None;
    }
    let mut texts = Vec::new();
    let mut has_more = reader.enter_array();
    while has_more {
        match reader.skip().ok()? {
            "null" => texts.push(None),
            element => texts.push(Some(scalar::string(element)?)),
        }
        has_more = reader.next_element().ok()?;
    }
    Some(Converted { cell: Cell::List(texts), gives_back: true })
}
