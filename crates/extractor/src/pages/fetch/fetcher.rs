//! The requests of one chain.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use convolake_model::{AnswerRules, Stream, with_causes};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use tracing::{debug, info};
use url::Url;

use crate::envelope::{self, PageContent, PageFault};
use crate::error::AttemptError;
use crate::pace::{Governor, RetryPolicy, StopReason};
use crate::pages::headers::kept_headers;
use crate::pages::{FailedResponse, PageRoom, Source};
use crate::transport::{HttpRequest, HttpResponse};

/// No key is longer.
const KEY_BYTES_MAX: usize = 8 << 10;

/// Makes the requests of one chain. Clones share its counts.
#[derive(Clone)]
pub(in crate::pages) struct Fetcher {
    pub(in crate::pages) source: Arc<Source>,
    pub(in crate::pages) stream: Arc<Stream>,
    pub(super) governor: Governor,
    /// Requests made since they were last counted, whatever became of them.
    n_requests: Arc<AtomicU64>,
    /// The attempts at the next page.
    pub(super) retry: RetryPolicy,
    /// The most attempts at any page.
    attempts_max: u32,
}

impl Fetcher {
    /// For the requests of a chain of `stream`.
    pub(in crate::pages) fn new(source: Arc<Source>, stream: &Stream) -> Self {
        let (governor, retry) = (source.governors.of(stream), source.retry);
        Self {
            source,
            stream: Arc::new(stream.clone()),
            governor,
            n_requests: Arc::default(),
            retry,
            attempts_max: u32::MAX,
        }
    }

    /// What the pipeline says of the stream's answers.
    pub(in crate::pages) fn rules(&self) -> &AnswerRules {
        &self.stream.answers
    }

    /// Asks for the next page at most so many times.
    pub(in crate::pages) fn limit_attempts(&mut self, attempts: u32) {
        self.retry.attempts = self.retry.attempts.min(attempts.max(1));
    }

    /// Asks for each page at most so many times.
    pub(in crate::pages) fn limit_all_attempts(&mut self, attempts: u32) {
        self.attempts_max = attempts.max(1);
        self.limit_attempts(attempts);
    }

    /// Asks for the next page as often as for any.
    pub(in crate::pages) fn restore_attempts(&mut self) {
        self.retry.attempts = self.source.retry.attempts.min(self.attempts_max);
    }

    /// Waits until the pace has a request to spare.
    pub(in crate::pages) async fn wait_until_idle(&self) {
        self.governor.wait_until_idle(&*self.source.clock).await;
    }

    /// The requests made since the last call, those that came to nothing included.
    pub(in crate::pages) fn take_requests(&self) -> u64 {
        self.n_requests.swap(0, Ordering::Relaxed)
    }

    /// The URL as it may be shown: a cursor or link that holds the key would bring it here.
    pub(in crate::pages) fn shown(&self, url: &Url) -> String {
        self.source.credential.shown(url)
    }

    /// Waits for the memory of a page, but no longer than the run may last.
    pub(super) async fn room(&self) -> Result<PageRoom, StopReason> {
        let (source, name) = (&*self.source, &self.stream.name);
        let mut room = PageRoom::default();
        source.gate.wait(&*source.clock, async { room = source.memory.room(name).await }).await?;
        Ok(room)
    }

