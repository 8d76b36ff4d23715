//! StreamPull the streams of a run: what to ask for, what was seen, how far each is complete now.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use convolake_extractor::{Extractor, Facts, RecordSeen, Slice, Window, full_walk_due, watermark};
use convolake_model::{ParamSet, Stream};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use crate::error::{outcome_of, with_causes};
use crate::ingest::{JobSender, StreamSink, StreamSinks};
use crate::reads::open_records::open_records;
use crate::run::resume::Checkpoint;
use crate::run::slice::{PageSeen, SliceEnd, SlicePull, merge};
use crate::run::source_clock::SourceClock;
use crate::session::{Session, stream_report};
use crate::state::streams::{StreamState, Unfinished};
use crate::{EngineError, Event, Outcome, StreamReport};

/// Streams that go one after the other, with one set of params: a list and the stream that asks for what it shows.
pub(crate) struct StreamGroup<'a> {
    pub(crate) params: Arc<ParamSet>,
    pub(crate) streams: Vec<&'a Stream>,
}

pub(crate) fn stream_groups<'a>(chosen: &[&'a Stream], param_sets: &[ParamSet]) -> Vec<StreamGroup<'a>> {
    let mut stream_groups = Vec::new();
    for params in param_sets {
        let params = Arc::new(params.clone());
        for stream in chosen.iter().filter(|stream| stream.changed.is_none()) {
            let mut streams = vec![*stream];
            let asks =
                |other: &&&Stream| other.changed.as_ref().is_some_and(|changed| changed.list == stream.name);
            streams.extend(chosen.iter().filter(asks));
            stream_groups.push(StreamGroup { params: Arc::clone(&params), streams });
        }
        let is_alone = |stream: &&&Stream| {
            let list = stream.changed.as_ref().map(|changed| &changed.list);
            list.is_some_and(|list| chosen.iter().all(|other| other.name != *list))
        };
        for stream in chosen.iter().filter(is_alone) {
            stream_groups.push(StreamGroup { params: Arc::clone(&params), streams: vec![stream] });
        }
    }
    stream_groups
}

/// A stream's report, its counts and its new state.
pub(crate) struct StreamEnd {
    pub(crate) report: StreamReport,
    pub(crate) sink: Arc<StreamSink>,
    pub(crate) state: StreamState,
}

/// What a list showed.
pub(crate) struct Listing {
    /// Ids and the hash of their record.
    pub(crate) hashes: IndexMap<String, String>,
    /// True where the list was walked as far as it had to be.
    pub(crate) is_through: bool,
    /// True where it was walked to its end, and that is beyond doubt.
    pub(crate) is_whole: bool,
    /// How the next run finds it again.
    unfinished: Unfinished,
}

/// A clock that is ahead by less may be right: an answer's `Date` has whole seconds.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(30);

/// How far a stream's slices came.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    done: Vec<Slice>,
    begun: Vec<Slice>,
    pub(crate) is_stopped: bool,
}

impl Progress {
    /// Takes note of a slice of which pages have landed, and which is not through.
    pub(crate) fn note_begun(&mut self, slice: &Slice) {
        self.begun.push(slice.clone());
    }

    /// Takes note of how a slice ended; true where it came through.
    pub(crate) fn note(&mut self, report: &mut StreamReport, pulled: SliceEnd, slice: &Slice) -> bool {
        match pulled {
            SliceEnd::Through { unanswered, odd_end } => {
                if let Some(odd) = odd_end {
                    report.warn(format!("{}: {odd}", told(slice)));
                }
                if let Slice::Ids(_) = slice {
                    report.unanswered.extend(unanswered);
                }
                self.done.push(slice.clone());
                true
            }
            SliceEnd::Stopped { error, is_begun } => {
                self.is_stopped = true;
                if is_begun && !matches!(slice, Slice::Ids(_)) {
                    self.note_begun(slice);
                }
                report.outcome = report.outcome.max(outcome_of(&error)).max(Outcome::Failed);
                let message = with_causes(&error, ": ");
                report.error.get_or_insert(message);
                false
            }
        }
    }
}

