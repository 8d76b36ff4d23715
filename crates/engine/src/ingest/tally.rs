//! What pulling tasks and workers count of a stream.

use std::collections::BTreeMap;

use convolake_extractor::PartialFailure;
use convolake_transformer::{Drift, Met};

use crate::lock::Lock;
use crate::numbers::count;

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
    /// Records that were looked at.
    pub(crate) records: u64,
    pub(crate) rows: u64,
    /// Pages that were left alone, as their rows stand in the tables as they gave them; and their records.
    pub(crate) recalled_pages: u64,
    pub(crate) recalled_records: u64,
    pub(crate) quarantined: u64,
    /// Records that stand in quarantine since an earlier run.
    pub(crate) quarantined_earlier: u64,
    /// Why, how often, and where first; of what is quarantined by this run.
    pub(crate) reasons: Reasons,
    pub(crate) drift: Drift,
    pub(crate) partial: PartialFailures,
}

/// Errors that stood beside the records of pages.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct PartialFailures {
    pub(crate) n_pages: u64,
    pub(crate) n_errors: u64,
    /// The first, in the source's words where it has any.
    pub(crate) first: String,
}

/// Why records were quarantined.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Reasons(BTreeMap<String, Met>);

impl Reasons {
    /// More different ones are not told apart: those that come later are not counted.
    const MAX: usize = 1000;

    /// Adds a reason.
    pub(crate) fn add(&mut self, reason: &str, met: Met) {
        if let Some(known) = self.0.get_mut(reason) {
            known.add(met);
        } else if self.0.len() < Self::MAX {
            self.0.insert(reason.to_owned(), met);
        }
    }

    /// The one that was met most often.
    pub(crate) fn commonest(&self) -> Option<(&str, &Met)> {
        let mut reasons: Vec<_> = self.0.iter().map(|(reason, met)| (reason.as_str(), met)).collect();
        reasons.sort_by(|(_, one), (_, other)| {
            other.count.cmp(&one.count).then_with(|| one.first.cmp(&other.first))
        });
        reasons.first().copied()
    }
}

impl PartialFailures {
    /// Adds those of a page.
    pub(crate) fn add(&mut self, partial: &PartialFailure) {
        if self.n_pages == 0 {
            self.first = match &partial.message {
                Some(message) => format!("{}: {message}", partial.sign),
                None => partial.sign.clone(),
            };
        }
        self.n_pages += 1;
        self.n_errors += count(partial.n_errors);
    }
}

impl Counts {
    /// All records that came.
    pub(crate) const fn all_records(&self) -> u64 {
        self.records + self.recalled_records
    }
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
