//! A page is read just far enough to know its records and the way on. Pure.
//!
//! Values that are not looked at are skipped without decoding, so lone surrogates in texts and any depth of
//! nesting pass; bytes that are no UTF-8 are looked at as U+FFFD. Where an object has a key twice, the last counts.

use std::borrow::Cow;
use std::fmt;

use convolake_model::{Pointer, Stream};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::records::{self, RecordSeen};
use super::source_message as message;

/// Why an answer is no page. Such an answer is a failed request, never an end.
#[derive(Debug, Error)]
pub enum PageFault {
    /// There is no body.
    #[error("the body is empty")]
    Empty,
    /// A part of a page, unasked.
    #[error("the body is a part of a page only (206)")]
    Partial,
    /// A page for people.
    #[error("the body is HTML")]
    Html,
    /// No JSON, or JSON that was cut off.
    #[error("the body is no JSON, or was cut off")]
    NotJson(#[source] serde_json::Error),
    /// There is nothing where the records should stand.
    #[error("nothing stands at {at}, where the records should be{}", after_colon(message.as_deref()))]
    NoRecords {
        /// The JSON Pointer.
        at: String,
        /// The source's own words, where there are any.
        message: Option<String>,
    },
    /// There is no array where the records should stand.
    #[error("no array stands at {at}, where the records should be")]
    RecordsNoArray {
        /// The JSON Pointer.
        at: String,
    },
    /// No records, and yet a body that is too large for an end: they may stand elsewhere by now.
    #[error("no records stand at {at}, and yet the body has {bytes} bytes; they may stand elsewhere by now")]
    EmptyAndLarge {
        /// The JSON Pointer.
        at: String,
        /// How large the body is.
        bytes: usize,
    },
    /// The source says itself that it failed.
    #[error("the source says that it failed{}", after_colon(message.as_deref()))]
    Failed {
        /// The source's own words, where there are any.
        message: Option<String>,
    },
    /// The cursor or link is neither text nor number nor null.
    #[error("no text stands at {at}, where the way to the next page should be")]
    NoWay {
        /// The JSON Pointer.
        at: String,
    },
}

/// An envelope without records is far smaller.
const EMPTY_BYTES_MAX: usize = 16 << 10;

fn after_colon(message: Option<&str>) -> String {
    message.map(|message| format!(": {message}")).unwrap_or_default()
}

/// What a page shows at a look.
#[derive(Debug)]
pub(crate) struct PageSeen {
    pub(crate) record_count: usize,
    /// Empty for streams without `id`.
    pub(crate) records: Vec<RecordSeen>,
    /// Equal for pages of the same records.
    pub(crate) fingerprint: Fingerprint,
    pub(crate) cursor: Option<String>,
    pub(crate) next_link: Option<String>,
    pub(crate) more: Option<bool>,
}

pub(crate) type Fingerprint = [u8; 16];

pub(crate) fn read(stream: &Stream, body: &[u8]) -> Result<PageSeen, PageFault> {
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
    let message = message.and_then(message::clean_json);
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
            let seen =
                records::look(records_text, id, stream.time_of_record()).map_err(PageFault::NotJson)?;
            (seen.len(), seen)
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
    Ok(PageSeen {
        record_count,
        fingerprint: fingerprint(records_text, &records),
        records,
        cursor: way(next_cursor, cursor)?,
        next_link: way(next_link, pages.next_link.as_ref())?,
        more: match more {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        },
    })
}

/// A cursor or link; an empty one is none.
fn way(raw: Option<&str>, pointer: Option<&Pointer>) -> Result<Option<String>, PageFault> {
    let no_way = || PageFault::NoWay { at: pointer.map(Pointer::to_string).unwrap_or_default() };
    let Some(raw) = raw else { return Ok(None) };
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).map_err(|_| no_way())?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
        Some(b'0'..=b'9' | b'-') => Ok(Some(raw.to_owned())),
        _ => Err(no_way()),
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

/// Equal for equal lists of texts.
pub(crate) fn fingerprint_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Fingerprint {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&hasher.finalize()[..16]);
    fingerprint
}

/// The raw text at each pointer, in one pass over the document and one over each value that leads further down.
fn values<'a, const N: usize>(
    text: &'a str,
    pointers: [Option<&Pointer>; N],
) -> Result<[Option<&'a str>; N], serde_json::Error> {
    let paths = pointers.map(|pointer| pointer.and_then(Pointer::keys));
    let heads: Vec<&str> = paths.iter().flatten().filter_map(|path| path.first().copied()).collect();
    let found = match text.starts_with('{') {
        true => pick(text, &heads)?,
        // Not looked into, but it has to be JSON from start to end.
        false => serde_json::from_str::<&RawValue>(text).map(|_| vec![None; heads.len()])?,
    };
    let mut found = found.into_iter();
    Ok(paths.map(|path| match path.as_deref()? {
        [] => Some(text),
        [_, rest @ ..] => descend(found.next()??, rest),
    }))
}

/// The raw text at `path` within `text`, which is JSON.
pub(crate) fn descend<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(text, |text, key| pick(text, &[key]).ok()?.pop()?)
}

/// The raw text of these members of an object, `None` for those it lacks.
pub(crate) fn pick<'a>(text: &'a str, keys: &[&str]) -> Result<Vec<Option<&'a str>>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let picked = deserializer.deserialize_map(Pick { keys })?;
    deserializer.end()?;
    Ok(picked)
}

struct Pick<'k> {
    keys: &'k [&'k str],
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Vec<Option<&'de str>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut picked = vec![None; self.keys.len()];
        while let Some(Key(key)) = members.next_key()? {
            let mut wanted =
                self.keys.iter().enumerate().filter(|(_, wanted)| wanted.as_bytes() == &*key).peekable();
            if wanted.peek().is_none() {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: &RawValue = members.next_value()?;
            for (place, _) in wanted {
                picked[place] = Some(value.get());
            }
        }
        Ok(picked)
    }
}

/// A key as bytes: as text, one with a lone surrogate would fail the page.
struct Key<'de>(Cow<'de, [u8]>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(bytes)))
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(bytes.to_vec())))
            }
        }
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

#[cfg(test)]
mod tests;
