//! StreamPull one slice: each page is durable before the next of the chain is taken, then goes to the workers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use convolake_extractor::{
    ExtractError, Extractor, FailedResponse, FailureKind, Foreseen, OddEnd, Page, PageChain, RecordSeen,
    Slice,
};
use convolake_loader::{LandedPage, Raw, RawPage};
use convolake_model::{ParamSet, Stream};
use jiff::Timestamp;

use crate::ingest::{Job, JobSender, StreamSink};
use crate::numbers::count;
use crate::run::resume::Checkpoint;
use crate::run::source_clock::SourceClock;
use crate::session::Session;
use crate::{EngineError, Event, Observer, RunId};

/// Looks at a page; says whether to go on.
pub(crate) type OnPage<'a> = dyn FnMut(&PageSeen<'_>) -> bool + Send + 'a;

/// What is seen of a page while pulling.
pub(crate) struct PageSeen<'a> {
    /// Empty for streams whose records have no id.
    pub(crate) records: &'a [RecordSeen],
    pub(crate) n_records: usize,
    /// True for the first page of its slice, asked for just now.
    pub(crate) is_first: bool,
    pub(crate) leads_on: bool,
}

/// Looks at a landed page's records and the hashes they were listed under.
type BatchSeen<'a> = dyn FnMut(&[RecordSeen], &BTreeMap<String, String>) + Send + 'a;

/// What was found landed of a slice.
struct TakenUp {
    /// True where the chain goes on behind it.
    leads_on: bool,
    /// True where the caller has seen enough with it.
    is_enough: bool,
}

/// What the slices of one stream with one set of params share.
pub(crate) struct SlicePull<'a> {
    pub(crate) extractor: &'a Extractor,
    pub(crate) raw: &'a Raw,
    pub(crate) pipeline: &'a str,
    pub(crate) run: &'a RunId,
    pub(crate) stream: &'a Stream,
    pub(crate) params: &'a Arc<ParamSet>,
    pub(crate) sink: &'a Arc<StreamSink>,
    pub(crate) jobs: &'a JobSender,
    pub(crate) observer: &'a Arc<dyn Observer>,
    /// Records the stream will give in all, where another stream has listed them.
    pub(crate) expected_records: Option<u64>,
    /// A list that is newest first is not walked on before this.
    pub(crate) until: Option<Timestamp>,
    /// What earlier runs have landed.
    pub(crate) checkpoint: &'a Checkpoint,
    pub(crate) session: &'a Session,
    /// Numbers the run's failed answers.
    pub(crate) failures: &'a AtomicU32,
    /// What the source_clock of answers tell.
    pub(crate) source_clock: &'a SourceClock,
}

/// How a slice ended.
pub(crate) enum SliceEnd {
    /// At its end, or where the caller had seen enough; with the ids nobody answered for.
    Through { unanswered: Vec<String>, odd_end: Option<OddEnd> },
    /// Before its end. The pages before the fault are landed and on their way into the tables.
    Stopped {
        error: ExtractError,
        /// True where the next run can go on behind the pages that have landed.
        is_begun: bool,
    },
}

