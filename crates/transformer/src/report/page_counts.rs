//! What one page holds, counted while it is walked; at the end it becomes the page's drift.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::drift::{self, Drift, Met};
use super::json_kind::JsonKind;
use crate::json::{self, pointer};
use crate::plan::Plan;

/// The counts of one page. Each comes with the record it was met in first.
pub(crate) struct PageCounts<'a> {
    /// The values at each node of the plan.
    kinds: Vec<KindCounts>,
    /// Fields without a column, by the node of their object and their name.
    new_fields: HashMap<(usize, Cow<'a, str>), KindCounts>,
    /// Fields beside the records that nothing takes, by the node of their object and their name.
    beside: HashMap<(usize, Cow<'a, str>), (u64, u32)>,
    /// Keys that stand twice in one object, of which the last value counts, by their pointer.
    doubled_keys: BTreeMap<String, (u64, u32)>,
    /// Values that do not fit, by level and column.
    mismatches: BTreeMap<(usize, usize), (u64, u32)>,
    /// Numbers and booleans that stand as texts, by level and column.
    as_text: BTreeMap<(usize, usize), (u64, u32)>,
    /// Words that are none of a column's known ones, by level and column.
    unknown_words: BTreeMap<(usize, usize, String), (u64, u32)>,
}

impl<'a> PageCounts<'a> {
    /// Nothing yet.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            kinds: vec![KindCounts::default(); plan.nodes.len()],
            new_fields: HashMap::new(),
            beside: HashMap::new(),
            doubled_keys: BTreeMap::new(),
            mismatches: BTreeMap::new(),
            as_text: BTreeMap::new(),
            unknown_words: BTreeMap::new(),
        }
    }

    /// Counts a value at a node.
    #[inline(always)]
    pub(crate) fn add_value(&mut self, node: usize, kind: JsonKind, record: u32) {
        self.kinds[node].add(kind, record);
    }

    /// Counts a field without a column.
    pub(crate) fn add_new_field(&mut self, node: usize, raw_key: &'a str, value: &str, record: u32) {
        /// More distinct fields of a page than this are counted together.
        const MAX_FIELDS: usize = 64 * Drift::MAX_PLACES;
        let mut field = (node, json::unescape(raw_key));
        if self.new_fields.len() >= MAX_FIELDS && !self.new_fields.contains_key(&field) {
            field = (usize::MAX, Drift::OTHERS.into());
        }
        self.new_fields.entry(field).or_default().add(JsonKind::of(value), record);
    }

    /// Counts a field beside the records that nothing takes, met before this record.
    pub(crate) fn add_beside(&mut self, node: usize, raw_key: &'a str, record: u32) {
        let mut field = (node, json::unescape(raw_key));
        if self.beside.len() >= Drift::MAX_PLACES && !self.beside.contains_key(&field) {
            field = (usize::MAX, Drift::OTHERS.into());
        }
        self.beside.entry(field).or_insert((0, record)).0 += 1;
    }

    /// Counts a value whose key stands once more behind it, in the same object.
    #[cold]
    pub(crate) fn add_doubled_key(&mut self, pointer: &str, record: u32) {
        let is_known = self.doubled_keys.len() < Drift::MAX_PLACES || self.doubled_keys.contains_key(pointer);
        let pointer = if is_known { pointer } else { Drift::OTHERS };
        self.doubled_keys.entry(pointer.to_owned()).or_insert((0, record)).0 += 1;
    }

    /// Counts a value that does not fit its column.
    pub(crate) fn add_mismatch(&mut self, level: usize, column: usize, record: u32) {
        self.mismatches.entry((level, column)).or_insert((0, record)).0 += 1;
    }

    /// Counts a number or boolean that a string column takes as it is written.
    #[cold]
    pub(crate) fn add_as_text(&mut self, level: usize, column: usize, record: u32) {
        self.as_text.entry((level, column)).or_insert((0, record)).0 += 1;
    }

    /// Counts a word that is none of the column's known ones; of a long one, the beginning.
    pub(crate) fn add_unknown_word(&mut self, level: usize, column: usize, word: &str, record: u32) {
        const MAX_BYTES: usize = 64;
        let word = &word[..word.floor_char_boundary(MAX_BYTES)];
        let mut key = (level, column, word.to_owned());
        if self.unknown_words.len() >= Drift::MAX_PLACES && !self.unknown_words.contains_key(&key) {
            key.2 = Drift::OTHERS.to_owned();
        }
        self.unknown_words.entry(key).or_insert((0, record)).0 += 1;
    }

    /// The counts by the names that reports use.
    pub(crate) fn into_drift(self, plan: &Plan, page: &str) -> Drift {
        let page = &Arc::from(page);
        let mut drift = Drift::default();
        for (node, kinds) in plan.nodes.iter().zip(self.kinds) {
            for (kind, met) in kinds.by_kind(page) {
                let known = drift.places.entry(node.pointer.clone()).or_default();
                drift::add(known.entry(kind), met);
            }
        }
        // In the order of their names, so that which of very many are counted by name does not depend on chance.
        let new_fields: BTreeMap<String, KindCounts> = self
            .new_fields
            .into_iter()
            .map(|((node, key), kinds)| match plan.nodes.get(node) {
                Some(node) => (pointer::of_member(&node.pointer, &key), kinds),
                None => (Drift::OTHERS.to_owned(), kinds),
            })
            .collect();
        for (pointer, kinds) in new_fields {
            drift.merge(Drift {
                places: BTreeMap::from([(pointer.clone(), kinds.by_kind(page).collect())]),
                new_fields: BTreeMap::from([(pointer, kinds.of_all_kinds(page))]),
                ..Drift::default()
            });
        }
        for ((node, key), (count, record)) in self.beside {
            let pointer = match plan.envelope.nodes.get(node) {
                Some(node) => pointer::of_member(&node.pointer, &key),
                None => Drift::OTHERS.to_owned(),
            };
            drift.beside.insert(pointer, Met::on_page(page, count, record));
        }
        for (pointer, (count, record)) in self.doubled_keys {
            drift.doubled_keys.insert(pointer, Met::on_page(page, count, record));
        }
        let column = |level: usize, column: usize| {
            let table = &plan.levels[level].table;
            (table.name.clone(), table.schema.field(column).name().clone())
        };
        for ((level, at), (count, record)) in self.mismatches {
            drift.mismatches.insert(column(level, at), Met::on_page(page, count, record));
        }
        for ((level, at), (count, record)) in self.as_text {
            drift.as_text.insert(column(level, at), Met::on_page(page, count, record));
        }
        for ((level, at, word), (count, record)) in self.unknown_words {
            let (table, column) = column(level, at);
            drift.unknown_words.insert((table, column, word), Met::on_page(page, count, record));
        }
        drift
    }
}

/// The values at one place of a page: for each kind how many, and the record with the first.
#[derive(Debug, Clone, Copy, Default)]
struct KindCounts([(u32, u32); JsonKind::ALL.len()]);

impl KindCounts {
    #[inline]
    fn add(&mut self, kind: JsonKind, record: u32) {
        let (count, first) = &mut self.0[kind as usize];
        if *count == 0 {
            *first = record;
        }
        *count = count.saturating_add(1);
    }

    fn by_kind(self, page: &Arc<str>) -> impl Iterator<Item = (JsonKind, Met)> {
        let met = move |(kind, (count, first)): (JsonKind, (u32, u32))| {
            (count > 0).then(|| (kind, Met::on_page(page, u64::from(count), first)))
        };
        JsonKind::ALL.into_iter().zip(self.0).filter_map(met)
    }

    fn of_all_kinds(self, page: &Arc<str>) -> Met {
        let first = self.0.iter().filter(|(count, _)| *count > 0).map(|(_, first)| *first).min();
        let count = self.0.iter().map(|(count, _)| u64::from(*count)).sum();
        Met::on_page(page, count, first.unwrap_or_default())
    }
}
