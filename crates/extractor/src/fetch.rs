//! One page: attempts, each in its turn, until an answer is a page or nothing more helps.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use convolake_model::Stream;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use tracing::{debug, warn};
use url::Url;

use crate::envelope::{self, PageFault, PageSeen};
use crate::extractor::Shared;
use crate::page::kept_headers;
use crate::retry::{Backoff, Verdict, judge, retry_after};
use crate::{
    AttemptError, ExtractError, FailedResponse, Governor, HttpRequest, HttpResponse, StopReason, message,
};

/// Failed answers that are kept until they are taken; older ones give way.
const FAILURES_MAX: usize = 32;

/// Fetches the pages of one chain.
pub(crate) struct Fetcher {
    pub(crate) shared: Arc<Shared>,
    pub(crate) stream: Stream,
    pub(crate) failures: VecDeque<FailedResponse>,
    governor: Governor,
    random: fastrand::Rng,
}

/// A readable answer.
pub(crate) struct Fetched {
    pub(crate) response: HttpResponse,
    pub(crate) seen: PageSeen,
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

impl Fetcher {
    /// A fetcher of `stream` whose waits begin at `seed` and the run's own.
    pub(crate) fn new(shared: Arc<Shared>, stream: &Stream, seed: u64) -> Self {
        Self {
            stream: stream.clone(),
            failures: VecDeque::new(),
            governor: shared.governors.of(stream),
            random: fastrand::Rng::with_seed(shared.config.seed ^ seed),
            shared,
        }
    }

    /// One page, with as many attempts as it takes and the policy allows.
    pub(crate) async fn fetch(&mut self, url: &Url) -> Result<Fetched, FetchError> {
        let mut backoff = Backoff::new(self.shared.config.retry);
        loop {
            let (clock, gate) = (&*self.shared.clock, &self.shared.gate);
            let turn = gate.wait(clock, self.governor.turn(clock)).await;
            turn.and_then(|()| gate.pass(clock)).map_err(|reason| self.stopped(reason))?;
            if !self.shared.quotas.spend(&self.stream, clock.now()) {
                return Err(self.stopped(StopReason::Quota));
            }
            let attempt = backoff.attempts() + 1;
            debug!(stream = self.stream.name, url = %self.shown(url), attempt, "request");
            let (failure, pause) = match self.shared.transport.send(self.request(url)).await {
                Ok(response) => match self.look(response, url, attempt)? {
                    Ok(fetched) => return Ok(fetched),
                    Err(failed) => failed,
                },
                Err(error) if error.is_passing() => (AttemptError::Transport(error), None),
                Err(source) => {
                    let (stream, url) = (self.stream.name.clone(), self.shown(url));
                    return Err(FetchError::Final(ExtractError::Transport { stream, url, source }));
                }
            };
            let is_limit = matches!(failure, AttemptError::Status { status, .. } if status == StatusCode::TOO_MANY_REQUESTS);
            let Some(wait) = backoff.next(self.random.f64(), pause, is_limit) else {
                let (stream, url, attempts) = (self.stream.name.clone(), self.shown(url), backoff.attempts());
                return Err(FetchError::Final(ExtractError::Unavailable {
                    stream,
                    url,
                    attempts,
                    source: failure,
                }));
            };
            let cause = std::error::Error::source(&failure).map(ToString::to_string);
            warn!(stream = self.stream.name, attempt, %failure, cause, ?wait, "attempt failed, trying again");
            if is_limit || pause.is_some() {
                // What the source says of its limit holds for all that share it.
                self.governor.pause_until(self.shared.clock.elapsed().saturating_add(wait));
            } else {
                let (clock, gate) = (&*self.shared.clock, &self.shared.gate);
                gate.wait(clock, clock.sleep(wait)).await.map_err(|reason| self.stopped(reason))?;
            }
        }
    }

    /// What an answer is worth: a page, or a failure that may pass with the wait the source asks for.
    fn look(
        &mut self,
        response: HttpResponse,
        url: &Url,
        attempt: u32,
    ) -> Result<Result<Fetched, (AttemptError, Option<Duration>)>, FetchError> {
        let status = response.status;
        let words =
            |chain: &Self| chain.shared.credential.redact(&message::of_body(&chain.stream, &response.body));
        let verdict = judge(status);
        let failure = match verdict {
            Verdict::Read => match self.read(&response) {
                Ok(seen) => {
                    return Ok(Ok(Fetched { response, seen, retries: attempt - 1 }));
                }
                Err(fault) => AttemptError::Unreadable(fault),
            },
            Verdict::Rejected if status.is_redirection() => AttemptError::Status {
                status,
                message: "redirects are not followed; check base_url and path".into(),
            },
            Verdict::TryAgain | Verdict::Refused | Verdict::Rejected => {
                AttemptError::Status { status, message: words(self) }
            }
        };
        self.keep(&response, url, attempt, &failure);
        match (verdict, failure) {
            (Verdict::Refused, AttemptError::Status { message, .. }) => {
                let (stream, credential) = (self.stream.name.clone(), &self.shared.credential);
                let (env, hint) = (credential.env().to_owned(), credential.hint().map(str::to_owned));
                Err(FetchError::Final(ExtractError::Refused { stream, status, message, env, hint }))
            }
            (Verdict::Rejected, AttemptError::Status { message, .. }) => {
                Err(FetchError::Rejected(Rejection { status, message }))
            }
            (_, failure) => {
                let is_slowed =
                    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
                let asked = retry_after(&response.headers, self.shared.clock.now()).filter(|_| is_slowed);
                Ok(Err((failure, asked)))
            }
        }
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

    fn keep(&mut self, response: &HttpResponse, url: &Url, attempt: u32, failure: &AttemptError) {
        let cause = std::error::Error::source(failure).map(|cause| format!(": {cause}")).unwrap_or_default();
        let body = &response.body[..response.body.len().min(FailedResponse::BODY_BYTES_MAX)];
        if self.failures.len() == FAILURES_MAX {
            self.failures.pop_front();
        }
        self.failures.push_back(FailedResponse {
            attempt,
            url: self.shown(url),
            status: response.status,
            headers: kept_headers(&response.headers, &self.shared.credential),
            fetched_at: self.shared.clock.now(),
            body: self.shared.credential.redact_bytes(body),
            reason: format!("{failure}{cause}"),
        });
    }

    fn stopped(&self, reason: StopReason) -> FetchError {
        FetchError::Final(ExtractError::Stopped { stream: self.stream.name.clone(), reason })
    }

    fn request(&self, url: &Url) -> HttpRequest {
        let (name, key) = self.shared.credential.header();
        let headers = HeaderMap::from_iter([
            (header::ACCEPT, HeaderValue::from_static("application/json")),
            (name, key),
        ]);
        HttpRequest { method: Method::GET, url: url.clone(), headers }
    }

    /// A cursor or link that holds the key would bring it here.
    pub(crate) fn shown(&self, url: &Url) -> String {
        self.shared.credential.redact(url.as_str())
    }
}
