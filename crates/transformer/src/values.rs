//! What fills a column, looked up in the open elements.

use std::borrow::Cow;

use convolake_model::ColumnType;

use crate::cells::convert;
use crate::columns::Cell;
use crate::frame::Frame;
use crate::page::PageInput;
use crate::plan::{Candidate, Filled, Part, Plan, Value};
use crate::scalar;

/// A cell, and what it means for the slot it came from.
pub(crate) struct Valued<'a> {
    pub(crate) cell: Cell<'a>,
    pub(crate) row: Row,
}

/// What a column does for the slot its value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// The cell gives the slot's value back exactly.
    GivesBack(usize),
    /// The slot's value does not fit the column.
    Mismatch(usize),
    /// Neither.
    Nothing,
}

/// The value of a column for the open element of its level.
#[inline]
pub(crate) fn of<'a>(
    plan: &'a Plan,
    frames: &[Frame<'a>],
    present: &[u64],
    input: &'a PageInput<'a>,
    filled: &'a Filled,
) -> Valued<'a> {
    value(plan, frames, present, input, &filled.value, filled.column_type)
}

/// The param a column holds; null where the page has none, and for any other source.
pub(crate) fn param<'a>(input: &PageInput<'a>, source: &Value) -> Cell<'a> {
    match source {
        Value::Param(name) => {
            input.params.get(name).map_or(Cell::Null, |text| Cell::Text(Cow::Borrowed(text)))
        }
        _ => Cell::Null,
    }
}

fn value<'a>(
    plan: &'a Plan,
    frames: &[Frame<'a>],
    present: &[u64],
    input: &'a PageInput<'a>,
    source: &'a Value,
    column_type: ColumnType,
) -> Valued<'a> {
    let cell = match source {
        Value::Slots { .. } => return from_slots(plan, frames, present, source, column_type),
        Value::Param(_) => param(input, source),
        Value::Index(level) => Cell::Whole(i64::from(frames[*level].index)),
        Value::Template(parts) => {
            let mut text = String::new();
            match template(plan, frames, present, input, parts, &mut text) {
                true => Cell::Text(Cow::Owned(text)),
                false => Cell::Null,
            }
        }
        Value::Count { level, count } => frames[*level].counts[*count].map_or(Cell::Null, Cell::Whole),
        Value::Aggregate { level, aggregate } => {
            frames[*level].aggregates[*aggregate].map_or(Cell::Null, Cell::Instant)
        }
        Value::Listed(by) => match value(plan, frames, present, input, by, ColumnType::String).cell {
            Cell::Text(id) => {
                input.listed.get(&*id).map_or(Cell::Null, |hash| Cell::Text(Cow::Borrowed(hash)))
            }
            _ => Cell::Null,
        },
    };
    Valued { cell, row: Row::Nothing }
}

/// Writes a template's text into `out`; false where one of its parts is absent.
pub(crate) fn template<'a>(
    plan: &'a Plan,
    frames: &[Frame<'a>],
    present: &[u64],
    input: &'a PageInput<'a>,
    parts: &'a [Part],
    out: &mut String,
) -> bool {
    let mut digits = itoa::Buffer::new();
    parts.iter().all(|part| match part {
        Part::Text(fixed) => {
            out.push_str(fixed);
            true
        }
        Part::Value(Value::Index(level), _) => {
            out.push_str(digits.format(frames[*level].index));
            true
        }
        Part::Value(source, column_type) => {
            match value(plan, frames, present, input, source, *column_type).cell {
                Cell::Text(part) => out.push_str(&part),
                Cell::Whole(number) => out.push_str(digits.format(number)),
                _ => return false,
            }
            true
        }
    })
}

fn from_slots<'a>(
    plan: &'a Plan,
    frames: &[Frame<'a>],
    present: &[u64],
    source: &'a Value,
    column_type: ColumnType,
) -> Valued<'a> {
    let Value::Slots { level, candidates, optional, join, synonyms, spelling } = source else {
        return Valued { cell: Cell::Null, row: Row::Nothing };
    };
    let frame = &frames[*level];
    let mut found = Valued { cell: Cell::Null, row: Row::Nothing };
    for (at, candidate) in candidates.iter().enumerate() {
        if plan.levels[*level].slots[candidate.slot].joined {
            let texts: Vec<Cow<'_, str>> =
                frame.joined[candidate.slot].iter().filter_map(|raw| scalar::string(raw)).collect();
            if !texts.is_empty() {
                found.cell = Cell::Text(Cow::Owned(texts.join(join.as_deref().unwrap_or_default())));
                break;
            }
            continue;
        }
        let Some(raw) = frame.slots[candidate.slot] else {
            continue;
        };
        if raw.text == "null" && column_type != ColumnType::Json {
            continue;
        }
        match convert(raw, column_type, spelling) {
            Some(converted) => {
                // Else nobody could tell where the value came from.
                let is_absent = |other: &Candidate| match other.member == candidate.member {
                    true => frame.slots[other.slot].is_none() && frame.joined[other.slot].is_empty(),
                    false => present[other.member] != frame.generation && frame.slots[other.slot].is_none(),
                };
                let is_clear = at == 0 && candidates[1..].iter().all(is_absent);
                if converted.gives_back && is_clear {
                    found.row = Row::GivesBack(candidate.slot);
                }
                found.cell = converted.cell;
                break;
            }
            None if !optional => found.row = Row::Mismatch(candidate.slot),
            None => {}
        }
    }
    if let Some(synonyms) = synonyms {
        let word = match &found.cell {
            Cell::Text(word) => synonyms.words.get(&**word).or(synonyms.otherwise.as_ref()),
            _ => synonyms.otherwise.as_ref(),
        };
        if let Some(word) = word {
            found.cell = Cell::Text(Cow::Borrowed(word));
            if matches!(found.row, Row::GivesBack(_)) {
                found.row = Row::Nothing;
            }
        }
    }
    found
}
