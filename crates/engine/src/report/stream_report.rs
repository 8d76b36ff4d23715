//! What a run did for one stream and one set of params, made once from all that was found out.

use convolake_model::ParamSet;
use jiff::Timestamp;
use serde::Serialize;

use crate::Outcome;
use crate::error::with_params;
use crate::ingest::StreamSink;
use crate::ingest::tally::Counts;
use crate::numbers::count;
use crate::report::exit::ExitRules;
use crate::report::stream_outcome::{Deletions, Fault, Refetch, StreamOutcome};
use crate::state::completeness::Completeness;

/// What a run did for one stream and one set of params.
#[derive(Debug, Clone, Serialize)]
pub struct StreamReport {
    /// The stream.
    pub stream: String,
    /// Its params.
    pub params: ParamSet,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it stopped before its end.
    pub error: Option<String>,
    /// Requests made, with those that were made again.
    pub requests: u64,
    /// Pages read.
    pub pages: u64,
    /// Pages an earlier run had landed but not merged; no request was made for them.
    pub pages_taken_up: u64,
    /// Pages that were not looked at again, as they are byte for byte as an earlier run brought them.
    #[serde(skip_serializing_if = "is_none")]
    pub pages_recalled: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Records on them.
    pub records: u64,
    /// Of those, quarantined; without those that were quarantined earlier.
    pub quarantined: u64,
    /// What most of these were quarantined for; `None` where none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commonest_reason: Option<ReasonReport>,
    /// Records that gave no row again, and are in quarantine since an earlier run.
    pub quarantined_earlier: u64,
    /// Up to which instant the stream is complete.
    pub watermark: Option<Timestamp>,
    /// What the source declares against what the lake holds; `None` where it declares nothing, or was not asked.
    pub completeness: Option<Completeness>,
    /// Records of the lake that a walk of the whole source did not meet: they are gone there.
    pub gone: u64,
    /// Of those, taken out of the lake's tables; the others stay.
    pub removed: u64,
    /// Some of their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone_examples: Vec<String>,
    /// What was short after an earlier run, and asked for again by id; `None` where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_again: Option<FetchedAgain>,
    /// What stopped nothing and is worth a look.
    pub warnings: Vec<String>,
    /// Ids that were asked for and never answered, some of them.
    pub unanswered: Vec<String>,
    /// How many ids the lake holds in an older version than their list shows.
    pub stale: u64,
}

/// Why records were quarantined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonReport {
    /// The reason, as their lines in quarantine have it.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The page of the first.
    pub first: String,
}

/// What was short and asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FetchedAgain {
    /// Ids that were asked for.
    pub asked: u64,
    /// Of those, the ones that have as many rows as declared now; `None` where that was not compared.
    pub complete: Option<u64>,
}

const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// One stream of a run whose rows are all flattened.
#[derive(Debug)]
pub(crate) struct EndedStream {
    pub(crate) stream: String,
    pub(crate) params: ParamSet,
    pub(crate) outcome: StreamOutcome,
    pub(crate) counts: Counts,
    /// Up to which instant the stream is complete, by the state that is committed.
    pub(crate) watermark: Option<Timestamp>,
    /// Ids that were asked for and not answered, by this run or an earlier one.
    pub(crate) unanswered: Vec<String>,
    /// How many ids the lake holds in an older version than their list shows.
    pub(crate) n_stale: u64,
}

/// What comparing declared counts with the lake said of a stream; nothing where that was not done.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) completeness: Option<Completeness>,
    /// Of the ids that were refetched, how many are complete now.
    pub(crate) n_refetched_complete: Option<u64>,
}

impl EndedStream {
    /// A stream that nothing was pulled of: pages of files, or of earlier runs.
    pub(crate) fn of_pages(sink: &StreamSink, params: &ParamSet) -> Self {
        Self {
            stream: sink.stream.clone(),
            params: params.clone(),
            outcome: StreamOutcome::default(),
            counts: sink.tally.counts(),
            watermark: None,
            unanswered: Vec::new(),
            n_stale: 0,
        }
    }
}

impl StreamReport {
    /// The report of a stream.
    pub(crate) fn new(ended: EndedStream, compared: Compared, rules: &ExitRules) -> Self {
        let EndedStream { stream, params, outcome, counts, watermark, unanswered, n_stale } = ended;
        let Compared { completeness, n_refetched_complete } = compared;
        // Every field is named: one that is new has to be told, or left out on purpose.
        let StreamOutcome {
            fault: Fault { outcome, error },
            deletions: Deletions { n_gone, examples, removed },
            refetch: Refetch { asked, pulled_anyway: _, begun: _ },
            warnings,
            // The state has these.
            done: _,
            begun: _,
            has_work_left: _,
            has_odd_end: _,
            may_have_ended_early: _,
            is_full_walk: _,
            has_page: _,
            unanswered: _,
            rejected: _,
            answered: _,
            longest_window: _,
            page_size: _,
            asked_up_to: _,
            cut_short: _,
        } = outcome;
        // Drift and rows are told of all streams together.
        let Counts {
            pages,
            bytes,
            requests,
            taken_up,
            records: looked_at,
            recalled_pages,
            recalled_records,
            quarantined,
            quarantined_earlier,
            reasons,
            rows: _,
            drift: _,
            partial: _,
        } = counts;
        let records = looked_at + recalled_records;
        let recalled = (recalled_pages > 0).then(|| {
            format!(
                "{recalled_pages} of {pages} pages are byte for byte as they were, and their {recalled_records} records were not \
                 looked at again: what is told of them was found by the run that brought them"
            )
        });
        let earlier = (quarantined_earlier > 0).then(|| {
            format!(
                "{quarantined_earlier} of {records} records gave no row again: they are in quarantine since an earlier run, and are \
                 not counted again"
            )
        });
        let n_short = completeness.as_ref().map_or(0, |completeness| completeness.short);
        let fetched_again = FetchedAgain { asked: count(asked.len()), complete: n_refetched_complete };
        let error = error.map(|error| with_params(&error, &params));
        Self {
            stream,
            params,
            outcome: rules.of_stream(outcome, n_short + n_stale, quarantined),
            error,
            requests,
            pages,
            pages_taken_up: taken_up,
            bytes,
            records,
            quarantined,
            commonest_reason: reasons.commonest().map(|(reason, met)| ReasonReport {
                reason: reason.to_owned(),
                count: met.count,
                first: met.first.page_name().to_owned(),
            }),
            quarantined_earlier,
            watermark,
            completeness,
            gone: count(n_gone),
            removed: count(removed.len()),
            gone_examples: examples,
            fetched_again: (fetched_again.asked > 0).then_some(fetched_again),
            pages_recalled: recalled_pages,
            warnings: earlier.into_iter().chain(recalled).chain(warnings.texts()).collect(),
            unanswered,
            stale: n_stale,
        }
    }
}
