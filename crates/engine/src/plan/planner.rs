use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use convolake_extractor::Budget;
use convolake_extractor::Extractor;
use convolake_extractor::Facts;
use convolake_extractor::RetryPolicy;
use convolake_extractor::Slice;
use convolake_extractor::full_walk_due;
use convolake_extractor::plan as plan_slices;
use convolake_loader::Lake;
use convolake_loader::Location;
use convolake_model::Override;
use convolake_model::ParamSet;
use convolake_model::RateScope;
use convolake_model::Stream;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::blocking::blocking;
use crate::plan::estimate::{records_between, requests, sum, whole};
use crate::plan::known::{Known, StreamKnown, ratio};
use crate::plan::report::{Basis, PlanReport, ProbeReport, RequestEstimate, SlicePlan, StreamPlan};
use crate::reads::file_sizes;
use crate::run::group::stream_groups;
use crate::source::connect;
use crate::source::probe::{Probe, probe, recent_slice};
use crate::{EngineError, Outcome, Project, Seams, with_causes};

/// What to plan.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// Where the lake is, or would be.
    pub to: String,
    /// The streams to plan; all where empty.
    pub streams: Vec<String>,
    /// Where a stream without a watermark begins, instead of the pipeline's `begin`.
    pub from: Option<Timestamp>,
    /// What stands for now.
    pub until: Option<Timestamp>,
    /// Ask each stream for one page, and go by that where nothing else is known.
    pub probe: bool,
}

/// Plans a run with what the lake knows. Nothing is written, no lease is taken; without probes no request is made
/// and no key needed.
///
/// # Errors
/// The pipeline, the params or the lake. A probe that fails is no error: the report says so.
pub async fn plan(request: PlanRequest, seams: Seams) -> Result<PlanReport, EngineError> {
    let project = Project::load(&request.pipeline, &request.overrides)?;
    let param_sets = project.param_sets()?;
    let names: BTreeSet<&str> =
        project.chosen(&request.streams)?.iter().map(|stream| stream.name.as_str()).collect();
    let extractor = match request.probe {
        true => Some(connect::extractor(&project, &seams, RetryPolicy::USUAL, Budget::default())?),
        false => None,
    };
    let to = request.to.clone();
    let lake = blocking(move || Ok(Lake::find(&Location::parse(&to)?)?)).await?;
    let (known, largest) = match lake {
        Some(lake) => {
            let (of_lake, name) = (lake.clone(), project.pipeline.name.clone());
            let largest = blocking(move || Ok(of_lake.largest_files(&name)?)).await?;
            (Known::read(lake, project.clone()).await?, largest)
        }
        None => (Known::default(), BTreeMap::new()),
    };
    let clock_now = seams.clock.now();
    let now = request.until.unwrap_or(clock_now).min(clock_now);
    let begin = request.from.unwrap_or(project.pipeline.begin);
    let planner = Planner { known: &known, extractor: extractor.as_ref(), seams: &seams, now, begin };
    let chosen: Vec<&Stream> =
        project.pipeline.streams.values().filter(|stream| names.contains(stream.name.as_str())).collect();
    let (mut streams, mut group_seconds, mut outcome) = (Vec::new(), 0.0_f64, Outcome::Done);
    for group in stream_groups(&chosen, &param_sets) {
        let mut seconds = 0.0;
        let mut list = None;
        for stream in group.streams {
            let (plan, ended) = planner.stream(stream, &group.params, list).await;
            list = Some(stream);
            seconds += plan.seconds;
            outcome = outcome.max(ended);
            streams.push(plan);
        }
        group_seconds = group_seconds.max(seconds);
    }
    let bytes = streams.iter().map(|stream| stream.bytes).sum();
    Ok(PlanReport {
        version: PlanReport::VERSION,
        pipeline: project.pipeline.name.clone(),
        lake: request.to,
        now,
        outcome,
        exit_code: outcome.exit_code(),
        requests: sum(streams.iter().map(|stream| stream.requests)),
        bytes,
        seconds: group_seconds.max(pace_seconds(&project, &streams)),
        warnings: warnings(&project, &known, &largest),
        streams,
    })
}

