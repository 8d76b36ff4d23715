//! What fills a column, looked up in the open elements.

use convolake_model::{ColumnType, Synonyms, Texts};

use super::frame::Frame;
use super::many;
use crate::columns::{Cell, Converted, convert};
use crate::dates::LastDay;
use crate::gather::params;
use crate::json;
use crate::page::PageInput;
use crate::plan::{Candidate, ColumnPlan, Slots, TemplateItem, ValueSource};

/// A cell, and what it means for the slot it came from.
pub(super) struct ColumnValue<'a> {
    pub(super) cell: Cell<'a>,
    pub(super) outcome: SlotOutcome,
}

/// How a column takes the value of the slot it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotOutcome {
    /// The column holds the slot's value losslessly.
    Lossless(usize),
    /// The slot's value does not fit the column.
    Mismatch(usize),
    /// The column holds the text of a number or boolean, which goes to `extra` as well.
    AsText,
    /// Neither: a value that stands in a slot goes to `extra` as well.
    Unclaimed,
}

/// The open element of each level, which nodes are present in them, and the page.
#[derive(Clone, Copy)]
pub(super) struct OpenElements<'w, 'a> {
    pub(super) frames: &'w [Frame<'a>],
    /// What columns take from beside the records.
    pub(super) beside: &'w Frame<'a>,
    pub(super) present: &'w [u64],
    pub(super) input: &'a PageInput<'a>,
}

/// The value of a column for the open element of its level. A text that has to be made is made in
/// `scratch`.
#[inline]
pub(super) fn of<'s>(
    open: OpenElements<'_, 's>,
    column: &'s ColumnPlan,
    scratch: &'s mut String,
) -> ColumnValue<'s> {
    value(open, &column.value, column.column_type, scratch)
}

fn value<'s>(
    open: OpenElements<'_, 's>,
    source: &'s ValueSource,
    column_type: ColumnType,
    scratch: &'s mut String,
) -> ColumnValue<'s> {
    let cell = match source {
        ValueSource::Slots(slots) => {
            let frame = &open.frames[slots.level];
            return from_slots(frame, open.present, slots, column_type, &mut LastDay::default(), scratch);
        }
        ValueSource::Page(slots) => {
            return from_slots(
                open.beside,
                open.present,
                slots,
                column_type,
                &mut LastDay::default(),
                scratch,
            );
        }
        ValueSource::Position => {
            let index = open.frames.first().map_or(0, |record| record.index);
            Cell::Integer(i64::from(open.input.position) + i64::from(index))
        }
        ValueSource::Key(level) => {
            let frame = &open.frames[*level];
            match frame.key {
                Some(key) => drop(json::unescape_string(key, scratch)),
                None => {
                    scratch.clear();
                    push_number(scratch, i64::from(frame.index));
                }
            }
            Cell::Text(scratch)
        }
        ValueSource::Param(_) => params::cell(open.input, source),
        ValueSource::Template(parts) => {
            scratch.clear();
            match template(open, parts, scratch) {
                true => Cell::Text(scratch),
                false => Cell::Null,
            }
        }
        ValueSource::Index(_) | ValueSource::Count { .. } | ValueSource::Aggregate { .. } => {
            number(open.frames, source)
        }
        ValueSource::Listed(by) => match value(open, by, ColumnType::String, scratch).cell {
            Cell::Text(id) => open.input.listed.get(id).map_or(Cell::Null, |hash| Cell::Text(hash)),
            _ => Cell::Null,
        },
    };
    ColumnValue { cell, outcome: SlotOutcome::Unclaimed }
}

/// An index, a count or an aggregate, known from reading the elements; null for any other source.
#[inline]
pub(super) fn number(frames: &[Frame<'_>], source: &ValueSource) -> Cell<'static> {
    match source {
        ValueSource::Index(level) => Cell::Integer(i64::from(frames[*level].index)),
        ValueSource::Count { level, count } => {
            frames[*level].counts[*count].map_or(Cell::Null, Cell::Integer)
        }
        ValueSource::Aggregate { level, aggregate } => {
            frames[*level].aggregates[*aggregate].map_or(Cell::Null, Cell::Instant)
        }
        _ => Cell::Null,
    }
}

/// Writes a template's text behind `out`; false where one of its parts is absent.
pub(super) fn template(open: OpenElements<'_, '_>, parts: &[TemplateItem], out: &mut String) -> bool {
    for part in parts {
        match part {
            TemplateItem::Text(fixed) => out.push_str(fixed),
            TemplateItem::Column(ValueSource::Index(level), _) => {
                push_number(out, i64::from(open.frames[*level].index))
            }
            TemplateItem::Column(source, column_type) => {
                match value(open, source, *column_type, &mut String::new()).cell {
                    Cell::Text(part) => out.push_str(part),
                    Cell::Integer(number) => push_number(out, number),
                    _ => return false,
                }
            }
        }
    }
    true
}

/// Writes a number; most are positions, and have one digit.
#[inline]
fn push_number(out: &mut String, number: i64) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => out.push(char::from(b'0' + digit)),
        _ => out.push_str(itoa::Buffer::new().format(number)),
    }
}

