//! How many requests and records the slices of one stream take. Pure.

use convolake_extractor::{Facts, Slice, full_walk_due, plan as plan_slices};
use convolake_model::Stream;
use jiff::{SignedDuration, Timestamp};

use crate::numbers::{count, ratio};
use crate::plan::estimate::{records_between, requests, whole};
use crate::plan::observed::Observed;
use crate::plan::report::{RequestEstimate, SlicePlan};
use crate::source::probe::Probe;

/// The page that a probe gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProbedPage<'a> {
    pub(crate) slice: &'a Slice,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    /// True where the page was all there was of the slice.
    pub(crate) is_all: bool,
}

impl<'a> ProbedPage<'a> {
    /// `None` where no page came.
    pub(crate) fn of(probed: &'a Probe) -> Option<Self> {
        let page = probed.page.as_ref().ok()?;
        let (records, bytes) = (count(page.record_count), count(page.body.len()));
        Some(Self { slice: &probed.slice, records, bytes, is_all: probed.is_all })
    }
}

/// What the estimates of one stream's slices go by.
pub(crate) struct SliceEstimates<'a> {
    pub(crate) stream: &'a Stream,
    pub(crate) facts: Facts,
    pub(crate) observed: &'a Observed,
    /// The pages of a slice that have landed and are not asked for again.
    pub(crate) landed: &'a (dyn Fn(&Slice) -> u64 + Sync),
    pub(crate) page: Option<ProbedPage<'a>>,
}

