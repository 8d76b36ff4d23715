//! What pages held and how that differs from what the schema expects, counted by place.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::json;
use crate::json::Kind;
use crate::json::pointer;
use crate::report::place::Place;
use crate::walk::page::Walk;

/// What pages held, and how that differs from what the schema expects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// What stood at each place met, by its pointer from the record, with `*` for elements: those the schema names, and
    /// fields without a column.
    pub places: BTreeMap<String, BTreeMap<JsonKind, Met>>,
    /// Fields without a column, by their pointer from the record.
    pub new_fields: BTreeMap<String, Met>,
    /// Values that do not fit, by table and column.
    pub mismatches: BTreeMap<(String, String), Met>,
    /// Words that are none of those a column is known to hold, by table, column and word.
    pub unknown_words: BTreeMap<(String, String, String), Met>,
    /// Bytes and escapes that were no text and became U+FFFD.
    pub replaced_characters: u32,
}

/// How often something was met, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// How often.
    pub count: u64,
    /// The first place.
    pub first: Place,
}

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JsonKind {
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// `"..."`
    String,
    /// `1.5`
    Number,
    /// `true` and `false`
    Bool,
    /// `null`
    Null,
}

impl JsonKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Object, Self::Array, Self::String, Self::Number, Self::Bool, Self::Null];

    /// The kind's name, as in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Null => "null",
        }
    }

    /// The kind of a value whose text is this.
    pub(crate) fn of(raw: &str) -> Self {
        match raw.as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }
}

impl JsonKind {
    /// [`JsonKind::of`] a value the reader has seen.
    #[inline(always)]
    pub(crate) fn seen(kind: Kind, raw: &str) -> Self {
        match kind {
            Kind::Object => Self::Object,
            Kind::Array => Self::Array,
            Kind::String => Self::String,
            Kind::Number => Self::Number,
            Kind::Literal => Self::of(raw),
        }
    }
}

impl Drift {
    /// More distinct places than this are counted together, so that a source with ids for keys costs no memory.
    pub const MAX_PLACES: usize = 1000;
    /// Where what is beyond [`Drift::MAX_PLACES`] is counted.
    pub const OTHERS: &'static str = "(others)";

    /// Adds another page's counts. In whatever order pages come, the same is told of them: the earliest place counts, and
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
        for (column, met) in other.mismatches {
            add(self.mismatches.entry(column), met);
        }
        for (word, met) in other.unknown_words {
            add(self.unknown_words.entry(word), met);
            let others = |(table, column, _): &Word| (table.clone(), column.clone(), Self::OTHERS.to_owned());
            cap(&mut self.unknown_words, others, Met::add);
        }
        self.replaced_characters = self.replaced_characters.saturating_add(other.replaced_characters);
    }
}

/// Table, column and word.
type Word = (String, String, String);
type Kinds = BTreeMap<JsonKind, Met>;

impl Met {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        if other.first < self.first {
            self.first = other.first;
        }
    }
}

