//! The refetch: records that are short of a declared count are asked for once more, by their parents' ids.

use convolake_extractor::{FailureKind, Slice, Window};
use convolake_model::{ByParent, Span};
use jiff::{SignedDuration, Timestamp};

use crate::report::stream_outcome::{SliceEnd, StreamOutcome};
use crate::report::warning::Warning;
use crate::run::concurrency::pull_concurrently;
use crate::run::stream::StreamPull;
use crate::state::goal::Goal;
use crate::state::shortfalls::{Shortfall, Shortfalls, due};
use crate::{EngineError, with_causes};

impl StreamPull<'_> {
    /// Asks a stream for the records of parents that were short after the last run. The stream itself is through by now:
    /// what goes wrong here is told, and done again by the next run. A backfill does not ask: it is out for something else.
    pub(crate) async fn refetch_by_parent(&mut self) -> Result<(), EngineError> {
        let Some(rules) = &self.stream.by_parent else { return Ok(()) };
        if self.run.goal != Goal::Incremental {
            return Ok(());
        }
        let ids = due(&self.before.shortfalls);
        let windows = self
            .stream
            .windows
            .as_ref()
            .map(|_| (self.run.begin.of(self.before.watermark), self.stream.lookback));
        let Self { slices, outcome, stream, before, .. } = self;
        let slices = &*slices;
        // An id that the source would read as several is asked for by itself.
        let would_split = |id: &String| stream.answers.ids.would_split(id);
        let (alone, together): (Vec<String>, Vec<String>) = ids.into_iter().partition(would_split);
        let one = ByParent { batch: 1, ..rules.clone() };
        let mut refetches = refetch_slices(&before.shortfalls, &together, rules, windows);
        refetches.extend(refetch_slices(&before.shortfalls, &alone, &one, windows));
        let mut refetches = refetches.into_iter();
        let next = |_| {
            let slice = refetches.next()?;
            Some(async move { slices.pull_in_halves(slice, &|_| None, &mut |_| true).await })
        };
        let ended = |parts: Result<Vec<(Slice, SliceEnd)>, EngineError>| {
            let mut goes_on = true;
            for (slice, end) in parts? {
                goes_on &= end_refetch(outcome, slice, end);
            }
            Ok(goes_on)
        };
        pull_concurrently(slices.run.extractor, stream, next, ended).await
    }
}

/// Adds how the refetch of some parents ended; true where further ones may begin. What the source rejects counts as asked
/// for, as it would be rejected again.
fn end_refetch(outcome: &mut StreamOutcome, slice: Slice, end: SliceEnd) -> bool {
    match end {
        SliceEnd::Through { .. } => {}
        SliceEnd::Rejected { error } | SliceEnd::Doubted { error } => {
            let why = with_causes(&error, ": ");
            outcome.warnings.push(Warning::RefetchRejected { slice: slice.clone(), why });
        }
        SliceEnd::Stopped { error, .. } if error.kind() == FailureKind::Failed => {
            let why = with_causes(&error, ": ");
            outcome.warnings.push(Warning::RefetchRejected { slice: slice.clone(), why });
        }
        SliceEnd::Stopped { error, is_begun } => {
            outcome.fail(&error);
            outcome.refetch.begun.extend(is_begun.then_some(slice));
            return false;
        }
    }
    if let Slice::Of { parents, .. } = slice {
        outcome.refetch.asked.extend(parents);
    }
    true
}