impl SliceEstimates<'_> {
    /// True where everything is walked; `list` is the list that is pulled before it.
    pub(crate) fn is_full_walk(&self, list: Option<&Stream>) -> bool {
        match (&self.stream.changed, list) {
            (Some(_), None) => true,
            (Some(_), Some(_)) => full_walk_due(self.stream, &self.facts),
            (None, _) => full_walk_due(self.stream, &self.facts) || self.facts.watermark.is_none(),
        }
    }

    /// The slices the extractor would be given, each with its records.
    pub(crate) fn slices(&self, is_full_walk: bool) -> Vec<(SlicePlan, Option<f64>)> {
        let slices = plan_slices(self.stream, &self.facts).into_iter();
        slices
            .map(|slice| {
                let landed = (self.landed)(&slice);
                let (kind, from, until) = match slice {
                    Slice::Window { from, until } => ("window", Some(from), Some(until)),
                    Slice::Whole => ("whole", None, None),
                    Slice::Ids(_) | Slice::Of { .. } => ("ids", None, None),
                };
                let records = match from.zip(until) {
                    Some((from, until)) => self.in_window(from, until),
                    None => self.in_whole(is_full_walk),
                };
                let landed_records = ratio(landed, 1) * self.observed.page_records.unwrap_or_default();
                let records = records.map(|records| (records - landed_records).max(0.0));
                (SlicePlan { kind, from, until, requests: self.requests(records, is_full_walk) }, records)
            })
            .collect()
    }

    fn in_window(&self, from: Timestamp, until: Timestamp) -> Option<f64> {
        let known_until = self.facts.watermark.unwrap_or(self.facts.now);
        match (&self.observed.days, self.page) {
            (Some(days), _) => Some(records_between(days, from, until, known_until)),
            (None, Some(ProbedPage { slice: Slice::Window { from: first, until: last }, records, .. })) => {
                let span = last.duration_since(*first).as_secs_f64();
                Some(ratio(records, 1) * until.duration_since(from).as_secs_f64() / span.max(1.0))
            }
            (None, _) => None,
        }
    }

    fn in_whole(&self, is_full_walk: bool) -> Option<f64> {
        if let Some(ProbedPage { is_all: true, records, .. }) = self.page {
            return Some(ratio(records, 1));
        }
        let days = self.observed.days.as_ref()?;
        let known_until = self.facts.watermark.unwrap_or(self.facts.now);
        let from = match is_full_walk || self.stream.listed_at.is_none() {
            true => Timestamp::MIN,
            false => {
                let lookback = SignedDuration::from_secs(self.stream.lookback.as_seconds());
                known_until.checked_sub(lookback).unwrap_or(Timestamp::MIN)
            }
        };
        Some(records_between(days, from, self.facts.now, known_until))
    }

    /// What the list is expected to show as changed: the records since the watermark, as many a day as lately.
    pub(crate) fn changed(&self, list: &Observed, batch: u32) -> (SlicePlan, Option<f64>) {
        let (now, since) = (self.facts.now, self.facts.watermark.unwrap_or(self.facts.now));
        let days = list.days.as_ref().or(self.observed.days.as_ref());
        let records = days.map(|days| records_between(days, since, now, since));
        let expected = records.map(|records| whole((records / f64::from(batch.max(1))).ceil()));
        let requests = RequestEstimate { at_least: 0, expected };
        (SlicePlan { kind: "ids", from: None, until: None, requests }, records)
    }

    fn requests(&self, records: Option<f64>, is_full_walk: bool) -> RequestEstimate {
        let pages = &self.stream.pages;
        // The end of numbered pages shows on an empty one, that of a list on one wholly before what is looked for.
        let and_one = pages.numbered.is_some() && (is_full_walk || self.stream.listed_at.is_some());
        let saw_more = self.page.is_some_and(|page| !page.is_all && *page.slice == Slice::Whole);
        let at_least = if saw_more { 2 } else { 1 };
        let expected = records
            .zip(self.observed.page_records)
            .map(|(records, page_records)| requests(records, page_records, and_one).max(at_least));
        RequestEstimate { at_least, expected }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Project;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn facts(watermark: Option<&str>) -> Facts {
        Facts {
            begin: at("2025-01-01T00:00:00Z"),
            watermark: watermark.map(at),
            now: at("2025-03-02T00:00:00Z"),
            last_full_walk: None,
            was_first_walk: false,
            unfinished: None,
            open: Vec::new(),
            reopened: Vec::new(),
        }
    }

    /// A hundred records a day from 2025-01-01 on, twenty on a page.
    fn observed() -> Observed {
        let days: BTreeMap<i32, u64> = (0..60).map(|day| (20_089 + day, 100)).collect();
        Observed { page_records: Some(20.0), record_bytes: None, days: Some(days) }
    }

    #[test]
    fn batches_of_changed_ids_are_as_many_as_records_came_lately() {
        let project = Project::load("convocore", &[]).unwrap();
        let (stream, none) = (&project.pipeline.streams["export"], Observed::default());
        for (list, watermark, batch, expected) in [
            (observed(), Some("2025-03-01T00:00:00Z"), 10, Some(10)),
            (observed(), Some("2025-03-01T00:00:00Z"), 30, Some(4)),
            (observed(), Some("2025-02-28T00:00:00Z"), 10, Some(20)),
            // Complete up to now.
            (observed(), None, 10, Some(0)),
            (Observed::default(), Some("2025-03-01T00:00:00Z"), 10, None),
        ] {
            let (facts, landed) = (facts(watermark), |_: &Slice| 0);
            let estimates = SliceEstimates { stream, facts, observed: &none, landed: &landed, page: None };
            let (plan, _) = estimates.changed(&list, batch);
            assert_eq!(plan.requests, RequestEstimate { at_least: 0, expected }, "{watermark:?}, {batch}");
        }
    }

    #[test]
    fn pages_that_have_landed_are_not_asked_for_again() {
        let project = Project::load("convocore", &[]).unwrap();
        let (stream, observed) = (&project.pipeline.streams["list"], observed());
        let expected_with = |n_landed: u64| {
            let landed = |_: &Slice| n_landed;
            let facts = facts(None);
            let estimates =
                SliceEstimates { stream, facts, observed: &observed, landed: &landed, page: None };
            let slices = estimates.slices(true);
            slices.iter().map(|(slice, _)| slice.requests.expected.unwrap()).sum::<u64>()
        };
        assert_eq!(expected_with(0) - expected_with(100), 100);
        assert_eq!(expected_with(1_000_000), expected_with(300), "one request at least shows the end");
    }

    #[test]
    fn a_first_page_that_others_follow_takes_two_requests_at_least() {
        let project = Project::load("convocore", &[]).unwrap();
        let (stream, none) = (&project.pipeline.streams["list"], Observed::default());
        for (is_all, at_least) in [(true, 1), (false, 2)] {
            let page = ProbedPage { slice: &Slice::Whole, records: 20, bytes: 2_000, is_all };
            let landed = |_: &Slice| 0;
            let facts = facts(None);
            let estimates =
                SliceEstimates { stream, facts, observed: &none, landed: &landed, page: Some(page) };
            let slices = estimates.slices(true);
            assert_eq!(slices[0].0.requests.at_least, at_least, "{is_all}");
        }
    }
}
