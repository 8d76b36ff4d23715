//! One page: attempts, each in its turn, until an answer is a page or nothing more helps.
//!
//! The first attempt stands apart: a page that is asked for ahead of its turn gets that one, and no other before it is
//! the page that the chain waits for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use convolake_model::Stream;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use jiff::Timestamp;
use tracing::{debug, warn};
use url::Url;

use crate::envelope::{self, PageFault, PageSeen};
use crate::extractor::Shared;
use crate::pace::{Backoff, Verdict, judge, retry_after};
use crate::pages::page::kept_headers;
use crate::{AttemptError, ExtractError, FailedResponse, Governor, HttpRequest, HttpResponse, StopReason};

/// Failed answers that are kept until they are taken; older ones give way.
const FAILURES_MAX: usize = 32;

/// Makes the requests of one chain.
#[derive(Clone)]
pub(crate) struct Fetcher {
    pub(crate) shared: Arc<Shared>,
    pub(crate) stream: Arc<Stream>,
    governor: Governor,
    /// Requests made since they were last counted, whatever became of them.
    n_requests: Arc<AtomicU64>,
}

/// The attempts at one page.
pub(crate) struct PageFetch {
    fetcher: Fetcher,
    url: Url,
    backoff: Backoff,
    random: fastrand::Rng,
    failures: VecDeque<FailedResponse>,
}

/// A readable answer.
pub(crate) struct Fetched {
    pub(crate) response: HttpResponse,
    pub(crate) seen: PageSeen,
    /// When the answer was whole.
    pub(crate) fetched_at: Timestamp,
    pub(crate) retries: u32,
}

/// An answer that no further attempt would change.
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

/// Why there is no page.
pub(crate) enum FetchError {
    Rejected(Rejection),
    Final(ExtractError),
}

/// What became of one attempt.
pub(crate) enum Attempt {
    Page(Box<Fetched>),
    /// Another one may go better, from this time on.
    TryAgain(Duration),
    Failed(FetchError),
}

impl Fetcher {
    pub(crate) fn new(shared: Arc<Shared>, stream: &Stream) -> Self {
        let governor = shared.governors.of(stream);
        Self { shared, stream: Arc::new(stream.clone()), governor, n_requests: Arc::default() }
    }

    /// The attempts at one page; their waits begin at `seed`.
    pub(crate) fn page(&self, url: Url, seed: u64) -> PageFetch {
        PageFetch {
            fetcher: self.clone(),
            url,
            backoff: Backoff::new(self.shared.config.retry),
            random: fastrand::Rng::with_seed(seed),
            failures: VecDeque::new(),
        }
    }

    /// Waits until the pace has a request to spare.
    pub(crate) async fn idle(&self) {
        self.governor.idle(&*self.shared.clock).await;
    }

    /// The requests made since the last call, those that came to nothing included.
    pub(crate) fn take_requests(&self) -> u64 {
        self.n_requests.swap(0, Ordering::Relaxed)
    }

    /// Waits until the next request may be made, and counts it.
    async fn pass(&self) -> Result<(), StopReason> {
        let (clock, gate) = (&*self.shared.clock, &self.shared.gate);
        gate.wait(clock, self.governor.turn(clock)).await?;
        gate.pass(clock)?;
        if !self.shared.quotas.spend(&self.stream, clock.now()) {
            return Err(StopReason::Quota);
        }
        self.n_requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn stopped(&self, reason: StopReason) -> FetchError {
        FetchError::Final(ExtractError::Stopped { stream: self.stream.name.clone(), reason })
    }

    fn read(&self, response: &HttpResponse) -> Result<PageSeen, PageFault> {
        if response.status == StatusCode::PARTIAL_CONTENT {
            return Err(PageFault::Partial);
        }
        let redacted = |message: Option<String>| message.map(|text| self.shared.credential.redact(&text));
        envelope::read(&self.stream, &response.body).map_err(|fault| match fault {
            PageFault::Failed { message } => PageFault::Failed { message: redacted(message) },
            PageFault::NoRecords { at, message } => PageFault::NoRecords { at, message: redacted(message) },
            other => other,
        })
    }

    fn request(&self, url: &Url) -> HttpRequest {
        let (name, key) = self.shared.credential.header();
        let headers = HeaderMap::from_iter([
            (header::ACCEPT, HeaderValue::from_static("application/json")),
            (name, key),
        ]);
        HttpRequest { method: Method::GET, url: url.clone(), headers }
    }

    fn kept(
        &self,
        response: &HttpResponse,
        url: &Url,
        attempt: u32,
        failure: &AttemptError,
    ) -> FailedResponse {
        let cause = std::error::Error::source(failure).map(|cause| format!(": {cause}")).unwrap_or_default();
        let body = &response.body[..response.body.len().min(FailedResponse::BODY_BYTES_MAX)];
        FailedResponse {
            attempt,
            url: self.shown(url),
            status: response.status,
            headers: kept_headers(&response.headers, &self.shared.credential),
            fetched_at: self.shared.clock.now(),
            body: self.shared.credential.redact_bytes(body),
            reason: format!("{failure}{cause}"),
        }
    }

    /// A cursor or link that holds the key would bring it here.
    pub(crate) fn shown(&self, url: &Url) -> String {
        self.shared.credential.redact(url.as_str())
    }
}

impl PageFetch {
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The failed answers since the last call, oldest first.
    pub(crate) fn take_failures(&mut self) -> impl Iterator<Item = FailedResponse> {
        self.failures.drain(..)
    }

