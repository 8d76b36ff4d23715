//! Everything that pulling one stream with one set of params found out. Whoever pulls the stream fills it, and nobody
//! else: the stream's next state and its report are made from it.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::{ExtractError, OddEnd, Slice};

use jiff::SignedDuration;

use crate::Outcome;
use crate::error::outcome_of;
use crate::report::warning::{Warning, Warnings};
use crate::with_causes;

/// How a slice ended.
#[derive(Debug)]
pub(crate) enum SliceEnd {
    /// At its end, or where no further page was wanted; with the ids that were not answered for.
    Through { unanswered: Vec<String>, odd_end: Option<OddEnd> },
    /// Before its end. The pages before the fault are landed and on their way into the tables.
    Stopped {
        error: ExtractError,
        /// True where the next run can go on behind the pages that have landed.
        is_begun: bool,
    },
    /// One id, by itself: the source turned it down, and gave others.
    Rejected { error: ExtractError },
    /// One id, by itself: the source turned it down, and may be at fault as a whole.
    Doubted { error: ExtractError },
}

/// What pulling one stream with one set of params found out.
#[derive(Debug, Default)]
pub(crate) struct StreamOutcome {
    /// Slices that came to their end.
    pub(crate) done: Vec<Slice>,
    /// Slices of which pages have landed, and that have not come to their end. Ids are asked for anew and not counted here.
    pub(crate) begun: Vec<Slice>,
    /// Something is left for the next run: a slice stopped, a window was not opened, or the list that the stream asks by is
    /// not through itself.
    pub(crate) has_work_left: bool,
    /// A slice has ended by the source's rules, and that looks wrong.
    pub(crate) has_odd_end: bool,
    /// True where the end of a slice may be a fault of the source: the stream is through, and not known to be complete.
    pub(crate) may_have_ended_early: bool,
    /// Everything the source has was walked to its end.
    pub(crate) is_full_walk: bool,
    /// A page came from the source.
    pub(crate) has_page: bool,
    /// Why the stream stopped, or what went wrong beside it.
    pub(crate) fault: Fault,
    /// Ids that were asked for and not answered.
    pub(crate) unanswered: Vec<String>,
    /// Ids that the source turned down.
    pub(crate) rejected: Vec<String>,
    /// Ids of which pages have landed and others have not, those included that were asked for again and answered.
    pub(crate) cut_short: BTreeSet<String>,
    /// Ids that were answered, of those a list has shown, with the hash of what it shows.
    pub(crate) answered: BTreeMap<String, String>,
    /// The longest window that the source takes, where it has turned longer ones down.
    pub(crate) longest_window: Option<SignedDuration>,
    /// The size of pages that the source takes, where it does not take the largest.
    pub(crate) page_size: Option<u32>,
    /// Of the ids a list shows, in its order, the last one up to which all were asked for.
    pub(crate) asked_up_to: Option<String>,
    /// Records that are gone at the source.
    pub(crate) deletions: Deletions,
    /// What was short after an earlier run, and asked for again.
    pub(crate) refetch: Refetch,
    /// Everything that is worth a look.
    pub(crate) warnings: Warnings,
}

/// What went wrong in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The worst of all that went wrong.
    pub(crate) outcome: Outcome,
    /// The first error that stopped something.
    pub(crate) error: Option<String>,
}

/// Records that the lake knows and the source no longer has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Deletions {
    /// How many are gone.
    pub(crate) n_gone: usize,
    /// Some of their ids.
    pub(crate) examples: Vec<String>,
    /// Ids whose rows leave the tables.
    pub(crate) removed: Vec<String>,
}

/// What was short of declared counts, and asked for again by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refetch {
    /// Ids that were asked for because they are short, and that the source answered or rejected.
    pub(crate) asked: BTreeSet<String>,
    /// Ids that are short and that the run pulled anyway.
    pub(crate) pulled_anyway: BTreeSet<String>,
    /// Slices of the refetch of which pages have landed, and that have not come to their end.
    pub(crate) begun: Vec<Slice>,
}

impl Default for Fault {
    fn default() -> Self {
        Self { outcome: Outcome::Done, error: None }
    }
}

impl StreamOutcome {
    /// True where nothing is left for the next run.
    pub(crate) fn is_through(&self) -> bool {
        !self.has_work_left
    }

