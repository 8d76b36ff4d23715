//! A page is read just far enough to know its records and the way on.
//!
//! Values that are not looked at are skipped without decoding, so lone surrogates in texts and any depth of
//! nesting pass; bytes that are no UTF-8 are looked at as U+FFFD. Where an object has a key twice, the last counts.

use convolake_model::{Pointer, Stream};
use serde::de::IgnoredAny;

use super::json::values;
use super::records::records_of;
use super::source_message::clean_json;
use super::{PageFault, RecordSeen};
use crate::digest::{Fingerprint, fingerprint_of};

/// An envelope without records is far smaller.
const EMPTY_BYTES_MAX: usize = 16 << 10;

/// The records of a page, and the way to the next one.
#[derive(Debug)]
pub(crate) struct PageContent {
    /// How many records it holds.
    pub(crate) record_count: usize,
    /// The records in order; empty for streams without `id`.
    pub(crate) records: Vec<RecordSeen>,
    /// Equal for pages of the same records.
    pub(crate) fingerprint: Fingerprint,
    /// The cursor to the next page.
    pub(crate) cursor: Option<String>,
    /// The link to the next page, absolute or relative.
    pub(crate) next_link: Option<String>,
    /// What the source says of whether more pages follow.
    pub(crate) more: Option<bool>,
}

/// Reads a body of an answer whose status is 2xx.
pub(crate) fn read(stream: &Stream, body: &[u8]) -> Result<PageContent, PageFault> {
    let body = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    let text = body.trim_ascii();
    if text.is_empty() {
        return Err(PageFault::Empty);
    }
    if text.starts_with('<') {
        return Err(PageFault::Html);
    }
    let (envelope, pages) = (&stream.envelope, &stream.pages);
    let cursor = pages.cursor.as_ref().map(|(pointer, _)| pointer);
    let pointers = [
        Some(&envelope.records),
        envelope.success.as_ref(),
        envelope.message.as_ref(),
        cursor,
        pages.next_link.as_ref(),
        pages.more.as_ref(),
    ];
    let [records, success, message, next_cursor, next_link, more] =
        values(text, pointers).map_err(PageFault::NotJson)?;
    let message = message.and_then(clean_json);
    if success == Some("false") {
        return Err(PageFault::Failed { message });
    }
    let at = || envelope.records.to_string();
    let records_text = match records {
        None | Some("null") => return Err(PageFault::NoRecords { at: at(), message }),
        Some(array) if array.starts_with('[') => array,
        Some(_) => return Err(PageFault::RecordsNoArray { at: at() }),
    };
    let (record_count, records) = match &stream.id {
        Some(id) => {
            let records =
                records_of(records_text, id, stream.time_of_record()).map_err(PageFault::NotJson)?;
            (records.len(), records)
        }
        // A vector of nothings: the count alone.
        None => (
            serde_json::from_str::<Vec<IgnoredAny>>(records_text).map_err(PageFault::NotJson)?.len(),
            Vec::new(),
        ),
    };
    if record_count == 0 && text.len() > EMPTY_BYTES_MAX {
        return Err(PageFault::EmptyAndLarge { at: at(), bytes: text.len() });
    }
    Ok(PageContent {
        record_count,
        fingerprint: fingerprint(records_text, &records),
        records,
        cursor: cursor_or_link(next_cursor, cursor)?,
        next_link: cursor_or_link(next_link, pages.next_link.as_ref())?,
        more: match more {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        },
    })
}

/// A cursor or link; an empty one is none.
fn cursor_or_link(raw: Option<&str>, pointer: Option<&Pointer>) -> Result<Option<String>, PageFault> {
    let no_text = || PageFault::NextNotText { at: pointer.map(Pointer::to_string).unwrap_or_default() };
    let Some(raw) = raw else { return Ok(None) };
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).map_err(|_| no_text())?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
        Some(b'0'..=b'9' | b'-') => Ok(Some(raw.to_owned())),
        _ => Err(no_text()),
    }
}

/// By ids where records have them, in any order: what changes within a record makes no new page.
fn fingerprint(records_text: &str, records: &[RecordSeen]) -> Fingerprint {
    if records.is_empty() {
        return fingerprint_of([records_text]);
    }
    let key = |record: &'_ RecordSeen| record.id.as_ref().unwrap_or(&record.hash).clone();
    let mut keys: Vec<String> = records.iter().map(key).collect();
    keys.sort_unstable();
    fingerprint_of(keys.iter().map(String::as_str))
}

#[cfg(test)]
mod tests;