/// What all streams of a run share.
pub(crate) struct RunContext<'a> {
    pub(crate) session: &'a Session,
    pub(crate) extractor: &'a Extractor,
    pub(crate) jobs: JobSender,
    pub(crate) checkpoint: &'a Checkpoint,
    pub(crate) sinks: &'a StreamSinks,
    pub(crate) failures: AtomicU32,
    pub(crate) source_clock: SourceClock,
    pub(crate) now: Timestamp,
    pub(crate) begin: Timestamp,
}

impl RunContext<'_> {
    /// Pulls the streams of a group, one after the other.
    pub(crate) async fn pull_group(&self, group: StreamGroup<'_>) -> Result<Vec<StreamEnd>, EngineError> {
        let mut ended: Vec<StreamEnd> = Vec::new();
        let mut listing = None;
        let asking: Vec<&Stream> =
            group.streams.iter().filter(|stream| stream.changed.is_some()).copied().collect();
        for stream in group.streams {
            let sink = self.sinks.of(&self.session.project, stream, &group.params)?;
            self.session
                .seams
                .observer
                .on(&Event::StreamStarted { stream: &stream.name, params: &group.params });
            let mut pulling = StreamPull {
                run: self,
                puller: SlicePull {
                    extractor: self.extractor,
                    raw: &self.session.raw,
                    pipeline: self.session.pipeline(),
                    run: &self.session.run,
                    stream,
                    params: &group.params,
                    sink: &sink,
                    jobs: &self.jobs,
                    observer: &self.session.seams.observer,
                    expected_records: None,
                    until: None,
                    checkpoint: self.checkpoint,
                    session: self.session,
                    failures: &self.failures,
                    source_clock: &self.source_clock,
                },
                report: stream_report(&sink, &group.params),
                state: self
                    .session
                    .state
                    .get(&stream.name, &group.params)
                    .cloned()
                    .unwrap_or_else(|| StreamState::new(&stream.name, &group.params)),
                progress: Progress::default(),
            };
            match &stream.changed {
                Some(changed) => pulling.changed(changed, listing.as_ref()).await?,
                None => listing = Some(pulling.slices(&asking).await?),
            }
            let StreamPull { mut report, mut state, .. } = pulling;
            // A stream that gave no page yet was not pulled from anywhere.
            if sink.tally.counts().pages > 0 {
                state.origin = Some(crate::state::streams::origin(stream));
            }
            report.watermark = state.watermark;
            let before =
                self.session.state.get(&stream.name, &group.params).and_then(|state| state.watermark);
            if report.error.is_none() && before.is_some() && before == state.watermark {
                report.warnings.push("the watermark did not move".to_owned());
            }
            report.warnings.extend(self.source_clock.warning(&stream.name));
            report.warnings.extend(self.clock_warning());
            let error = report.error.as_deref();
            self.session.seams.observer.on(&Event::StreamEnded { stream: &stream.name, error });
            ended.push(StreamEnd { report, sink, state });
        }
        // What a list showed is needed until all of it was asked for.
        if let (Some(Listing { unfinished, .. }), [list, asking @ ..]) = (listing, ended.as_mut_slice())
            && list.state.unfinished.is_none()
            && asking.iter().any(|asked| asked.state.unfinished.is_some())
        {
            list.state.unfinished = Some(unfinished);
        }
        Ok(ended)
    }
}

