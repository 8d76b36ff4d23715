//! A page is read just far enough to know its records and the way on.
//!
//! Values that are not looked at are skipped without decoding, so lone surrogates in texts and any depth of
//! nesting pass; bytes that are no UTF-8 are looked at as U+FFFD. Where an object has a key twice, the last counts.

use std::borrow::Cow;

use convolake_model::{Pointer, Stream};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::failure_signs::{self, Sign};
use super::json::{names, values};
use super::record_places::{self, Found};
use super::records::{Records, records_of};
use super::resync::{Resynced, resync};
use super::source_message::{clean_json, usual_message};
use super::usual_signs;
use super::{MissedPointer, PageFault, PartialFailure, PointerField, RecordSeen};
use crate::digest::{Fingerprint, fingerprint_of};

/// An envelope without records is far smaller.
const EMPTY_BYTES_MAX: usize = 16 << 10;
/// The most members of an object that are named.
const MEMBERS_MAX: usize = 10;

/// The records of a page, and the way to the next one.
#[derive(Debug)]
pub(crate) struct PageContent {
    /// How many records it holds.
    pub(crate) record_count: usize,
    /// How many of them are no JSON.
    pub(crate) n_broken: usize,
    /// The records in order; empty for streams without `id`.
    pub(crate) records: Vec<RecordSeen>,
    /// Equal for pages of the same records.
    pub(crate) fingerprint: Fingerprint,
    /// True where `null` stands for the records.
    pub(crate) is_null: bool,
    /// The cursor to the next page.
    pub(crate) cursor: Option<String>,
    /// The link to the next page, absolute or relative.
    pub(crate) next_link: Option<String>,
    /// What the source says of whether more pages follow.
    pub(crate) more: Option<bool>,
    /// How many pages there are, as the source says.
    pub(crate) last: Option<u64>,
    /// How many records there are on all pages together, as the source says.
    pub(crate) total: Option<u64>,
    /// Errors that stand beside the records.
    pub(crate) partial: Option<PartialFailure>,
    /// The pointers at which something stands, `null` included.
    pub(crate) hit: Vec<PointerField>,
    /// The pointers that the stream names and at which nothing stands in this page; none for a page without records.
    pub(crate) missed: Vec<MissedPointer>,
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
    match read_text(stream, text, &[]) {
        Err(PageFault::NotJson(error)) => {
            // Only a record may be at fault.
            let Some(Resynced { text, broken }) = resync(text, &stream.envelope.records) else {
                return Err(PageFault::NotJson(error));
            };
            read_text(stream, &text, &broken)
        }
        read => read,
    }
}