/// The value of the first of a column's candidates that fits. Where a string column has several, the first string that is not
/// blank counts, else the first number or boolean, else the first string.
#[inline(always)]
pub(super) fn from_slots<'s>(
    frame: &Frame<'s>,
    present: &[u64],
    slots: &'s Slots,
    column_type: ColumnType,
    last_day: &mut LastDay,
    scratch: &'s mut String,
) -> ColumnValue<'s> {
    let mut found = ColumnValue { cell: Cell::Null, outcome: SlotOutcome::Unclaimed };
    let is_string = column_type == ColumnType::String;
    let has_choice = is_string && slots.candidates.len() > 1;
    let (mut has_value, mut is_found) = (false, false);
    let (mut scalar, mut blank) = (None, None);
    for (at, candidate) in slots.candidates.iter().enumerate() {
        if candidate.joined {
            if many::is_made(frame, slots, at, column_type, scratch) {
                has_value = true;
                if has_choice && is_blank(scratch) {
                    blank = blank.or(Some(at));
                    continue;
                }
                is_found = true;
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
        has_value = true;
        let is_escaped = is_string && !raw.is_plain;
        let converted = if is_escaped && json::unescape_string(raw.text, scratch) {
            if has_choice && is_blank(scratch) {
                blank = blank.or(Some(at));
                continue;
            }
            Some(Converted { cell: Cell::Null, is_lossless: true })
        } else if is_escaped && slots.texts == Texts::StringsOnly {
            None
        } else {
            convert(raw, column_type, &slots.spelling, last_day)
        };
        let Some(Converted { cell, is_lossless }) = converted else {
            if !slots.optional {
                found.outcome = SlotOutcome::Mismatch(candidate.slot);
            }
            continue;
        };
        if is_string && !is_lossless {
            scalar = scalar.or(Some(raw.text));
            continue;
        }
        if has_choice && matches!(cell, Cell::Text(text) if is_blank(text)) {
            blank = blank.or(Some(at));
            continue;
        }
        if is_lossless && at == 0 && is_clear(frame, present, &slots.candidates) {
            found.outcome = SlotOutcome::Lossless(candidate.slot);
        }
        // A text that had to be made stands in `scratch`.
        is_found = matches!(cell, Cell::Null);
        found.cell = cell;
        break;
    }
    if is_found {
        found.cell = match column_type {
            ColumnType::StringList => Cell::List(scratch),
            _ => Cell::Text(scratch),
        };
    } else if found.cell == Cell::Null && has_value {
        found = second_best(frame, present, slots, (scalar, blank), found.outcome, scratch);
    }
    if let (Some(synonyms), true) = (&slots.synonyms, has_value) {
        translate(synonyms, &mut found);
    }
    found
}

/// The value where no candidate of a string column has a string that is not blank: the text of a number or boolean, else the
/// blank string.
fn second_best<'s>(
    frame: &Frame<'s>,
    present: &[u64],
    slots: &Slots,
    (scalar, blank): (Option<&'s str>, Option<usize>),
    outcome: SlotOutcome,
    scratch: &'s mut String,
) -> ColumnValue<'s> {
    if let Some(text) = scalar {
        return ColumnValue { cell: Cell::Text(text), outcome: SlotOutcome::AsText };
    }
    let Some(at) = blank else { return ColumnValue { cell: Cell::Null, outcome } };
    let candidate = &slots.candidates[at];
    let outcome = match at == 0 && !candidate.joined && is_clear(frame, present, &slots.candidates) {
        true => SlotOutcome::Lossless(candidate.slot),
        false => SlotOutcome::Unclaimed,
    };
    let has_text = match frame.slots[candidate.slot] {
        Some(raw) if !candidate.joined => json::unescape_string(raw.text, scratch),
        _ => many::is_made(frame, slots, at, ColumnType::String, scratch),
    };
    ColumnValue { cell: if has_text { Cell::Text(scratch) } else { Cell::Null }, outcome }
}

/// Puts the word that a word stands for in its place. A value that is no word stands for what every other one does.
fn translate<'s>(synonyms: &'s Synonyms, found: &mut ColumnValue<'s>) {
    let known = match &found.cell {
        Cell::Text(word) => synonyms.words.get(*word),
        _ => None,
    };
    if let Some(word) = known.or(synonyms.otherwise.as_ref()) {
        found.cell = Cell::Text(word);
        if !matches!(found.outcome, SlotOutcome::Mismatch(_)) {
            found.outcome = SlotOutcome::Unclaimed;
        }
    }
}

/// True for a text that says nothing.
#[inline]
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

/// True where only the first candidate has a value: else the column would not tell which place its value came from.
#[inline(always)]
pub(super) fn is_clear(frame: &Frame<'_>, present: &[u64], candidates: &[Candidate]) -> bool {
    let is_absent = |other: &Candidate| match other.member == candidates[0].member {
        true => frame.slots[other.slot].is_none() && frame.joined[other.slot].is_empty(),
        false => present[other.member] != frame.generation && frame.slots[other.slot].is_none(),
    };
    candidates[1..].iter().all(is_absent)
}
