//! The rejects of one page.

use std::collections::BTreeMap;

use indexmap::IndexSet;

use super::reject::{Reject, RejectReason};

/// The rejects of one page, in the order they were met. A page may hold millions, so each takes a few bytes besides its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejects {
    entries: Vec<Entry>,
    /// The pointer to the page's records.
    records: String,
    /// The pointers of records that do not stand at their index in one array, by that index.
    places: BTreeMap<u32, String>,
    /// The JSON Pointers from the record to each reject, one behind the other; empty for records themselves.
    paths: String,
    /// The texts of all, one behind the other.
    texts: String,
    /// The details, each once: many rejects have the same.
    details: IndexSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    index_in_page: u32,
    reason: RejectReason,
    detail: u32,
    path_bytes: u32,
    text_bytes: u32,
}

impl Rejects {
    /// None yet, of a page whose records stand at this JSON Pointer.
    pub(crate) fn new(records: String) -> Self {
        Self { records, ..Self::default() }
    }

    /// Adds one: `path` leads to it from its record.
    pub(crate) fn push(
        &mut self,
        reason: RejectReason,
        index_in_page: u32,
        path: &str,
        detail: String,
        text: &str,
    ) {
        let (detail, _) = self.details.insert_full(detail);
        self.paths.push_str(path);
        self.texts.push_str(text);
        self.entries.push(Entry {
            index_in_page,
            reason,
            detail: bytes(detail),
            path_bytes: bytes(path.len()),
            text_bytes: bytes(text.len()),
        });
    }

    /// The record of this index on the page stands at `pointer`, and not at its index in the page's one array of records.
    pub(crate) fn stands_at(&mut self, index_in_page: u32, pointer: String) {
        self.places.insert(index_in_page, pointer);
    }

    /// Takes back those of the record that was met last.
    pub(crate) fn take_back(&mut self, index_in_page: u32) {
        while let Some(entry) = self.entries.pop_if(|entry| entry.index_in_page == index_in_page) {
            self.paths.truncate(self.paths.len() - entry.path_bytes as usize);
            self.texts.truncate(self.texts.len() - entry.text_bytes as usize);
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True where all became rows.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Reject> {
        let (mut paths, mut texts) = (self.paths.as_str(), self.texts.as_str());
        self.entries.iter().map(move |entry| {
            let path = take(&mut paths, entry.path_bytes);
            Reject {
                reason: entry.reason,
                pointer: match self.places.get(&entry.index_in_page) {
                    Some(place) => format!("{place}{path}"),
                    None => format!("{}/{}{path}", self.records, entry.index_in_page),
                },
                index_in_page: entry.index_in_page,
                detail: self.details.get_index(entry.detail as usize).cloned().unwrap_or_default(),
                text: take(&mut texts, entry.text_bytes).to_owned(),
            }
        })
    }
}

/// Splits the first bytes off.
fn take<'a>(text: &mut &'a str, bytes: u32) -> &'a str {
    let (taken, rest) = text.split_at_checked(bytes as usize).unwrap_or((text, ""));
    *text = rest;
    taken
}

/// A number of bytes; pages are far shorter than `u32::MAX`.
fn bytes(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
