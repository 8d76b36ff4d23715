//! The plan of one stream with one set of params: from what the lake knows, and from a probe where one is asked for.

use std::sync::Arc;

use convolake_extractor::{Extractor, Facts, Slice};
use convolake_model::{ParamSet, Stream};
use jiff::{SignedDuration, Timestamp};

use crate::error::with_params;
use crate::numbers::{count, ratio};
use crate::plan::estimate::{sum, whole};
use crate::plan::known::Known;
use crate::plan::observed::Observed;
use crate::plan::report::{Basis, ProbeReport, SlicePlan, StreamPlan};
use crate::plan::slices::{ProbedPage, SliceEstimates};
use crate::plan::survey::{Seen, Survey};
use crate::run::bounds::Begin;
use crate::source::probe::{Probe, first_ids, is_by_ids_alone, probe, recent_slice};
use crate::state::streams::StreamState;
use crate::{Outcome, Seams, with_causes};

/// What the plans of all streams go by.
pub(crate) struct Planner<'a> {
    pub(crate) known: &'a Known,
    /// Asks for the probes; `None` where no request is to be made.
    pub(crate) extractor: Option<&'a Extractor>,
    pub(crate) seams: &'a Seams,
    pub(crate) now: Timestamp,
    pub(crate) begin: Begin,
}

impl Planner<'_> {
    /// Plans a stream; `list` is the one it takes its ids from, where that is pulled before it.
    pub(crate) async fn stream(
        &self,
        stream: &Stream,
        params: &Arc<ParamSet>,
        list: Option<&Stream>,
    ) -> (StreamPlan, Outcome) {
        let facts = self.facts(stream, params);
        let watermark = facts.watermark;
        let mut observed = self.known.of(stream, params);
        let was_known = observed.days.is_some() || observed.record_bytes.is_some();
        let probed = self.probe(stream, params, list).await;
        let outcome = probed.as_ref().map_or(Outcome::Done, Probe::outcome);
        let page = probed.as_ref().and_then(ProbedPage::of);
        if let Some(page) = &page {
            observed.add_probe(page);
        }
        let survey = match (&observed.days, probed.as_ref().is_some_and(|probed| probed.page.is_ok())) {
            (None, true) => self.survey(stream, params).await,
            _ => None,
        };
        let landed = |slice: &Slice| self.known.landed_pages(stream, params, slice);
        let estimates = SliceEstimates { stream, facts, observed: &observed, landed: &landed, page, survey };
        let is_full_walk = estimates.is_full_walk(list);
        let slices = match (&stream.changed, list) {
            (Some(changed), Some(list)) if !is_full_walk => {
                vec![estimates.changed(&self.known.of(list, params), changed.batch)]
            }
            _ => estimates.slices(is_full_walk),
        };
        let records = slices.iter().map(|(_, records)| *records).sum::<Option<f64>>();
        let slices: Vec<SlicePlan> = slices.into_iter().map(|(slice, _)| slice).collect();
        let requests = sum(slices.iter().map(|slice| slice.requests));
        let requests_per_second = stream.rate_limit.requests_per_second;
        let plan = StreamPlan {
            stream: stream.name.clone(),
            params: (**params).clone(),
            watermark,
            is_full_walk,
            changed_in: stream.changed.as_ref().map(|changed| changed.list.clone()),
            seconds: ratio(requests.likely(), 1) / requests_per_second,
            slices,
            requests_per_second,
            requests,
            records: records.map(whole),
            bytes: bytes(records, &observed),
            basis: basis(was_known, page.is_some()),
            probe: probed
                .as_ref()
                .map(|probed| report(probed, params, 1 + survey.map_or(0, |survey| survey.n_asked))),
        };
        (plan, outcome)
    }

    fn facts(&self, stream: &Stream, params: &ParamSet) -> Facts {
        let state = self.known.state.get(&stream.name, params);
        let watermark = state.and_then(|state| state.watermark);
        Facts {
            begin: self.begin.of(watermark),
            watermark,
            now: self.now,
            last_full_walk: state.and_then(|state| state.last_full_walk),
            was_first_walk: state.is_some_and(|state| state.was_first_walk),
            unfinished: self.known.unfinished(stream, params),
            // Looking again at open records costs a few windows, and to know them a scan of the table.
            open: Vec::new(),
            reopened: state.map_or_else(Vec::new, StreamState::reopened_windows),
        }
    }

    /// When a stream that knows windows has records, as far as some windows show it.
    async fn survey(&self, stream: &Stream, params: &Arc<ParamSet>) -> Option<Survey> {
        let (extractor, windows) = (self.extractor?, stream.windows.as_ref()?);
        let window = SignedDuration::from_secs(windows.window.as_seconds());
        Survey::of(self.begin.of(None), self.now, window, async |from, until| {
            let slice = Slice::Window { from, until };
            let probed = probe(extractor, &*self.seams.clock, stream, params, slice).await;
            let page = probed.page.ok()?;
            Some(Seen { records: count(page.record_count), is_all: probed.is_all })
        })
        .await
    }

    /// A page as a run would ask for it: of the first ids of the list's page, where the stream is asked by ids alone.
    async fn probe(&self, stream: &Stream, params: &Arc<ParamSet>, list: Option<&Stream>) -> Option<Probe> {
        let (extractor, clock) = (self.extractor?, &*self.seams.clock);
        let slice = |stream: &Stream| recent_slice(stream, self.begin.of(None), self.now);
        let is_list =
            |list: &&Stream| stream.changed.as_ref().is_some_and(|changed| changed.list == list.name);
        let slice = match list.filter(is_list).filter(|_| is_by_ids_alone(stream)) {
            Some(list) => {
                let listed = probe(extractor, clock, list, params, slice(list)).await;
                first_ids(stream, listed.page.as_ref().ok()?)?
            }
            None => slice(stream),
        };
        Some(probe(extractor, clock, stream, params, slice).await)
    }
}

fn bytes(records: Option<f64>, observed: &Observed) -> Option<u64> {
    records.zip(observed.record_bytes).map(|(records, bytes)| whole(records * bytes))
}

const fn basis(was_known: bool, is_probed: bool) -> Basis {
    match (was_known, is_probed) {
        (true, _) => Basis::EarlierRuns,
        (false, true) => Basis::Probe,
        (false, false) => Basis::Nothing,
    }
}

fn report(probed: &Probe, params: &ParamSet, requests: u64) -> ProbeReport {
    let page = probed.page.as_ref().ok();
    ProbeReport {
        slice: probed.slice.to_json(),
        requests,
        records: page.map_or(0, |page| count(page.record_count)),
        bytes: page.map_or(0, |page| count(page.body.len())),
        is_all: probed.is_all,
        seconds: probed.seconds,
        error: probed.page.as_ref().err().map(|error| with_params(&with_causes(error, ": "), params)),
    }
}
