//! How a stream's outcome follows from what went wrong, what is short and what was quarantined.

use crate::Outcome;

/// Whether it is an error that something is short of what the source declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// It is told of, and no error.
    Lenient,
    /// It is one.
    Strict,
}

/// What a run's streams are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExitRules {
    strictness: Strictness,
    /// More records were quarantined than the pipeline allows, all streams together.
    is_quarantine_over: bool,
}

impl ExitRules {
    /// The rules of a run in which so many records came and were quarantined; `max_quarantined` is the share (0 to 1) that
    /// may be.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of records needs no more digits than a double has"
    )]
    pub(crate) fn new(strictness: Strictness, records: u64, quarantined: u64, max_quarantined: f64) -> Self {
        let is_quarantine_over = quarantined as f64 > records as f64 * max_quarantined;
        Self { strictness, is_quarantine_over }
    }

    /// How a stream ended: the worst of what went wrong, what is short and what was quarantined of it.
    pub(crate) fn of_stream(&self, fault: Outcome, n_short: u64, quarantined: u64) -> Outcome {
        let short = match (self.strictness, n_short) {
            (Strictness::Lenient, _) | (_, 0) => Outcome::Done,
            (Strictness::Strict, _) => Outcome::Short,
        };
        let quarantine = match (self.is_quarantine_over, quarantined) {
            (false, _) | (_, 0) => Outcome::Done,
            (true, _) => Outcome::Quarantined,
        };
        fault.max(short).max(quarantine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_as_the_worst_of_its_faults() {
        use Outcome::{Busy, Done, Failed, Quarantined, Short};
        use Strictness::{Lenient, Strict};
        for (strictness, all_quarantined, fault, n_short, quarantined, expected) in [
            (Lenient, 0, Done, 0, 0, Done),
            (Lenient, 0, Done, 7, 0, Done),
            (Strict, 0, Done, 7, 0, Short),
            (Strict, 0, Done, 0, 0, Done),
            (Strict, 0, Busy, 7, 0, Busy),
            // One of a hundred is allowed, whichever stream it is of.
            (Lenient, 1, Done, 0, 1, Done),
            (Lenient, 2, Done, 0, 1, Quarantined),
            (Lenient, 2, Done, 0, 0, Done),
            (Strict, 2, Done, 7, 1, Short),
            (Lenient, 2, Failed, 0, 1, Failed),
        ] {
            let rules = ExitRules::new(strictness, 100, all_quarantined, 0.01);
            let case = format!("{strictness:?}, {all_quarantined}, {fault:?}, {n_short}, {quarantined}");
            assert_eq!(rules.of_stream(fault, n_short, quarantined), expected, "{case}");
        }
    }
}