/// How long all requests take where streams share a limit.
fn pace_seconds(project: &Project, plans: &[StreamPlan]) -> f64 {
    let mut seconds: BTreeMap<(String, Option<String>), f64> = BTreeMap::new();
    for plan in plans {
        let Some(stream) = project.pipeline.streams.get(&plan.stream) else { continue };
        let endpoint = match stream.rate_limit.per {
            RateScope::Stream => Some(stream.path.to_string()),
            RateScope::Host => None,
        };
        *seconds.entry((crate::state::streams::origin(stream), endpoint)).or_default() += plan.seconds;
    }
    seconds.into_values().fold(0.0, f64::max)
}

fn warnings(project: &Project, known: &Known, largest: &BTreeMap<String, u64>) -> Vec<String> {
    let moved = known.state.moved(&project.pipeline).map(|(stream, was, now)| {
        format!(
            "the stream {stream} was pulled from {was} so far, and now would be from {now}; a run needs --allow-new-origin"
        )
    });
    let advice = file_sizes::advice(&project.pipeline.name, project.pipeline.buckets, largest);
    moved.into_iter().chain(advice.map(|(message, hint)| format!("{message}; {hint}"))).collect()
}

struct Planner<'a> {
    known: &'a Known,
    extractor: Option<&'a Extractor>,
    seams: &'a Seams,
    now: Timestamp,
    begin: Timestamp,
}

impl Planner<'_> {
    /// Plans a stream; `list` is the one it takes its ids from, where that is pulled before it.
    async fn stream(
        &self,
        stream: &Stream,
        params: &Arc<ParamSet>,
        list: Option<&Stream>,
    ) -> (StreamPlan, Outcome) {
        let state = self.known.state.get(&stream.name, params);
        let facts = Facts {
            begin: self.begin,
            watermark: state.and_then(|state| state.watermark),
            now: self.now,
            last_full_walk: state.and_then(|state| state.last_full_walk),
            was_first_walk: state.is_some_and(|state| state.was_first_walk),
            unfinished: self.known.unfinished(stream, params),
            // Looking again at what is open costs a few windows, and to know them a walk through the table.
            open: Vec::new(),
        };
        let mut known = self.known.of(stream, params);
        let was_known = known.days.is_some() || known.record_bytes.is_some();
        let (probed, outcome) = match self.extractor {
            Some(extractor) => {
                let slice = recent_slice(stream, self.begin, self.now);
                let probed = probe(extractor, &*self.seams.clock, stream, params, slice).await;
                let outcome = probed.outcome();
                (Some(probed), outcome)
            }
            None => (None, Outcome::Done),
        };
        let page = probed.as_ref().and_then(|probed| probed.page.as_ref().ok().map(|page| (probed, page)));
        if let Some((probed, page)) = page {
            let (records, bytes) = (count(page.record_count), count(page.body.len()));
            if records > 0 {
                known.record_bytes.get_or_insert(ratio(bytes, records));
                if !probed.is_all {
                    known.page_records = Some(ratio(records, 1));
                }
            }
        }
        let probed_seen = page.map(|(probed, page)| Seen {
            slice: &probed.slice,
            records: ratio(count(page.record_count), 1),
            is_all: probed.is_all,
        });
        let landed = |slice: &Slice| self.known.landed_pages(stream, params, slice);
        let watermark = facts.watermark;
        let asks = Asks { stream, facts, known: &known, landed: &landed, probed: probed_seen };
        let is_full_walk = asks.is_full_walk(list);
        let slices = match (&stream.changed, list) {
            (Some(changed), Some(list)) if !is_full_walk => {
                vec![asks.changed(&self.known.of(list, params), changed.batch)]
            }
            _ => asks.slices(is_full_walk),
        };
        let records = slices.iter().map(|(_, records)| *records).sum::<Option<f64>>();
        let slices: Vec<SlicePlan> = slices.into_iter().map(|(slice, _)| slice).collect();
        let all_requests = sum(slices.iter().map(|slice| slice.requests));
        let requests_per_second = stream.rate_limit.requests_per_second;
        let plan = StreamPlan {
            stream: stream.name.clone(),
            params: (**params).clone(),
            watermark,
            is_full_walk,
            changed_in: stream.changed.as_ref().map(|changed| changed.list.clone()),
            seconds: ratio(all_requests.likely(), 1) / requests_per_second,
            slices,
            requests_per_second,
            requests: all_requests,
            records: records.map(whole),
            bytes: records.zip(known.record_bytes).map(|(records, bytes)| whole(records * bytes)),
            basis: match (was_known, page.is_some()) {
                (true, _) => Basis::EarlierRuns,
                (false, true) => Basis::Probe,
                (false, false) => Basis::Nothing,
            },
            probe: probed.map(|probed| report(&probed)),
        };
        (plan, outcome)
    }
}