    /// Adds how a slice ended; true where it came through.
    pub(crate) fn end_slice(&mut self, slice: &Slice, end: SliceEnd) -> bool {
        match end {
            SliceEnd::Through { unanswered, odd_end } => {
                if let Some(end) = odd_end {
                    self.has_odd_end = true;
                    self.may_have_ended_early |= end.may_be_early();
                    self.warnings.push(Warning::OddEnd { slice: slice.clone(), end });
                }
                if let Slice::Ids(_) = slice {
                    self.unanswered.extend(unanswered);
                }
                self.done.push(slice.clone());
                true
            }
            SliceEnd::Stopped { error, is_begun } => {
                self.has_work_left = true;
                if is_begun && !matches!(slice, Slice::Ids(_)) {
                    self.begun.push(slice.clone());
                }
                self.fail(&error);
                false
            }
            SliceEnd::Rejected { error } => {
                self.warn_rejected(slice, &error);
                self.rejected.extend(ids_of(slice).iter().cloned());
                true
            }
            SliceEnd::Doubted { error } => {
                self.warn_rejected(slice, &error);
                self.unanswered.extend(ids_of(slice).iter().cloned());
                true
            }
        }
    }

    fn warn_rejected(&mut self, slice: &Slice, error: &ExtractError) {
        let why = with_causes(error, ": ");
        self.warnings.push(Warning::IdRejected { ids: ids_of(slice).to_vec(), why });
    }

    /// Adds an error that stopped something.
    pub(crate) fn fail(&mut self, error: &ExtractError) {
        self.fault.outcome = self.fault.outcome.max(outcome_of(error)).max(Outcome::Failed);
        self.fault.error.get_or_insert_with(|| with_causes(error, ": "));
    }
}

/// The ids that a slice is of.
fn ids_of(slice: &Slice) -> &[String] {
    match slice {
        Slice::Ids(ids) | Slice::Of { parents: ids, .. } => ids,
        Slice::Whole | Slice::Window { .. } => &[],
    }
}

#[cfg(test)]
mod tests {
    use convolake_extractor::StopReason;

    use super::*;

    fn rejected() -> ExtractError {
        ExtractError::Request { stream: "s".to_owned(), reason: "no such path".to_owned() }
    }

    fn stopped() -> ExtractError {
        ExtractError::Stopped { stream: "s".to_owned(), reason: StopReason::Asked }
    }

    fn owned(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn slices_end_in_one_of_two_ways() {
        let ids = Slice::Ids(vec!["a".to_owned()]);
        let through = |odd_end| SliceEnd::Through { unanswered: vec!["a".to_owned()], odd_end };
        let stop = |is_begun| SliceEnd::Stopped { error: stopped(), is_begun };
        for (slice, end, n_done, n_begun, n_unanswered, has_odd_end) in [
            (&Slice::Whole, through(None), 1, 0, 0, false),
            (&Slice::Whole, through(Some(OddEnd::Full)), 1, 0, 0, true),
            (&ids, through(None), 1, 0, 1, false),
            (&Slice::Whole, stop(true), 0, 1, 0, false),
            (&Slice::Whole, stop(false), 0, 0, 0, false),
            (&ids, stop(true), 0, 0, 0, false),
        ] {
            let case = format!("{slice:?}, {end:?}");
            let mut outcome = StreamOutcome::default();
            assert_eq!(outcome.end_slice(slice, end), n_done == 1, "{case}");
            assert_eq!(outcome.is_through(), n_done == 1, "{case}");
            let found = (outcome.done.len(), outcome.begun.len(), outcome.unanswered.len());
            assert_eq!(found, (n_done, n_begun, n_unanswered), "{case}");
            assert_eq!(outcome.has_odd_end, has_odd_end, "{case}");
        }
    }

    #[test]
    fn an_id_that_is_turned_down_stops_nothing() {
        let ids = Slice::Ids(vec!["a".to_owned()]);
        for (end, unanswered, rejected) in [
            (SliceEnd::Rejected { error: rejected() }, &[][..], &["a"][..]),
            (SliceEnd::Doubted { error: rejected() }, &["a"], &[]),
        ] {
            let case = format!("{end:?}");
            let mut outcome = StreamOutcome::default();
            assert!(outcome.end_slice(&ids, end) && outcome.is_through(), "{case}");
            assert_eq!(outcome.warnings.texts().len(), 1, "{case}");
            assert_eq!(outcome.fault, Fault::default(), "{case}");
            let found = (outcome.unanswered, outcome.rejected);
            assert_eq!(found, (owned(unanswered), owned(rejected)), "{case}");
        }
    }

    #[test]
    fn the_worst_outcome_and_the_first_error_count() {
        for errors in [[stopped(), rejected()], [rejected(), stopped()]] {
            let mut outcome = StreamOutcome::default();
            errors.iter().for_each(|error| outcome.fail(error));
            let worst = errors.iter().map(outcome_of).max().unwrap();
            assert_eq!(outcome.fault.outcome, worst);
            assert_eq!(outcome.fault.error, Some(with_causes(&errors[0], ": ")));
        }
    }
}