    /// Waits until the next request may be made, and counts it.
    pub(super) async fn pass(&self) -> Result<(), StopReason> {
        let (clock, gate) = (&*self.source.clock, &self.source.gate);
        gate.wait(clock, self.governor.wait_for_start(clock)).await?;
        gate.pass(clock)?;
        if !self.source.quotas.spend(&self.stream, clock.now()) {
            return Err(StopReason::Quota);
        }
        self.n_requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Holds all requests of the limit back: the source says that it is used up for so long.
    pub(super) fn hold(&self, wait: Duration) {
        let now = self.source.clock.elapsed();
        let stream = &self.stream.name;
        match self.governor.hold_until(now, now.saturating_add(wait)) {
            true => info!(stream, ?wait, "the source's limit is used up for now, waiting for it"),
            false => debug!(stream, ?wait, "the source's limit is said to be used up, and was too often"),
        }
    }

    /// The request for a page.
    pub(super) fn request(&self, url: &Url) -> HttpRequest {
        let credential = &self.source.credential;
        let mut headers = HeaderMap::from_iter(credential.headers());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        HttpRequest {
            method: Method::GET,
            url: credential.stripped(url),
            headers,
            query_keys: credential.query_keys(),
        }
    }

    /// What stands in an answer whose status is 2xx.
    pub(super) fn read(&self, response: &HttpResponse) -> Result<PageContent, PageFault> {
        if response.status == StatusCode::PARTIAL_CONTENT {
            return Err(PageFault::Partial);
        }
        envelope::read(&self.stream, &response.body).map_err(|fault| match fault {
            // Words are cut to a length, so the keys are taken out before.
            PageFault::Failed { .. } | PageFault::NoRecords { .. } | PageFault::NoRecord { .. } => {
                self.redacted(self.read_redacted(response).unwrap_or(fault))
            }
            other => other,
        })
    }

    fn read_redacted(&self, response: &HttpResponse) -> Option<PageFault> {
        envelope::read(&self.stream, &self.source.credential.redact_bytes(&response.body)).err()
    }

    fn redacted(&self, fault: PageFault) -> PageFault {
        let text = |text: Option<String>| text.map(|text| self.source.credential.redact(&text));
        match fault {
            PageFault::Failed { sign, message } => {
                PageFault::Failed { sign: text(sign), message: text(message) }
            }
            PageFault::NoRecords { at, message } => PageFault::NoRecords { at, message: text(message) },
            PageFault::NoRecord { at, id, message } => {
                PageFault::NoRecord { at, id, message: text(message.map(String::from)).map(Into::into) }
            }
            other => other,
        }
    }

    /// The source's own words in an answer that is no page. They are cut to a length, so the keys are taken out before.
    pub(super) fn message_of(&self, response: &HttpResponse) -> String {
        let credential = &self.source.credential;
        credential.redact(&envelope::message_of(&self.stream, &credential.redact_bytes(&response.body)))
    }

    /// True where a source's own words are about a limit of requests.
    pub(super) fn speaks_of_limit(&self, response: &HttpResponse) -> bool {
        let message = self.message_of(response).to_lowercase();
        ["rate limit", "too many requests"].iter().any(|words| message.contains(words))
    }

    /// Where an answer would have the request go instead: scheme, host and path.
    pub(super) fn redirect_of(&self, response: &HttpResponse, url: &Url) -> Option<String> {
        let location = response.headers.get(header::LOCATION)?.to_str().ok()?;
        let mut to = url.join(location).ok()?;
        to.set_query(None);
        to.set_fragment(None);
        // A URL without an authority has no user to take out.
        to.set_username("").and_then(|()| to.set_password(None)).ok()?;
        Some(self.source.credential.redact(to.as_str()))
    }

    /// A failed answer as it is kept.
    pub(super) fn kept(
        &self,
        response: &HttpResponse,
        url: &Url,
        attempt: u32,
        failure: &AttemptError,
    ) -> FailedResponse {
        // A key that lies across the end is taken out as a whole.
        let beyond = FailedResponse::BODY_BYTES_MAX + KEY_BYTES_MAX;
        let mut body = self.source.credential.redact_bytes(&response.body[..response.body.len().min(beyond)]);
        body.truncate(FailedResponse::BODY_BYTES_MAX);
        FailedResponse {
            attempt,
            url: self.shown(url),
            status: response.status,
            headers: kept_headers(&response.headers, &self.source.credential),
            fetched_at: self.source.clock.now(),
            body,
            reason: with_causes(failure, ": "),
        }
    }
}
