//! The usual case of a column of texts that looks at several places, or puts words in place of others: one of its places holds a
//! string that is not blank. What [`column_value`](super::column_value) finds in all cases is found here in registers.

use convolake_model::{ColumnType, Texts};

use super::column_value::{is_blank, is_clear};
use super::frame::Frame;
use super::many;
use crate::json;
use crate::plan::Slots;

/// What a column of texts finds in its slots.
pub(super) enum UsualText<'s> {
    /// A text, and the slot that the column holds losslessly by it, with its [`Slot::goes_to_extra`](crate::plan::Slot).
    Text(&'s str, Option<(usize, bool)>),
    /// Nothing that a column of strings takes.
    Null,
    /// None of these cases.
    Other,
}

/// Where a text stands that was found.
enum Found<'s> {
    Page(&'s str),
    Scratch,
}

/// The text of a string column. A text that has to be made is made in `scratch`.
#[inline(always)]
pub(super) fn of<'s>(
    frame: &Frame<'s>,
    present: &[u64],
    slots: &'s Slots,
    scratch: &'s mut String,
) -> UsualText<'s> {
    let takes_only_strings = slots.optional && slots.texts == Texts::StringsOnly;
    let mut has_value = false;
    let mut kept = None;
    let mut found = None;
    for (at, candidate) in slots.candidates.iter().enumerate() {
        if candidate.joined {
            if let Some(text) = many::only_text(frame, slots, at) {
                found = Some(Found::Page(text));
                break;
            }
            if many::is_made(frame, slots, at, ColumnType::String, scratch) {
                found = Some(Found::Scratch);
                break;
            }
            continue;
        }
        let Some(raw) = frame.slots[candidate.slot] else { continue };
        if let Some(text) = raw.plain() {
            found = Some(Found::Page(text));
        } else if raw.text == "null" {
            continue;
        } else if json::unescape_string(raw.text, scratch) {
            found = Some(Found::Scratch);
        } else if takes_only_strings {
            has_value = true;
            continue;
        } else {
            return UsualText::Other;
        }
        if at == 0 && is_clear(frame, present, &slots.candidates) {
            kept = Some((candidate.slot, candidate.goes_to_extra));
        }
        break;
    }
    let text: &'s str = match found {
        Some(Found::Page(text)) => text,
        Some(Found::Scratch) => scratch,
        None if has_value && slots.synonyms.is_some() => return UsualText::Other,
        None => return UsualText::Null,
    };
    if slots.candidates.len() > 1 && is_blank(text) {
        return UsualText::Other;
    }
    let Some(synonyms) = &slots.synonyms else { return UsualText::Text(text, kept) };
    match synonyms.words.get(text).or(synonyms.otherwise.as_ref()) {
        Some(word) => UsualText::Text(word, None),
        None => UsualText::Text(text, kept),
    }
}
