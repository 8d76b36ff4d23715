//! Columns that take the values of a place in many elements: joined to one text, or as a list.

use convolake_model::ColumnType;

use super::frame::Frame;
use crate::json::{self, Raw};
use crate::plan::Slots;

/// Makes the text or the list of what the candidate at `at`, which takes many values, has in an element; false where that is
/// nothing. If some candidate takes the elements of an array themselves, then each gives what the first candidate finds in it,
/// in the order of the elements.
pub(super) fn is_made(
    frame: &Frame<'_>,
    slots: &Slots,
    at: usize,
    column_type: ColumnType,
    out: &mut String,
) -> bool {
    let candidates = &slots.candidates[at..];
    let elements = candidates.iter().find(|candidate| candidate.is_elements);
    let of_elements: Vec<Raw<'_>>;
    let values = match elements {
        Some(elements) if candidates.len() > 1 => {
            let found = frame.joined[elements.slot].iter().flat_map(|element| {
                let of_element =
                    |slot: usize| frame.joined[slot].iter().filter(|part| is_within(part.text, element.text));
                let joined = candidates.iter().filter(|candidate| candidate.joined);
                let mut found =
                    joined.map(|candidate| of_element(candidate.slot).copied().collect::<Vec<_>>());
                found.find(|values| values.iter().any(|value| is_text(value.text))).unwrap_or_default()
            });
            of_elements = found.collect();
            &of_elements
        }
        _ => &frame.joined[candidates[0].slot],
    };
    match column_type {
        ColumnType::StringList => list(values, out),
        _ => join(values, slots.join.as_deref().unwrap_or_default(), out),
    }
}

/// The text of the candidate at `at`, which takes many values, where it has one and that stands in the page as it is.
#[inline]
pub(super) fn only_text<'a>(frame: &Frame<'a>, slots: &Slots, at: usize) -> Option<&'a str> {
    let candidates = &slots.candidates[at..];
    match frame.joined[candidates[0].slot].as_slice() {
        [only] if !candidates.iter().any(|candidate| candidate.is_elements) => only.plain(),
        _ => None,
    }
}

/// True for a value that stands in another, both being pieces of one page.
fn is_within(part: &str, whole: &str) -> bool {
    whole.as_bytes().as_ptr_range().contains(&part.as_ptr())
}

fn is_text(value: &str) -> bool {
    value.starts_with('"')
}

/// Joins the strings among these values in `out`; false where there is none.
fn join(values: &[Raw<'_>], separator: &str, out: &mut String) -> bool {
    out.clear();
    let mut has_any = false;
    for raw in values.iter().filter(|raw| is_text(raw.text)) {
        if std::mem::replace(&mut has_any, true) {
            out.push_str(separator);
        }
        json::push_text(*raw, out);
    }
    has_any
}

/// Writes the strings and nulls among these values as a JSON array, and numbers and booleans as strings; false where there are
/// no values.
fn list(values: &[Raw<'_>], out: &mut String) -> bool {
    out.clear();
    out.push('[');
    for value in values.iter().map(|value| value.text).filter(|value| !value.starts_with(['{', '['])) {
        if out.len() > 1 {
            out.push(',');
        }
        if is_text(value) || value == "null" {
            out.push_str(value);
        } else {
            out.push('"');
            out.push_str(value);
            out.push('"');
        }
    }
    out.push(']');
    !values.is_empty()
}