fn report(probed: &Probe) -> ProbeReport {
    let page = probed.page.as_ref().ok();
    ProbeReport {
        slice: probed.slice.to_json(),
        records: page.map_or(0, |page| count(page.record_count)),
        bytes: page.map_or(0, |page| count(page.body.len())),
        is_all: probed.is_all,
        seconds: probed.seconds,
        error: probed.page.as_ref().err().map(|error| with_causes(error, ": ")),
    }
}

fn count(number: usize) -> u64 {
    crate::ingest::workers::count(number)
}

/// What a probe saw.
#[derive(Clone, Copy)]
struct Seen<'a> {
    slice: &'a Slice,
    records: f64,
    is_all: bool,
}

/// What one stream would be asked for.
struct Asks<'a> {
    stream: &'a Stream,
    facts: Facts,
    known: &'a StreamKnown,
    /// The pages of a slice that are not asked for again.
    landed: &'a (dyn Fn(&Slice) -> u64 + Sync),
    probed: Option<Seen<'a>>,
}

impl Asks<'_> {
    fn is_full_walk(&self, list: Option<&Stream>) -> bool {
        match (&self.stream.changed, list) {
            (Some(_), None) => true,
            (Some(_), Some(_)) => full_walk_due(self.stream, &self.facts),
            (None, _) => full_walk_due(self.stream, &self.facts) || self.facts.watermark.is_none(),
        }
    }

    /// The slices the extractor would be given, each with its records.
    fn slices(&self, is_full_walk: bool) -> Vec<(SlicePlan, Option<f64>)> {
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
                let landed_records = ratio(landed, 1) * self.known.page_records.unwrap_or_default();
                let records = records.map(|records| (records - landed_records).max(0.0));
                (SlicePlan { kind, from, until, requests: self.requests(records, is_full_walk) }, records)
            })
            .collect()
    }

    fn in_window(&self, from: Timestamp, until: Timestamp) -> Option<f64> {
        let known_until = self.facts.watermark.unwrap_or(self.facts.now);
        match (&self.known.days, self.probed) {
            (Some(days), _) => Some(records_between(days, from, until, known_until)),
            (None, Some(Seen { slice: Slice::Window { from: first, until: last }, records, .. })) => {
                let span = last.duration_since(*first).as_secs_f64();
                Some(records * until.duration_since(from).as_secs_f64() / span.max(1.0))
            }
            (None, _) => None,
        }
    }

    fn in_whole(&self, is_full_walk: bool) -> Option<f64> {
        if let Some(Seen { is_all: true, records, .. }) = self.probed {
            return Some(records);
        }
        let days = self.known.days.as_ref()?;
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

    /// What the list is expected to show as changed: what has come since, as often as lately.
    fn changed(&self, list: &StreamKnown, batch: u32) -> (SlicePlan, Option<f64>) {
        let (now, since) = (self.facts.now, self.facts.watermark.unwrap_or(self.facts.now));
        let days = list.days.as_ref().or(self.known.days.as_ref());
        let records = days.map(|days| records_between(days, since, now, since));
        let expected = records.map(|records| whole((records / f64::from(batch.max(1))).ceil()));
        let requests = RequestEstimate { at_least: 0, expected };
        (SlicePlan { kind: "ids", from: None, until: None, requests }, records)
    }

    fn requests(&self, records: Option<f64>, is_full_walk: bool) -> RequestEstimate {
        let pages = &self.stream.pages;
        // The end of numbered pages shows on an empty one, that of a list on one wholly before what is looked for.
        let and_one = pages.numbered.is_some() && (is_full_walk || self.stream.listed_at.is_some());
        let saw_more = self.probed.is_some_and(|seen| !seen.is_all && *seen.slice == Slice::Whole);
        let at_least = if saw_more { 2 } else { 1 };
        let expected = records
            .zip(self.known.page_records)
            .map(|(records, page_records)| requests(records, page_records, and_one).max(at_least));
        RequestEstimate { at_least, expected }
    }
}
