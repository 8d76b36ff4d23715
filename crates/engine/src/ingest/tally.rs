//! What pulling tasks and workers count of a stream.

use convolake_transformer::Drift;

use crate::lock::Lock;
use crate::numbers::count;
use crate::report::run_report::{FieldReport, WordReport};

/// Counts of one stream with one set of params, added to from several threads.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: Lock<Counts>,
}

/// The counts at one moment.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counts {
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    pub(crate) requests: u64,
    /// Pages an earlier run had landed, and this one merges.
    pub(crate) taken_up: u64,
    pub(crate) records: u64,
    pub(crate) rows: u64,
    pub(crate) quarantined: u64,
    pub(crate) drift: Drift,
}

impl Tally {
    pub(crate) fn add(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.hold());
    }

    /// Takes note of a page of this size.
    pub(crate) fn page(&self, n_bytes: usize) {
        self.add(|counts| {
            counts.pages += 1;
            counts.bytes += count(n_bytes);
        });
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts.hold().clone()
    }
}

impl Counts {
    pub(crate) fn new_fields(&self, stream: &str) -> impl Iterator<Item = FieldReport> {
        self.drift.new_fields.iter().map(move |(field, drift)| FieldReport {
            stream: stream.to_owned(),
            field: field.clone(),
            count: drift.count,
            first: drift.first.to_string(),
        })
    }

    pub(crate) fn mismatches(&self, stream: &str) -> impl Iterator<Item = FieldReport> {
        self.drift.mismatches.iter().map(move |((table, column), drift)| FieldReport {
            stream: stream.to_owned(),
            field: format!("{table}.{column}"),
            count: drift.count,
            first: drift.first.to_string(),
        })
    }

    pub(crate) fn unknown_words(&self, stream: &str) -> impl Iterator<Item = WordReport> {
        self.drift.unknown_words.iter().map(move |((table, column, word), met)| WordReport {
            stream: stream.to_owned(),
            field: format!("{table}.{column}"),
            word: word.clone(),
            count: met.count,
            first: met.first.to_string(),
        })
    }
}
