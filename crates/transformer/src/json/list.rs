//! JSON arrays of strings, as the text they stand in.

use std::borrow::Cow;

use super::reader::{Kind, Reader};
use super::string::string;

/// True for an array of strings and nulls, false for a lone string, which counts as a list of one; `None` for other values.
pub(crate) fn is_list(raw: &str) -> Option<bool> {
    if raw.starts_with('"') {
        return Some(false);
    }
    let mut reader = Reader::new(raw);
    if reader.peek().ok()? != Kind::Array {
        return None;
    }
    let mut has_more = reader.enter_array();
    while has_more {
        let element = reader.skip().ok()?;
        if element != "null" && !element.starts_with('"') {
            return None;
        }
        has_more = reader.next_element().ok()?;
    }
    Some(true)
}

/// The strings of a list that [`is_list`] accepts, and `None` for nulls.
pub(crate) fn elements(raw: &str) -> impl Iterator<Item = Option<Cow<'_, str>>> {
    let mut reader = Reader::new(raw);
    let is_array = reader.peek() == Ok(Kind::Array);
    let mut has_more = if is_array { reader.enter_array() } else { true };
    std::iter::from_fn(move || {
        if !has_more {
            return None;
        }
        let element = reader.skip().ok()?;
        has_more = is_array && reader.next_element().unwrap_or(false);
        Some(string(element))
    })
}