impl RunContext<'_> {
    /// The run's beginning as the source saw it, where this machine's clock was ahead of it: beyond that nothing is
    /// known of the source, whatever was asked for.
    pub(crate) fn at_the_source(&self, instant: Timestamp) -> Timestamp {
        self.source_clock.source_time().map_or(instant, |theirs| instant.min(theirs))
    }

    /// What there is to say of a clock that is far ahead of the source's.
    fn clock_warning(&self) -> Option<String> {
        let began = self.session.started_at;
        let ahead = began.duration_since(self.at_the_source(began));
        (ahead > CLOCK_SLACK).then(|| {
            let seconds = ahead.as_secs();
            format!("this machine's clock is {seconds} s ahead of the source's, which the watermark goes by; set it")
        })
    }

    /// Merges what earlier runs have landed and no slice of this one took up: of windows that were cut into others, of
    /// batches of ids, and of streams that this run was not asked for.
    pub(crate) async fn merge_rest(&self) -> Result<(), EngineError> {
        for landed in self.checkpoint.take_rest().into_iter().filter(|landed| !landed.is_merged) {
            let Some(stream) = self.session.project.pipeline.streams.get(&landed.name.stream) else {
                continue;
            };
            match self.session.raw.read(&landed.name).await {
                Ok(page) => {
                    let sink = self.sinks.of(&self.session.project, stream, &page.page.params)?;
                    merge(&sink, &self.jobs, page).await?;
                }
                Err(error) => self.session.warn_of_page(&landed.name, &error),
            }
        }
        Ok(())
    }
}

/// One stream with one set of params, being pulled.
pub(crate) struct StreamPull<'a> {
    pub(crate) run: &'a RunContext<'a>,
    pub(crate) puller: SlicePull<'a>,
    pub(crate) report: StreamReport,
    pub(crate) state: StreamState,
    pub(crate) progress: Progress,
}