/// Reads a page in which others stand for the `broken` records.
fn read_text(stream: &Stream, text: &str, broken: &[(usize, String)]) -> Result<PageContent, PageFault> {
    let (envelope, pages) = (&stream.envelope, &stream.pages);
    let cursor = pages.cursor.as_ref().map(|(pointer, _)| pointer);
    let records_head = record_places::head(&envelope.records);
    let pointers = [
        Some(&records_head),
        envelope.success.as_ref(),
        envelope.message.as_ref(),
        cursor,
        pages.next_link.as_ref(),
        pages.more.as_ref(),
        pages.last.as_ref(),
        pages.total.as_ref(),
    ];
    let [records, success, message, next_cursor, next_link, more, last, total] =
        values(text, pointers).map_err(PageFault::NotJson)?;
    let message = message.and_then(clean_json);
    let failed =
        |sign: Sign| PageFault::Failed { sign: sign.what, message: message.clone().or(sign.message) };
    let at = |pointer: Option<&Pointer>| pointer.map(Pointer::to_string).unwrap_or_default();
    let own_sign = failure_signs::of_success(success, || at(envelope.success.as_ref()));
    if let Some(sign) = own_sign.or_else(|| failure_signs::declared(text, &stream.answers)) {
        return Err(failed(sign));
    }
    if let Some(sign) = records.and_then(|records| usual_signs::beside_records(text, records)) {
        return Err(failed(sign));
    }
    let records_at = || envelope.records.to_string();
    let found = record_places::records_in(records, &envelope.records);
    let is_null = found == Found::Null;
    let records_text = records.unwrap_or("null");
    let raw: Vec<&str> = match &found {
        Found::Nothing => return Err(PageFault::NoRecords { at: records_at(), message }),
        Found::Other => return Err(PageFault::RecordsNoArray { at: records_at() }),
        Found::Null => Vec::new(),
        // A vector of nothings is enough where the records are only counted.
        Found::Array(array) if stream.id.is_none() => {
            vec![""; serde_json::from_str::<Vec<IgnoredAny>>(array).map_err(PageFault::NotJson)?.len()]
        }
        Found::Array(array) => {
            let raw: Vec<&RawValue> = serde_json::from_str(array).map_err(PageFault::NotJson)?;
            raw.into_iter().map(RawValue::get).collect()
        }
        Found::Lone(object) if record_places::is_empty_object(object) => Vec::new(),
        Found::Lone(object) => vec![object],
        Found::Many(many) => many.clone(),
    };
    let record_count = raw.len();
    let Records { seen: records, without_id } = match &stream.id {
        Some(id) => records_of(&raw, broken, id, stream.time_of_record(), stream.comparison.as_ref()),
        None => Records::default(),
    };
    let first = envelope.records.keys().and_then(|keys| keys.first().copied());
    if let (Found::Lone(object), 1, []) = (&found, record_count, broken) {
        check_lone(stream, text, object, without_id.is_some())?;
    }
    if record_count == 0 {
        if let Some(sign) = failure_signs::usual(text, first) {
            return Err(failed(sign));
        }
        if text.len() > EMPTY_BYTES_MAX {
            return Err(PageFault::EmptyAndLarge { at: records_at(), bytes: text.len() });
        }
    }
    let ways = [
        (PointerField::Cursor, cursor, next_cursor),
        (PointerField::NextLink, pages.next_link.as_ref(), next_link),
        (PointerField::More, pages.more.as_ref(), more),
    ];
    let (cursor, next_link) =
        (cursor_or_link(next_cursor, cursor)?, cursor_or_link(next_link, pages.next_link.as_ref())?);
    let more = more.and_then(flag).map(|is| is == pages.more_is);
    if is_null {
        // What leads on, and words of which nothing says that they tell of success, speak against an end.
        let leads_on = cursor.is_some() || next_link.is_some() || more == Some(true);
        if leads_on || message.is_some() && success.is_none() {
            return Err(PageFault::NoRecords { at: records_at(), message });
        }
    }
    let hit = ways.iter().filter(|(_, _, value)| value.is_some()).map(|(field, _, _)| *field);
    let hit = hit.chain(records.iter().any(|record| record.id.is_some()).then_some(PointerField::Id));
    let hit = hit.chain(total.map(|_| PointerField::Total)).collect();
    let missed = match record_count {
        0 => Vec::new(),
        _ => missed(stream, text, (ways, total), without_id.as_deref()),
    };
    Ok(PageContent {
        record_count,
        n_broken: broken.len(),
        fingerprint: fingerprint(records_text, broken, &records),
        records,
        is_null,
        cursor,
        next_link,
        more,
        last: last.and_then(number),
        total: total.and_then(number),
        partial: match (record_count, envelope.records.is_root()) {
            (0, _) | (_, true) => None,
            (_, false) => failure_signs::beside_records(text, first),
        },
        hit,
        missed,
    })
}

