use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::record::{Place, Record};
use crate::stream::Stream;

/// Everything that can be served: one sorted shelf per stream.
#[derive(Debug)]
pub(crate) struct Store {
    shelves: [Shelf; 4],
}

impl Store {
    /// `records` in the order of [`Stream::ALL`], each in any order.
    pub(crate) fn new(records: [Vec<Record>; 4]) -> Self {
        let mut streams = Stream::ALL.into_iter();
        let shelves = records.map(|records| {
            let newest_first = streams.next().is_some_and(Stream::newest_first);
            Shelf::new(records, newest_first)
        });
        Self { shelves }
    }

    /// Takes the records of another store in.
    pub(crate) fn add(&mut self, other: Self) {
        for (shelf, added) in self.shelves.iter_mut().zip(other.shelves) {
            shelf.rewrite(|records| {
                let next = records.iter().map(|record| record.number + 1).max().unwrap_or_default();
                records.extend(
                    added.records.into_iter().map(|record| Record { number: next + record.number, ..record }),
                );
            });
        }
    }

    pub(crate) fn shelf(&self, stream: Stream) -> &Shelf {
        &self.shelves[stream.index()]
    }

    pub(crate) fn shelf_mut(&mut self, stream: Stream) -> &mut Shelf {
        &mut self.shelves[stream.index()]
    }
}

/// The records of one stream in the order in which they are served.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    records: Vec<Record>,
    newest_first: bool,
    by_conversation: HashMap<Arc<str>, Vec<usize>>,
}

impl Shelf {
    fn new(records: Vec<Record>, newest_first: bool) -> Self {
        let mut shelf = Self { records, newest_first, by_conversation: HashMap::new() };
        shelf.sort();
        shelf
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// The conversations that have a record here, each once, newest first.
    pub(crate) fn conversations(&self) -> Vec<Arc<str>> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let mut add = |record: &Record| {
            if seen.insert(Arc::clone(&record.conversation)) {
                found.push(Arc::clone(&record.conversation));
            }
        };
        if self.newest_first {
            self.records.iter().for_each(&mut add);
        } else {
            self.records.iter().rev().for_each(&mut add);
        }
        found
    }

    /// Positions of a conversation's records, in served order.
    pub(crate) fn of_conversation(&self, conversation: &str) -> &[usize] {
        self.by_conversation.get(conversation).map_or(&[], Vec::as_slice)
    }

    /// Positions of the records with `start <= at < end` (or `<= end`). Only for shelves that are oldest first.
    pub(crate) fn window(&self, start: f64, end: f64, end_included: bool) -> Range<usize> {
        let first = self.records.partition_point(|record| record.at < start);
        let past = self
            .records
            .partition_point(|record| if end_included { record.at <= end } else { record.at < end });
        first..past.max(first)
    }

    /// The first position after `place` in served order.
    pub(crate) fn after(&self, place: Place) -> usize {
        self.records.partition_point(|record| {
            let order = record.place().compare(&place);
            if self.newest_first { order.is_ge() } else { order.is_le() }
        })
    }

    /// Gives the records out to be changed and sorts them again.
    pub(crate) fn rewrite(&mut self, change: impl FnOnce(&mut Vec<Record>)) {
        change(&mut self.records);
        self.sort();
    }

    fn sort(&mut self) {
        if self.newest_first {
            self.records.sort_by(|a, b| b.place().compare(&a.place()));
        } else {
            self.records.sort_by(|a, b| a.place().compare(&b.place()));
        }
        self.by_conversation.clear();
        for (position, record) in self.records.iter().enumerate() {
            self.by_conversation.entry(Arc::clone(&record.conversation)).or_default().push(position);
        }
    }
}