impl StreamPull<'_> {
    pub(crate) fn facts(&self) -> Result<Facts, EngineError> {
        let session = self.run.session;
        let stream = self.puller.stream;
        let open = match self.state.watermark {
            Some(watermark) => open_records(
                &session.lake,
                session.pipeline(),
                stream,
                &session.project.schemas[&stream.name],
                self.puller.params,
                watermark,
            )?,
            None => Vec::new(),
        };
        Ok(Facts {
            open,
            begin: self.run.begin,
            watermark: self.state.watermark,
            now: self.run.now,
            last_full_walk: self.state.last_full_walk,
            was_first_walk: self.state.was_first_walk,
            unfinished: self.run.checkpoint.unfinished(
                self.puller.stream,
                self.puller.params,
                self.state.unfinished.as_ref(),
            ),
        })
    }

    /// A stream that is cut into slices of its own.
    /// A list is walked as far back as those that ask for what it shows need it.
    async fn slices(&mut self, asking: &[&Stream]) -> Result<Listing, EngineError> {
        let stream = self.puller.stream;
        let facts = self.facts()?;
        // What neither shows is known to be gone only where list and walk are made together.
        let is_asking_due = |asking: &&Stream| {
            let state = self.run.session.state.get(&asking.name, self.puller.params);
            let last_full_walk = state.and_then(|state| state.last_full_walk);
            full_walk_due(asking, &Facts { last_full_walk, ..facts.clone() })
        };
        let is_full =
            full_walk_due(stream, &facts) || facts.watermark.is_none() || asking.iter().any(is_asking_due);
        let of_asking = |asking: &&Stream| {
            self.run.session.state.get(&asking.name, self.puller.params).and_then(|state| state.watermark)
        };
        // None, the least, where one was never through.
        let needed = asking.iter().map(of_asking).chain([facts.watermark]).min().flatten();
        // A list is sorted newest first: a page wholly before what the last run looked at can hold nothing new.
        let range = self.run.session.goal.range();
        let enough = match (stream.listed_at.is_some(), needed) {
            (true, _) if range.is_some() => range.map(|range| range.from),
            (true, Some(watermark)) if !is_full => {
                watermark.checked_sub(SignedDuration::from_secs(stream.lookback.as_seconds())).ok()
            }
            _ => None,
        };
        let is_list = self.is_list();
        let mut hashes = IndexMap::new();
        let mut is_odd = false;
        if stream.windows.is_some() {
            self.windows(&facts).await?;
        } else {
            let mut seen = |look: &PageSeen<'_>| {
                let records = look.records;
                if is_list {
                    let ids = records.iter().filter(|record| is_chosen(record, range));
                    let ids = ids.filter_map(|record| Some((record.id.clone()?, record.hash.clone())));
                    // Newest first: what came on an earlier page of this walk is the newer record.
                    ids.for_each(|(id, hash)| {
                        hashes.entry(id).or_insert(hash);
                    });
                }
                let is_before = |record: &RecordSeen| record.listed_at.is_some_and(|at| Some(at) < enough);
                enough.is_none() || records.is_empty() || !records.iter().all(is_before)
            };
            self.puller.until = enough;
            let pulled = self.puller.pull(&Slice::Whole, &|_| None, &mut seen).await?;
            is_odd = matches!(pulled, SliceEnd::Through { odd_end: Some(_), .. });
            self.note(pulled, &Slice::Whole);
        }
        let is_through = !self.progress.is_stopped;
        let unfinished = self.unfinished(&facts);
        match is_through {
            true => {
                self.through(&facts, is_full);
                self.ask_again().await?;
            }
            false => self.state.unfinished = Some(unfinished.clone()),
        }
        Ok(Listing { hashes, is_through, is_whole: enough.is_none() && !is_odd, unfinished })
    }

    fn is_list(&self) -> bool {
        let name = &self.puller.stream.name;
        let streams = self.run.session.project.pipeline.streams.values();
        streams.filter_map(|stream| stream.changed.as_ref()).any(|changed| changed.list == *name)
    }

    /// Takes note of how a slice ended; true where it came through.
    pub(crate) fn note(&mut self, pulled: SliceEnd, slice: &Slice) -> bool {
        self.progress.note(&mut self.report, pulled, slice)
    }

    pub(crate) fn through(&mut self, facts: &Facts, is_full: bool) {
        let complete = self.run.at_the_source(watermark(self.puller.stream, facts));
        self.state.watermark = self.state.watermark.max(Some(complete));
        self.state.unfinished = None;
        if is_full {
            self.state.walked(complete);
        }
    }

    /// What the next run has to know to go on where this one stopped.
    pub(crate) fn unfinished(&self, facts: &Facts) -> Unfinished {
        let before = facts.unfinished.as_ref();
        let mut runs = self.state.unfinished.as_ref().map(|known| known.runs.clone()).unwrap_or_default();
        runs.extend(self.run.checkpoint.runs().iter().cloned());
        runs.insert(self.run.session.run.to_string());
        let windows = self.progress.done.iter().filter_map(|slice| match slice {
            Slice::Window { from, until } => Some((*from, *until)),
            Slice::Whole | Slice::Ids(_) | Slice::Of { .. } => None,
        });
        let known = before.into_iter().flat_map(|before| &before.done);
        let known = known.map(|window| (window.from, window.until));
        // A list that is through is read again from its pages until all it shows was asked for.
        let is_list = self.is_list();
        let whole = self.progress.done.iter().filter(|slice| is_list && **slice == Slice::Whole);
        Unfinished {
            seen_at: before
                .map_or_else(|| self.run.at_the_source(self.run.session.started_at), |before| before.seen_at),
            runs,
            done: joined(known.chain(windows).collect()),
            begun: self.progress.begun.iter().chain(whole).map(Slice::to_json).collect(),
            asked_up_to: None,
        }
    }
}

/// A slice for people.
fn told(slice: &Slice) -> String {
    match slice {
        Slice::Whole => "the stream as a whole".to_owned(),
        Slice::Window { from, until } => format!("the window from {from} to {until}"),
        Slice::Ids(ids) => format!("a batch of {} ids", ids.len()),
        Slice::Of { parents, .. } => format!("what belongs to {} ids", parents.len()),
    }
}

/// True where a list's record is of the time that is asked for; one without a time may be.
fn is_chosen(record: &RecordSeen, range: Option<Window>) -> bool {
    match range.zip(record.listed_at) {
        Some((range, at)) => (range.from..range.until).contains(&at),
        None => true,
    }
}

/// Stretches of time, those that touch as one.
fn joined(mut windows: Vec<(Timestamp, Timestamp)>) -> Vec<(Timestamp, Timestamp)> {
    windows.sort_unstable();
    let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (from, until) in windows {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}
