//! Columns that take the values of a place in many elements: joined to one text, or as a list.

use convolake_model::ColumnType;

use super::frame::Frame;
use crate::json;
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
    let values: Vec<&str> = match elements {
        Some(elements) if candidates.len() > 1 => frame.joined[elements.slot]
            .iter()
            .flat_map(|element| {
                let of_element =
                    |slot: usize| frame.joined[slot].iter().filter(|part| is_within(part, element));
                let joined = candidates.iter().filter(|candidate| candidate.joined);
                let mut found =
                    joined.map(|candidate| of_element(candidate.slot).copied().collect::<Vec<_>>());
                found.find(|values| values.iter().any(|value| is_text(value))).unwrap_or_default()
            })
            .collect(),
        _ => frame.joined[candidates[0].slot].clone(),
    };
    match column_type {
        ColumnType::StringList => list(&values, out),
        _ => join(&values, slots.join.as_deref().unwrap_or_default(), out),
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
fn join(values: &[&str], separator: &str, out: &mut String) -> bool {
    out.clear();
    let mut has_any = false;
    for text in values.iter().filter_map(|raw| json::string(raw)) {
        if std::mem::replace(&mut has_any, true) {
            out.push_str(separator);
        }
        out.push_str(&text);
    }
    has_any
}

/// Writes the strings and nulls among these values as a JSON array, and numbers and booleans as strings; false where there are
/// no values.
fn list(values: &[&str], out: &mut String) -> bool {
    out.clear();
    out.push('[');
    for value in values.iter().filter(|value| !value.starts_with(['{', '['])) {
        if out.len() > 1 {
            out.push(',');
        }
        if is_text(value) || *value == "null" {
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