fn add<K: Ord>(entry: Entry<'_, K, Met>, met: Met) {
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

/// Counts the last of too many names among the others.
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

/// What stood at one place of a page: for each kind how often, and the record it was met in first.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KindCounts([(u32, u32); JsonKind::ALL.len()]);

impl KindCounts {
    #[inline]
    pub(crate) fn add(&mut self, kind: JsonKind, record: u32) {
        let (count, first) = &mut self.0[kind as usize];
        if *count == 0 {
            *first = record;
        }
        *count = count.saturating_add(1);
    }

    fn kinds(self, page: &Arc<str>) -> impl Iterator<Item = (JsonKind, Met)> {
        let met = move |(kind, (count, first)): (JsonKind, (u32, u32))| {
            (count > 0).then(|| (kind, met(page, u64::from(count), first)))
        };
        JsonKind::ALL.into_iter().zip(self.0).filter_map(met)
    }

    fn all(self, page: &Arc<str>) -> Met {
        let first = self.0.iter().filter(|(count, _)| *count > 0).map(|(_, first)| *first).min();
        let count = self.0.iter().map(|(count, _)| u64::from(*count)).sum();
        met(page, count, first.unwrap_or_default())
    }
}

fn met(page: &Arc<str>, count: u64, record: u32) -> Met {
    Met { count, first: Place::new(page, record) }
}

impl<'a> Walk<'a> {
    pub(crate) fn drift(&mut self) -> Drift {
        let plan = self.plan;
        let page = &Arc::from(self.input.page);
        let mut drift = Drift::default();
        for (node, kinds) in plan.nodes.iter().zip(&self.kinds) {
            for (kind, met) in kinds.kinds(page) {
                let known = drift.places.entry(node.pointer.clone()).or_default();
                add(known.entry(kind), met);
            }
        }
        // In the order of their names, so that which of very many are counted by name does not depend on chance.
        let new_fields: BTreeMap<String, KindCounts> = std::mem::take(&mut self.new_fields)
            .into_iter()
            .map(|((node, key), kinds)| match plan.nodes.get(node) {
                Some(node) => (pointer::of_member(&node.pointer, &key), kinds),
                None => (Drift::OTHERS.to_owned(), kinds),
            })
            .collect();
        for (pointer, kinds) in new_fields {
            drift.merge(Drift {
                places: BTreeMap::from([(pointer.clone(), kinds.kinds(page).collect())]),
                new_fields: BTreeMap::from([(pointer, kinds.all(page))]),
                ..Drift::default()
            });
        }
        let column = |level: usize, column: usize| {
            let table = &plan.levels[level].table;
            (table.name.clone(), table.schema.field(column).name().clone())
        };
        for ((level, at), (count, record)) in &self.mismatches {
            drift.mismatches.insert(column(*level, *at), met(page, *count, *record));
        }
        for ((level, at, word), (count, record)) in std::mem::take(&mut self.unknown_words) {
            let (table, column) = column(level, at);
            drift.unknown_words.insert((table, column, word), met(page, count, record));
        }
        drift
    }

    /// Counts a field without a column.
    pub(crate) fn new_field(&mut self, node: usize, raw_key: &'a str, value: &str) {
        /// So many of a page are told apart.
        const MOST: usize = 64 * Drift::MAX_PLACES;
        let mut field = (node, json::unescape(raw_key));
        if self.new_fields.len() >= MOST && !self.new_fields.contains_key(&field) {
            field = (usize::MAX, Drift::OTHERS.into());
        }
        self.new_fields.entry(field).or_default().add(JsonKind::of(value), self.records);
    }

    /// Counts a word that none of the column's known ones is like; of a long one, the beginning.
    pub(crate) fn unknown_word(&mut self, level: usize, column: usize, word: &str) {
        const LONGEST: usize = 64;
        let mut end = word.len().min(LONGEST);
        while !word.is_char_boundary(end) {
            end -= 1;
        }
        let mut key = (level, column, word.get(..end).unwrap_or_default().to_owned());
        if self.unknown_words.len() >= Drift::MAX_PLACES && !self.unknown_words.contains_key(&key) {
            key.2 = Drift::OTHERS.to_owned();
        }
        self.unknown_words.entry(key).or_insert((0, self.records)).0 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str, fields: impl IntoIterator<Item = (String, u32)>) -> Drift {
        let name = Arc::from(name);
        let met = |record| Met { count: 1, first: Place::new(&name, record) };
        let mut drift = Drift::default();
        for (field, record) in fields {
            drift.merge(Drift {
                places: BTreeMap::from([(field.clone(), BTreeMap::from([(JsonKind::Null, met(record))]))]),
                new_fields: BTreeMap::from([(field.clone(), met(record))]),
                unknown_words: BTreeMap::from([(("t".into(), "c".into(), field), met(record))]),
                ..Drift::default()
            });
        }
        drift
    }

    fn merged(pages: impl IntoIterator<Item = Drift>) -> Drift {
        let mut all = Drift::default();
        pages.into_iter().for_each(|page| all.merge(page));
        all
    }

    #[test]
    fn the_earliest_place_is_told_whichever_page_comes_first() {
        let of = |name: &str, record| page(name, [("/mood".to_owned(), record)]);
        let pages = || {
            vec![of("raw/b#2", 0), of("raw/b#10", 7), of("raw/a#3", 9), of("raw/a#3", 4), of("raw/a#20", 0)]
        };
        for turn in 0..pages().len() {
            let mut pages = pages();
            pages.rotate_left(turn);
            let Met { count, first } = &merged(pages).new_fields["/mood"];
            assert_eq!((*count, first.to_string().as_str()), (5, "raw/a#3 record 4"));
        }
    }

    #[test]
    fn of_too_many_names_the_same_stay_whichever_page_comes_first() {
        let fields = |from: usize| (from..from + 700).map(|number| (format!("/f{number:04}"), 0));
        let pages =
            || vec![page("raw/a#1", fields(0)), page("raw/a#2", fields(400)), page("raw/a#3", fields(1200))];
        let expected = merged(pages());
        let counts: u64 = expected.new_fields.values().map(|met| met.count).sum();
        assert_eq!((counts, expected.new_fields.len()), (3 * 700, Drift::MAX_PLACES));
        assert_eq!(
            expected.new_fields[Drift::OTHERS].count,
            2100 - 999 - 300,
            "999 names, 300 of them twice"
        );
        assert_eq!(expected.places.len(), Drift::MAX_PLACES);
        assert_eq!(expected.unknown_words.len(), Drift::MAX_PLACES);
        for turn in 1..pages().len() {
            let mut pages = pages();
            pages.rotate_left(turn);
            assert_eq!(merged(pages), expected);
        }
    }
}
