//! Drift: how pages differ from what the schema expects, counted by place.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::json_kind::JsonKind;
use super::place::Place;

/// What pages held, and how that differs from what the schema expects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// What stood at each place met, by its pointer from the record, with `*` for elements: those the schema names, and
    /// fields without a column.
    pub places: BTreeMap<String, BTreeMap<JsonKind, Met>>,
    /// Fields without a column, by their pointer from the record.
    pub new_fields: BTreeMap<String, Met>,
    /// Fields beside the records that nothing takes, by their pointer from the page, with `*` for elements.
    pub beside: BTreeMap<String, Met>,
    /// Values whose key stands once more in the same object, where the last one counts, by their pointer from the record.
    pub doubled_keys: BTreeMap<String, Met>,
    /// Values that do not fit, by table and column.
    pub mismatches: BTreeMap<(String, String), Met>,
    /// Numbers and booleans that stand in a string column as they are written, by table and column.
    pub as_text: BTreeMap<(String, String), Met>,
    /// Words that are none of those a column is known to hold, by table, column and word.
    pub unknown_words: BTreeMap<(String, String, String), Met>,
    /// Bytes and escapes that were no text and became U+FFFD.
    pub replaced_characters: u32,
    /// The first page with such; its record is not known.
    pub first_replaced: Option<Place>,
}

/// How often something was met, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// How often.
    pub count: u64,
    /// The first place.
    pub first: Place,
}

impl Drift {
    /// More distinct places than this are counted together, so that a source with ids for keys costs no memory.
    pub const MAX_PLACES: usize = 1000;
    /// Where what is beyond [`Drift::MAX_PLACES`] is counted.
    pub const OTHERS: &'static str = "(others)";

    /// Adds another page's counts. The result does not depend on the order of pages: the earliest place counts, and
    /// of too many names those that sort first stay.
    pub fn merge(&mut self, other: Self) {
        for (place, kinds) in other.places {
            add_kinds(self.places.entry(place).or_default(), kinds);
            cap(&mut self.places, |_| Self::OTHERS.to_owned(), add_kinds);
        }
        for (field, met) in other.new_fields {
            add(self.new_fields.entry(field), met);
            cap(&mut self.new_fields, |_| Self::OTHERS.to_owned(), Met::add);
        }
        for (field, met) in other.beside {
            add(self.beside.entry(field), met);
            cap(&mut self.beside, |_| Self::OTHERS.to_owned(), Met::add);
        }
        for (key, met) in other.doubled_keys {
            add(self.doubled_keys.entry(key), met);
            cap(&mut self.doubled_keys, |_| Self::OTHERS.to_owned(), Met::add);
        }
        for (column, met) in other.mismatches {
            add(self.mismatches.entry(column), met);
        }
        for (column, met) in other.as_text {
            add(self.as_text.entry(column), met);
        }
        for (word, met) in other.unknown_words {
            add(self.unknown_words.entry(word), met);
            let others = |(table, column, _): &Word| (table.clone(), column.clone(), Self::OTHERS.to_owned());
            cap(&mut self.unknown_words, others, Met::add);
        }
        self.replaced_characters = self.replaced_characters.saturating_add(other.replaced_characters);
        self.first_replaced = self.first_replaced.take().into_iter().chain(other.first_replaced).min();
    }
}

/// Table, column and word.
type Word = (String, String, String);
type Kinds = BTreeMap<JsonKind, Met>;

impl Met {
    /// Met so often on one page, first in this record.
    pub(super) fn on_page(page: &Arc<str>, count: u64, record: u32) -> Self {
        Self { count, first: Place::new(page, record) }
    }

    /// Adds how often something was met elsewhere.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        if other.first < self.first {
            self.first = other.first;
        }
    }
}

/// Adds to what was met under a name.
pub(super) fn add<K: Ord>(entry: Entry<'_, K, Met>, met: Met) {
    match entry {
        Entry::Occupied(mut known) => known.get_mut().add(met),
        Entry::Vacant(place) => drop(place.insert(met)),
    }
}

fn add_kinds(known: &mut Kinds, kinds: Kinds) {
    for (kind, met) in kinds {
        add(known.entry(kind), met);
    }
}

/// Counts the last of more than [`Drift::MAX_PLACES`] names among the others.
fn cap<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, others_of: impl Fn(&K) -> K, add: impl Fn(&mut V, V)) {
    while map.len() > Drift::MAX_PLACES {
        let Some(last) = map.keys().rev().find(|key| others_of(key) != **key).cloned() else { return };
        let Some(met) = map.remove(&last) else { return };
        match map.entry(others_of(&last)) {
            Entry::Occupied(mut others) => add(others.get_mut(), met),
            Entry::Vacant(others) => drop(others.insert(met)),
        }
    }
}

#[cfg(test)]
mod tests;