    /// The page, after a first attempt that went like this: with as many further ones as it takes and the policy allows.
    pub(crate) async fn go_on(&mut self, first: Attempt) -> Result<Fetched, FetchError> {
        let mut last = first;
        loop {
            let again_from = match last {
                Attempt::Page(fetched) => return Ok(*fetched),
                Attempt::Failed(error) => return Err(error),
                Attempt::TryAgain(from) => from,
            };
            let (clock, gate) = (&*self.fetcher.shared.clock, &self.fetcher.shared.gate);
            let left = again_from.saturating_sub(clock.elapsed());
            if !left.is_zero() {
                let waited = gate.wait(clock, clock.sleep(left)).await;
                waited.map_err(|reason| self.fetcher.stopped(reason))?;
            }
            last = self.attempt().await;
        }
    }

    /// One attempt, in its turn. What the source says of its limit holds at once for all that share it.
    pub(crate) async fn attempt(&mut self) -> Attempt {
        let fetcher = self.fetcher.clone();
        if let Err(reason) = fetcher.pass().await {
            return Attempt::Failed(fetcher.stopped(reason));
        }
        let attempt = self.backoff.attempts() + 1;
        debug!(stream = fetcher.stream.name, url = %fetcher.shown(&self.url), attempt, "request");
        let (failure, pause) = match fetcher.shared.transport.send(fetcher.request(&self.url)).await {
            Ok(response) => match self.look(response, attempt) {
                Ok(Ok(fetched)) => return Attempt::Page(Box::new(fetched)),
                Ok(Err(failed)) => failed,
                Err(error) => return Attempt::Failed(error),
            },
            Err(error) if error.is_passing() => (AttemptError::Transport(error), None),
            Err(source) => {
                let (stream, url) = (fetcher.stream.name.clone(), fetcher.shown(&self.url));
                return Attempt::Failed(FetchError::Final(ExtractError::Transport { stream, url, source }));
            }
        };
        let is_limit =
            matches!(failure, AttemptError::Status { status, .. } if status == StatusCode::TOO_MANY_REQUESTS);
        let Some(wait) = self.backoff.next(self.random.f64(), pause, is_limit) else {
            let (stream, url) = (fetcher.stream.name.clone(), fetcher.shown(&self.url));
            let (attempts, source) = (self.backoff.attempts(), failure);
            let error = ExtractError::Unavailable { stream, url, attempts, source };
            return Attempt::Failed(FetchError::Final(error));
        };
        let cause = std::error::Error::source(&failure).map(ToString::to_string);
        warn!(stream = fetcher.stream.name, attempt, %failure, cause, ?wait, "attempt failed, trying again");
        let again_from = fetcher.shared.clock.elapsed().saturating_add(wait);
        if is_limit || pause.is_some() {
            fetcher.governor.pause_until(again_from);
            return Attempt::TryAgain(Duration::ZERO);
        }
        Attempt::TryAgain(again_from)
    }

    /// What an answer is worth: a page, or a failure that may pass with the wait the source asks for.
    fn look(
        &mut self,
        response: HttpResponse,
        attempt: u32,
    ) -> Result<Result<Fetched, (AttemptError, Option<Duration>)>, FetchError> {
        let status = response.status;
        let Self { fetcher, url, failures, .. } = self;
        let Fetcher { shared, stream, .. } = &*fetcher;
        let words = || shared.credential.redact(&envelope::of_body(stream, &response.body));
        let verdict = judge(status);
        let failure = match verdict {
            Verdict::Read => match fetcher.read(&response) {
                Ok(seen) => {
                    let fetched_at = shared.clock.now();
                    return Ok(Ok(Fetched { response, seen, fetched_at, retries: attempt - 1 }));
                }
                Err(fault) => AttemptError::Unreadable(fault),
            },
            Verdict::Rejected if status.is_redirection() => AttemptError::Status {
                status,
                message: "redirects are not followed; check base_url and path".into(),
            },
            Verdict::TryAgain | Verdict::Refused | Verdict::Rejected => {
                AttemptError::Status { status, message: words() }
            }
        };
        keep(failures, [fetcher.kept(&response, url, attempt, &failure)]);
        match (verdict, failure) {
            (Verdict::Refused, AttemptError::Status { message, .. }) => {
                let (stream, credential) = (stream.name.clone(), &shared.credential);
                let (env, hint) = (credential.env().to_owned(), credential.hint().map(str::to_owned));
                Err(FetchError::Final(ExtractError::Refused { stream, status, message, env, hint }))
            }
            (Verdict::Rejected, AttemptError::Status { message, .. }) => {
                Err(FetchError::Rejected(Rejection { status, message }))
            }
            (_, failure) => {
                let is_slowed =
                    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
                let asked = retry_after(&response.headers, shared.clock.now()).filter(|_| is_slowed);
                Ok(Err((failure, asked)))
            }
        }
    }
}

/// Keeps the newest few of many.
pub(crate) fn keep(kept: &mut VecDeque<FailedResponse>, new: impl IntoIterator<Item = FailedResponse>) {
    for failed in new {
        if kept.len() == FAILURES_MAX {
            kept.pop_front();
        }
        kept.push_back(failed);
    }
}
