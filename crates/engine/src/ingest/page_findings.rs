//! What a page's drift is noted as, so that a page which is known is told of as if it had been read again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use convolake_loader::PageFinding;
use convolake_transformer::{Drift, JsonKind, Met, Place};
use serde::{Deserialize, Serialize};

/// A page with more different findings is looked at each time.
const MAX_FINDINGS: usize = 1024;

/// What a finding is of: an entry of [`Drift`].
#[derive(Debug, Serialize)]
enum What<'a> {
    #[serde(rename = "p")]
    Place(&'a str, &'a str),
    #[serde(rename = "n")]
    NewField(&'a str),
    #[serde(rename = "b")]
    Beside(&'a str),
    #[serde(rename = "d")]
    DoubledKey(&'a str),
    #[serde(rename = "m")]
    Mismatch(&'a str, &'a str),
    #[serde(rename = "t")]
    AsText(&'a str, &'a str),
    #[serde(rename = "w")]
    UnknownWord(&'a str, &'a str, &'a str),
    #[serde(rename = "r")]
    Replaced,
}

/// The findings of one page; `None` where they are too many to be noted.
pub(crate) fn of_page(drift: &Drift) -> Option<Vec<PageFinding>> {
    at_most(drift, MAX_FINDINGS)
}

/// The findings of one page, however many there are.
pub(crate) fn all_of_page(drift: &Drift) -> Vec<PageFinding> {
    at_most(drift, usize::MAX - 1).unwrap_or_default()
}

fn at_most(drift: &Drift, most: usize) -> Option<Vec<PageFinding>> {
    let Drift {
        places,
        new_fields,
        beside,
        doubled_keys,
        mismatches,
        as_text,
        unknown_words,
        replaced_characters,
        first_replaced: _,
    } = drift;
    let kinds =
        places.iter().flat_map(|(place, kinds)| kinds.iter().map(move |(kind, met)| (place, kind, met)));
    let replaced =
        (*replaced_characters > 0).then(|| finding(&What::Replaced, u64::from(*replaced_characters), 0));
    let met = |what: What<'_>, met: &Met| finding(&what, met.count, met.first.record());
    let all = kinds
        .map(|(place, kind, of)| met(What::Place(place, kind.name()), of))
        .chain(new_fields.iter().map(|(field, of)| met(What::NewField(field), of)))
        .chain(beside.iter().map(|(field, of)| met(What::Beside(field), of)))
        .chain(doubled_keys.iter().map(|(key, of)| met(What::DoubledKey(key), of)))
        .chain(mismatches.iter().map(|((table, column), of)| met(What::Mismatch(table, column), of)))
        .chain(as_text.iter().map(|((table, column), of)| met(What::AsText(table, column), of)))
        .chain(
            unknown_words
                .iter()
                .map(|((table, column, word), of)| met(What::UnknownWord(table, column, word), of)),
        )
        .chain(replaced);
    let findings: Vec<PageFinding> = all.take(most + 1).collect::<Option<_>>()?;
    (findings.len() <= most).then_some(findings)
}

fn finding(what: &What<'_>, count: u64, first: u32) -> Option<PageFinding> {
    Some(PageFinding { what: serde_json::to_string(what).ok()?.into(), count, first })
}

/// The findings of many pages, added up: for each how often, and where first.
#[derive(Debug, Default)]
pub(crate) struct Findings(HashMap<Arc<str>, Met>);

impl Findings {
    /// Adds those of a page.
    pub(crate) fn add(&mut self, page: &Arc<str>, findings: Vec<PageFinding>) {
        for PageFinding { what, count, first } in findings {
            let met = Met { count, first: Place::new(page, first) };
            match self.0.entry(what) {
                Entry::Occupied(mut known) => known.get_mut().add(met),
                Entry::Vacant(place) => drop(place.insert(met)),
            }
        }
    }

    /// The drift of all of them.
    pub(crate) fn into_drift(self) -> Drift {
        let mut drift = Drift::default();
        for (what, met) in self.0 {
            // What is not understood was written by nobody, as the digest of a known page tells the release that has noted it.
            let Ok(what) = serde_json::from_str::<Owned>(&what) else { continue };
            what.add_to(&mut drift, met);
        }
        drift
    }
}

/// [`What`], read back.
#[derive(Debug, Deserialize)]
enum Owned {
    #[serde(rename = "p")]
    Place(String, String),
    #[serde(rename = "n")]
    NewField(String),
    #[serde(rename = "b")]
    Beside(String),
    #[serde(rename = "d")]
    DoubledKey(String),
    #[serde(rename = "m")]
    Mismatch(String, String),
    #[serde(rename = "t")]
    AsText(String, String),
    #[serde(rename = "w")]
    UnknownWord(String, String, String),
    #[serde(rename = "r")]
    Replaced,
}

impl Owned {
    fn add_to(self, drift: &mut Drift, met: Met) {
        match self {
            Self::Place(place, kind) => {
                if let Some(kind) = JsonKind::ALL.into_iter().find(|known| known.name() == kind) {
                    drift.places.entry(place).or_default().insert(kind, met);
                }
            }
            Self::NewField(field) => drop(drift.new_fields.insert(field, met)),
            Self::Beside(field) => drop(drift.beside.insert(field, met)),
            Self::DoubledKey(key) => drop(drift.doubled_keys.insert(key, met)),
            Self::Mismatch(table, column) => drop(drift.mismatches.insert((table, column), met)),
            Self::AsText(table, column) => drop(drift.as_text.insert((table, column), met)),
            Self::UnknownWord(table, column, word) => {
                drift.unknown_words.insert((table, column, word), met);
            }
            Self::Replaced => {
                drift.replaced_characters = u32::try_from(met.count).unwrap_or(u32::MAX);
                drift.first_replaced = Some(met.first);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn drift(page: &str, count: u64, word: &str) -> Drift {
        let met = |record| Met { count, first: Place::new(&Arc::from(page), record) };
        let column = || ("messages".to_owned(), "text".to_owned());
        Drift {
            places: BTreeMap::from([(
                "/a~1b/*/\"\u{1f600}".to_owned(),
                JsonKind::ALL
                    .into_iter()
                    .zip([0, 3, 1, 4, 2, 9])
                    .map(|(kind, record)| (kind, met(record)))
                    .collect(),
            )]),
            new_fields: BTreeMap::from([("/x".to_owned(), met(7))]),
            beside: BTreeMap::from([("/next".to_owned(), met(0))]),
            doubled_keys: BTreeMap::from([("/y".to_owned(), met(6))]),
            mismatches: BTreeMap::from([(column(), met(1))]),
            as_text: BTreeMap::from([(column(), met(2))]),
            unknown_words: BTreeMap::from([(
                ("messages".to_owned(), "role".to_owned(), word.to_owned()),
                met(3),
            )]),
            replaced_characters: 5,
            first_replaced: Some(Place::new(&Arc::from(page), 0)),
        }
    }

    #[test]
    fn drift_that_was_noted_is_that_of_the_pages() {
        let pages = [("raw/x#2", 3, "agent"), ("raw/x#1", 1, "bot\t\n"), ("raw/x#10", 4, "agent")];
        let (mut read, mut findings) = (Drift::default(), Findings::default());
        for (page, count, word) in pages {
            let of_page = drift(page, count, word);
            findings.add(&page.into(), super::of_page(&of_page).unwrap());
            read.merge(of_page);
        }
        assert_eq!(findings.into_drift(), read);
    }

    #[test]
    fn a_page_with_very_many_findings_is_not_noted() {
        let met = Met { count: 1, first: Place::new(&Arc::from("raw/x#1"), 0) };
        let fields = |n: usize| (0..n).map(|n| (format!("/{n}"), met.clone())).collect();
        let of = |n| Drift { new_fields: fields(n), ..Drift::default() };
        assert_eq!(of_page(&of(MAX_FINDINGS)).map(|findings| findings.len()), Some(MAX_FINDINGS));
        assert_eq!(of_page(&of(MAX_FINDINGS + 1)), None);
    }
}