impl SlicePull<'_> {
    /// Pulls a slice. `listed` gives the list's hash of an id; `seen` looks at each page's records and says whether
    /// to go on.
    pub(crate) async fn pull(
        &self,
        slice: &Slice,
        listed: &(dyn Fn(&str) -> Option<String> + Sync),
        seen: &mut OnPage<'_>,
    ) -> Result<SliceEnd, EngineError> {
        let mut chain = match self.chain(slice) {
            Ok(chain) => chain,
            Err(error) => return Ok(SliceEnd::Stopped { error, is_begun: false }),
        };
        let landed = self.take_up(slice, &mut chain, seen).await?;
        if landed.is_enough {
            return Ok(SliceEnd::Through { unanswered: Vec::new(), odd_end: None });
        }
        if !landed.leads_on
            && let Ok(fresh) = self.chain(slice)
        {
            chain = fresh;
        }
        let pulled = self.go_on(slice, &mut chain, landed.leads_on, listed, seen).await;
        self.sink.tally.add(|counts| counts.requests += chain.take_requests());
        pulled
    }

    fn chain(&self, slice: &Slice) -> Result<PageChain, ExtractError> {
        let mut chain = self.extractor.pages(self.stream, self.params, slice)?;
        chain.foresee(Foreseen { records: self.expected_records, until: self.until });
        Ok(chain)
    }

    /// Pulls what a chain gives from where it stands.
    async fn go_on(
        &self,
        slice: &Slice,
        chain: &mut PageChain,
        mut is_begun: bool,
        listed: &(dyn Fn(&str) -> Option<String> + Sync),
        seen: &mut OnPage<'_>,
    ) -> Result<SliceEnd, EngineError> {
        loop {
            let next = chain.next().await;
            for failure in chain.take_failures() {
                self.keep_failure(slice, failure).await?;
            }
            match next {
                Ok(Some(page)) => {
                    let goes_on = seen(&PageSeen {
                        records: &page.records,
                        n_records: page.record_count,
                        is_first: page.seq == 1,
                        leads_on: !chain.is_at_end(),
                    });
                    is_begun = true;
                    if !goes_on {
                        self.take(slice, page, listed).await?;
                        return Ok(SliceEnd::Through { unanswered: Vec::new(), odd_end: None });
                    }
                    chain.beside(self.take(slice, page, listed)).await?;
                }
                Ok(None) => {
                    let (unanswered, odd_end) = (chain.unanswered(), chain.odd_end());
                    return Ok(SliceEnd::Through { unanswered, odd_end });
                }
                Err(error) => {
                    is_begun &= !matches!(error.kind(), FailureKind::Failed | FailureKind::Config);
                    return Ok(SliceEnd::Stopped { error, is_begun });
                }
            }
        }
    }

    /// Takes up what earlier runs have landed of a slice, and merges what they did not come to merge.
    async fn take_up(
        &self,
        slice: &Slice,
        chain: &mut PageChain,
        seen: &mut OnPage<'_>,
    ) -> Result<TakenUp, EngineError> {
        let mut taken = TakenUp { leads_on: false, is_enough: false };
        let mut is_readable = true;
        let mut last = Timestamp::MIN;
        for landed in self.checkpoint.take(&self.stream.name, &slice.id(self.params)) {
            let page = match self.raw.read(&landed.name).await {
                Ok(page) => page,
                Err(error) => {
                    self.session.warn_of_page(&landed.name, &error);
                    is_readable = false;
                    continue;
                }
            };
            if is_readable {
                match chain.take_landed(&page.page.url, &page.page.body) {
                    Ok(records) => {
                        last = page.page.fetched_at;
                        taken.leads_on = true;
                        let n_records = records.len();
                        let look = PageSeen {
                            records: &records,
                            n_records,
                            is_first: false,
                            leads_on: !chain.is_at_end(),
                        };
                        taken.is_enough = !seen(&look);
                    }
                    Err(_) => is_readable = false,
                }
            }
            if !landed.is_merged {
                merge(self.sink, self.jobs, page).await?;
            }
        }
        taken.leads_on &= is_readable && chain.go_on(last);
        taken.is_enough &= taken.leads_on;
        Ok(taken)
    }

    /// The records of a slice that an earlier run has landed, which no run asks for as such again.
    pub(crate) async fn take_batch(
        &self,
        slice: &Slice,
        seen: &mut BatchSeen<'_>,
    ) -> Result<(), EngineError> {
        let Ok(mut chain) = self.extractor.pages(self.stream, self.params, slice) else { return Ok(()) };
        for landed in self.checkpoint.take(&self.stream.name, &slice.id(self.params)) {
            match self.raw.read(&landed.name).await {
                Ok(page) => {
                    if let Ok(records) = chain.take_landed(&page.page.url, &page.page.body) {
                        seen(&records, &page.page.listed);
                    }
                    if !landed.is_merged {
                        merge(self.sink, self.jobs, page).await?;
                    }
                }
                Err(error) => self.session.warn_of_page(&landed.name, &error),
            }
        }
        Ok(())
    }

    async fn take(
        &self,
        slice: &Slice,
        page: Page,
        listed: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<(), EngineError> {
        let ids = page.records.iter().filter_map(|record| record.id.as_deref());
        let hashes: BTreeMap<String, String> = match self.stream.changed {
            Some(_) => ids.filter_map(|id| Some((id.to_owned(), listed(id)?))).collect(),
            None => BTreeMap::new(),
        };
        self.source_clock.note(&self.stream.name, &page.headers);
        let fetched_at = self.session.dated(page.fetched_at);
        let raw = RawPage {
            seq: page.seq,
            method: page.method.to_string(),
            url: page.url,
            status: page.status.as_u16(),
            headers: page.headers,
            fetched_at,
            body: page.body.clone(),
            listed: hashes.clone(),
            ..self.blank(slice)
        };
        let at = self.raw.land(&raw).await?;
        self.sink.tally.page(page.body.len());
        self.observer.on(&Event::PageLanded {
            stream: &self.stream.name,
            records: count(page.record_count),
            bytes: count(page.body.len()),
            expected_records: self.expected_records,
        });
        let job = Job {
            sink: Arc::clone(self.sink),
            at,
            fetched_at,
            body: page.body,
            params: Arc::clone(self.params),
            listed: hashes,
            gone: Vec::new(),
        };
        self.jobs.send(job).await
    }

    async fn keep_failure(&self, slice: &Slice, failure: FailedResponse) -> Result<(), EngineError> {
        let number = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let raw = RawPage {
            url: failure.url,
            method: "GET".to_owned(),
            status: failure.status.as_u16(),
            headers: failure.headers,
            fetched_at: failure.fetched_at,
            body: failure.body,
            ..self.blank(slice)
        };
        self.raw.land_failed(&raw, number, &failure.reason).await?;
        Ok(())
    }

    pub(crate) fn blank(&self, slice: &Slice) -> RawPage {
        RawPage {
            run: self.run.to_string(),
            pipeline: self.pipeline.to_owned(),
            stream: self.stream.name.clone(),
            slice_id: slice.id(self.params),
            slice: self.session.goal.mark(slice.to_json()),
            params: (**self.params).clone(),
            seq: 0,
            method: String::new(),
            url: String::new(),
            status: 0,
            headers: BTreeMap::new(),
            fetched_at: jiff::Timestamp::UNIX_EPOCH,
            body: bytes::Bytes::new(),
            listed: BTreeMap::new(),
            gone: Vec::new(),
        }
    }
}

/// Sends a landed page or tombstone of an earlier run to the workers.
pub(crate) async fn merge(
    sink: &Arc<StreamSink>,
    jobs: &JobSender,
    landed: LandedPage,
) -> Result<(), EngineError> {
    sink.tally.add(|counts| counts.taken_up += 1);
    let params = Arc::new(landed.page.params.clone());
    jobs.send(Job::of(landed, Arc::clone(sink), params)).await
}