/// An object in place of an array of records is one only where it looks like a record: with an id, where records have one,
/// and, as a page of its own, without the usual signs of failure.
fn check_lone(stream: &Stream, text: &str, object: &str, is_without_id: bool) -> Result<(), PageFault> {
    let at = || match stream.envelope.records.is_root() {
        true => "the page's root".to_owned(),
        false => stream.envelope.records.to_string(),
    };
    if let Some(id) = stream.id.as_ref().filter(|_| is_without_id) {
        return Err(PageFault::NoRecord {
            at: at().into(),
            id: id.to_string().into(),
            message: usual_message(text).map(Into::into),
        });
    }
    let sign = match (object.len() == text.len(), &stream.id) {
        (false, _) => None,
        (true, Some(_)) => failure_signs::of_lone_record(object),
        // Without an id to tell by, an error is more likely the answer's than the record's.
        (true, None) => failure_signs::of_lone_record(object).or_else(|| failure_signs::error_of(object)),
    };
    sign.map_or(Ok(()), |Sign { what: sign, message }| Err(PageFault::Failed { sign, message }))
}

/// A way on: what it is, where the stream says it stands, and what stands there.
type Way<'a> = (PointerField, Option<&'a Pointer>, Option<&'a str>);

/// The pointers that hit nothing. Where pages have numbers, these lead on, and no other way is missed.
fn missed(
    stream: &Stream,
    text: &str,
    (ways, total): ([Way<'_>; 3], Option<&str>),
    without_id: Option<&str>,
) -> Vec<MissedPointer> {
    let is_numbered = stream.pages.numbered.is_some();
    let ways = ways.into_iter().filter(|(_, _, value)| !is_numbered && value.is_none());
    let total = (PointerField::Total, stream.pages.total.as_ref(), total);
    let ways = ways.chain([total].into_iter().filter(|(_, _, value)| value.is_none()));
    let records = &stream.envelope.records;
    let of_page = ways
        .filter_map(|(field, pointer, _)| Some(MissedPointer::look(field, pointer?, text, Some(records))));
    let id = stream.id.as_ref().zip(without_id);
    of_page.chain(id.map(|(id, record)| MissedPointer::look(PointerField::Id, id, record, None))).collect()
}

/// A flag in any of its spellings.
fn flag(raw: &str) -> Option<bool> {
    let text: Cow<'_, str> = serde_json::from_str(raw).map_or(Cow::Borrowed(raw), Cow::Owned);
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "y" => Some(true),
        "false" | "0" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// A whole number, also as a text.
fn number(raw: &str) -> Option<u64> {
    let text: Cow<'_, str> = serde_json::from_str(raw).map_or(Cow::Borrowed(raw), Cow::Owned);
    text.trim().parse().ok()
}

/// A cursor or link; an empty one is none.
fn cursor_or_link(raw: Option<&str>, pointer: Option<&Pointer>) -> Result<Option<String>, PageFault> {
    let Some(raw) = raw else { return Ok(None) };
    let no_text = || PageFault::NextNotText {
        at: pointer.map(Pointer::to_string).unwrap_or_default(),
        members: if raw.starts_with('{') { names(raw, MEMBERS_MAX) } else { Vec::new() },
    };
    match raw.as_bytes().first() {
        // `null`, and `false` where a source knows no other word for it.
        Some(b'n' | b'f') => Ok(None),
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).map_err(|_| no_text())?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
        Some(b'0'..=b'9' | b'-') => Ok(Some(raw.to_owned())),
        _ => Err(no_text()),
    }
}

/// By ids where records have them, in any order: what changes within a record makes no new page. Where an id comes twice it
/// does not tell records apart, and what they hold does.
fn fingerprint(records_text: &str, broken: &[(usize, String)], records: &[RecordSeen]) -> Fingerprint {
    if records.is_empty() {
        let broken = broken.iter().map(|(_, record)| record.as_str());
        return fingerprint_of([records_text].into_iter().chain(broken));
    }
    let mut keys: Vec<&str> =
        records.iter().map(|record| record.id.as_ref().unwrap_or(&record.hash).as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        keys.extend(records.iter().map(|record| record.hash.as_str()));
        keys.sort_unstable();
    }
    fingerprint_of(keys)
}

#[cfg(test)]
mod tests;