/// The slices that ask for parents' ids; always the same for the same of them, so that what has landed of one is resumed.
fn refetch_slices(
    shortfalls: &Shortfalls,
    ids: &[String],
    rules: &ByParent,
    windows: Option<(Timestamp, Span)>,
) -> Vec<Slice> {
    let slice = |ids: &[String]| {
        let of = |id: &String| shortfalls.get(id);
        let within = windows.and_then(|(begin, lookback)| {
            let lookback = SignedDuration::from_secs(lookback.as_seconds());
            let from = |shortfall: &Shortfall| {
                shortfall.since.and_then(|since| since.checked_sub(lookback).ok()).unwrap_or(begin)
            };
            let from = ids.iter().filter_map(of).map(from).min()?;
            let until = ids.iter().filter_map(of).map(|shortfall| shortfall.until).max()?;
            (from < until).then_some(Window { from, until })
        });
        Slice::Of { parents: ids.to_vec(), within }
    };
    let batch = usize::try_from(rules.batch).unwrap_or(usize::MAX).max(1);
    ids.chunks(batch).map(slice).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use convolake_extractor::{ExtractError, StopReason};

    use super::*;
    use crate::Outcome;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn slices_reach_from_where_the_oldest_began() {
        let shortfall = |since: Option<&str>| Shortfall {
            declared: 1,
            since: since.map(at),
            until: at("2025-02-01T00:00:00Z"),
            asked: false,
        };
        let shortfalls = Shortfalls::from([
            ("a".to_owned(), shortfall(Some("2025-01-10T00:00:00Z"))),
            ("b".to_owned(), shortfall(None)),
        ]);
        let rules = |batch| ByParent { param: "of".to_owned(), batch, since: None };
        let ids = ["a".to_owned(), "b".to_owned()];
        let windows = Some((at("2020-01-01T00:00:00Z"), Span::days(2)));
        let of = |ids: &[&str], from: Option<&str>| Slice::Of {
            parents: ids.iter().map(|id| (*id).to_owned()).collect(),
            within: from.map(|from| Window { from: at(from), until: at("2025-02-01T00:00:00Z") }),
        };
        let (late, early) = ("2025-01-08T00:00:00Z", "2020-01-01T00:00:00Z");
        for (batch, windows, expected) in [
            (1, windows, vec![of(&["a"], Some(late)), of(&["b"], Some(early))]),
            (2, windows, vec![of(&["a", "b"], Some(early))]),
            (2, None, vec![of(&["a", "b"], None)]),
        ] {
            assert_eq!(refetch_slices(&shortfalls, &ids, &rules(batch), windows), expected, "{batch}");
        }
    }

    #[test]
    fn a_rejected_refetch_is_not_made_again_and_a_stopped_one_is() {
        let stream = || "s".to_owned();
        let slice = || Slice::Of { parents: vec!["a".to_owned()], within: None };
        let through = SliceEnd::Through { unanswered: Vec::new(), odd_end: None };
        let rejected = ExtractError::NextPageMissing { stream: stream(), page: 1 };
        let rejected = SliceEnd::Stopped { error: rejected, is_begun: true };
        let stopped = |is_begun| SliceEnd::Stopped {
            error: ExtractError::Stopped { stream: stream(), reason: StopReason::Requests },
            is_begun,
        };
        for (end, goes_on, n_warnings, worst, n_begun) in [
            (through, true, 0, Outcome::Done, 0),
            (rejected, true, 1, Outcome::Done, 0),
            (stopped(true), false, 0, Outcome::Busy, 1),
            (stopped(false), false, 0, Outcome::Busy, 0),
        ] {
            let case = format!("{end:?}");
            let mut outcome = StreamOutcome::default();
            assert_eq!(end_refetch(&mut outcome, slice(), end), goes_on, "{case}");
            let asked: BTreeSet<String> = goes_on.then(|| "a".to_owned()).into_iter().collect();
            assert_eq!(outcome.refetch.asked, asked, "{case}");
            assert_eq!(outcome.warnings.texts().len(), n_warnings, "{case}");
            assert_eq!(outcome.fault.outcome, worst, "{case}");
            assert_eq!(outcome.fault.error.is_some(), !goes_on, "{case}");
            assert_eq!(outcome.refetch.begun.len(), n_begun, "{case}");
            assert!(outcome.is_through(), "the stream itself is through; {case}");
        }
    }
}
