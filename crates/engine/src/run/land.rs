//! Pages become durable in the raw zone, then go to the workers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use convolake_extractor::{FailedResponse, Page, Slice};
use convolake_loader::{LandedPage, RawPage};
use jiff::Timestamp;

use crate::ingest::{Job, JobSender, Recall, StreamSink};
use crate::numbers::count;
use crate::run::slice::{HashOf, SlicePull};
use crate::{EngineError, Event, PageOrigin};

impl SlicePull<'_> {
    /// Lands a page of a slice, and sends it to the workers.
    pub(crate) async fn land(
        &self,
        slice: &Slice,
        page: Page,
        hash_of: &HashOf<'_>,
    ) -> Result<(), EngineError> {
        let session = self.run.session;
        if let Some(partial) = &page.partial {
            self.sink.tally.add(|counts| counts.partial.add(partial));
        }
        let ids = page.records.iter().filter_map(|record| record.id.as_deref());
        let hashes: BTreeMap<String, String> = match self.stream.changed {
            Some(_) => ids.filter_map(|id| Some((id.to_owned(), hash_of(id)?))).collect(),
            None => BTreeMap::new(),
        };
        self.run.source_clock.observe(&self.stream.name, &page.headers);
        let fetched_at = session.dated(page.fetched_at);
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
        let at = session.raw.land(&raw).await?;
        self.sink.tally.page(page.body.len());
        session.seams.observer.on(&Event::PageLanded {
            stream: &self.stream.name,
            params: self.params,
            records: count(page.record_count),
            bytes: count(page.body.len()),
            expected_records: self.expected_records,
        });
        let job = Job {
            recall: Recall::Never,
            sink: Arc::clone(self.sink),
            origin: PageOrigin::Source,
            at,
            fetched_at,
            body: page.body,
            position: 0,
            params: Arc::clone(self.params),
            listed: hashes,
            gone: Vec::new(),
            room: page.room,
        };
        self.run.jobs.send(job).await
    }

    /// Keeps an answer that was no page, for whoever looks for the cause.
    pub(crate) async fn land_failure(
        &self,
        slice: &Slice,
        failure: FailedResponse,
    ) -> Result<(), EngineError> {
        let number = self.run.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let raw = RawPage {
            url: failure.url,
            method: "GET".to_owned(),
            status: failure.status.as_u16(),
            headers: failure.headers,
            fetched_at: failure.fetched_at,
            body: failure.body,
            ..self.blank(slice)
        };
        self.run.session.raw.land_failed(&raw, number, &failure.reason).await?;
        Ok(())
    }

    /// A raw page of this run and slice, without an answer.
    pub(crate) fn blank(&self, slice: &Slice) -> RawPage {
        let session = self.run.session;
        RawPage {
            run: session.run.to_string(),
            pipeline: session.pipeline().to_owned(),
            stream: self.stream.name.clone(),
            slice_id: slice.id(self.params),
            slice: self.run.goal.mark(slice.to_json()),
            params: (**self.params).clone(),
            seq: 0,
            method: String::new(),
            url: String::new(),
            status: 0,
            headers: BTreeMap::new(),
            fetched_at: Timestamp::UNIX_EPOCH,
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
