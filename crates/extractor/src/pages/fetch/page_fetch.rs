//! The attempts at one page.
//!
//! The first attempt stands apart: a page that is asked for ahead of its turn gets that one, and no other before it is
//! the page that the chain waits for.

use std::error::Error;
use std::time::Duration;

use convolake_model::with_causes;
use http::StatusCode;
use tracing::{debug, warn};
use url::Url;

use super::{Attempt, FailureLog, FetchError, Fetched, Fetcher, Rejection};
use crate::error::{AttemptError, ExtractError};
use crate::pace::{Backoff, StopReason, Throttle, Verdict, judge, throttle};
use crate::pages::PageRoom;
use crate::transport::HttpResponse;

/// The attempts at one page.
pub(in crate::pages) struct PageFetch {
    fetcher: Fetcher,
    url: Url,
    backoff: Backoff,
    random: fastrand::Rng,
    failures: FailureLog,
    /// The memory of the page, once there is some for it.
    room: Option<PageRoom>,
}

/// A failed attempt after which another may go better.
struct Transient {
    error: AttemptError,
    /// What it asks of all requests of the same limit.
    throttle: Throttle,
}

impl PageFetch {
    /// No attempt was made; the jitter of the waits between attempts begins at `seed`. Without `room` the first attempt
    /// waits for it.
    pub(in crate::pages) fn new(fetcher: Fetcher, url: Url, seed: u64, room: Option<PageRoom>) -> Self {
        let backoff = Backoff::new(fetcher.retry);
        let random = fastrand::Rng::with_seed(seed);
        Self { fetcher, url, backoff, random, failures: FailureLog::default(), room }
    }

    /// The URL that is asked for.
    pub(in crate::pages) fn url(&self) -> &Url {
        &self.url
    }

    /// The failed answers so far.
    pub(in crate::pages) fn failures(&mut self) -> &mut FailureLog {
        &mut self.failures
    }

    /// The page, after a first attempt that went like this: with as many further ones as it takes and the policy allows.
    pub(in crate::pages) async fn go_on(&mut self, first: Attempt) -> Result<Fetched, FetchError> {
        let mut last = first;
        loop {
            let again_from = match last {
                Attempt::Page(fetched) => return Ok(*fetched),
                Attempt::Failed(error) => return Err(error),
                Attempt::Retry(from) => from,
            };
            let (clock, gate) = (&*self.fetcher.source.clock, &self.fetcher.source.gate);
            let left = again_from.saturating_sub(clock.elapsed());
            if !left.is_zero() {
                let waited = gate.wait(clock, clock.sleep(left)).await;
                waited.map_err(|reason| self.stopped(reason))?;
            }
            last = self.attempt().await;
        }
    }

    /// One attempt, in its turn. What the source says of its limit holds at once for all that share it.
    pub(in crate::pages) async fn attempt(&mut self) -> Attempt {
        let fetcher = self.fetcher.clone();
        if self.room.is_none() {
            match fetcher.room().await {
                Ok(room) => self.room = Some(room),
                Err(reason) => return Attempt::Failed(self.stopped(reason)),
            }
        }
        if let Err(reason) = fetcher.pass().await {
            return Attempt::Failed(self.stopped(reason));
        }
        let attempt = self.backoff.attempts() + 1;
        let started = fetcher.source.clock.elapsed();
        debug!(stream = fetcher.stream.name, url = %fetcher.shown(&self.url), attempt, "request");
        let failed = match fetcher.source.transport.send(fetcher.request(&self.url)).await {
            Ok(response) => match self.look_at(response, attempt) {
                Ok(Ok(fetched)) => return Attempt::Page(Box::new(fetched)),
                Ok(Err(failed)) => failed,
                Err(error) => return Attempt::Failed(error),
            },
            Err(error) if error.is_transient() => {
                Transient { error: AttemptError::Transport(error), throttle: Throttle::None }
            }
            Err(source) => {
                let (stream, url) = (fetcher.stream.name.clone(), fetcher.shown(&self.url));
                return Attempt::Failed(FetchError::Final(Box::new(ExtractError::Transport {
                    stream,
                    url,
                    source,
                })));
            }
        };
        self.after(failed, started)
    }

    /// What an answer is worth: a page, or a failure that may pass.
    fn look_at(
        &mut self,
        response: HttpResponse,
        attempt: u32,
    ) -> Result<Result<Fetched, Transient>, FetchError> {
        let status = response.status;
        let Self { fetcher, url, failures, room, .. } = self;
        let Fetcher { source, stream, .. } = &*fetcher;
        let now = source.clock.now();
        source.time.note(&response.headers, now);
        let throttle = match throttle(status, &response.headers, now) {
            Throttle::None if status == StatusCode::FORBIDDEN && fetcher.speaks_of_limit(&response) => {
                Throttle::Unworded
            }
            throttle => throttle,
        };
        let verdict = match (judge(status), throttle) {
            // A limit that is used up, and no key at fault.
            (Verdict::Refused, Throttle::UsedUp(_) | Throttle::Unworded) => Verdict::Retry,
            (verdict, _) => verdict,
        };
        if let Throttle::LastForNow(wait) = throttle {
            fetcher.hold(wait);
        }
        let error = match verdict {
            Verdict::Read => match fetcher.read(&response) {
                Ok(content) => {
                    source.memory.observe(&stream.name, response.body.len());
                    let room = room.take().unwrap_or_default();
                    fetcher.governor.answered();
                    let fetched_at = now;
                    return Ok(Ok(Fetched { response, content, fetched_at, retries: attempt - 1, room }));
                }
                Err(fault) => AttemptError::Unreadable(fault),
            },
            Verdict::Rejected if status.is_redirection() => AttemptError::Status {
                status,
                message: match fetcher.redirect_of(&response, url) {
                    Some(to) => {
                        format!(
                            "redirects are not followed, and this one leads to {to}; check base_url and path"
                        )
                    }
                    None => "redirects are not followed; check base_url and path".into(),
                },
            },
            Verdict::Retry | Verdict::Refused | Verdict::Rejected => {
                AttemptError::Status { status, message: fetcher.message_of(&response) }
            }
        };
        failures.push(fetcher.kept(&response, url, attempt, &error));
        match (verdict, error) {
            (Verdict::Refused, AttemptError::Status { message, .. }) => Err(self.refused(status, message)),
            (Verdict::Rejected, AttemptError::Status { message, .. }) => {
                Err(FetchError::Rejected(Rejection { status, message }))
            }
            (_, AttemptError::Unreadable(source)) if source.is_mistake() => {
                let (stream, url) = (fetcher.stream.name.clone(), fetcher.shown(url));
                Err(FetchError::Final(Box::new(ExtractError::NextNotText { stream, url, source })))
            }
            (_, error) => Ok(Err(Transient { error, throttle })),
        }
    }

    /// What follows a failed attempt that may pass.
    fn after(&mut self, failed: Transient, started: Duration) -> Attempt {
        let Transient { error, throttle } = failed;
        let fetcher = &self.fetcher;
        let now = fetcher.source.clock.elapsed();
        match throttle {
            Throttle::UsedUp(wait) => fetcher.governor.turned_down(started, now, Some(wait)),
            Throttle::Unworded => fetcher.governor.turned_down(started, now, None),
            Throttle::None | Throttle::LastForNow(_) | Throttle::Pause(_) => {}
        }
        let Some(wait) = self.backoff.next(self.random.f64(), throttle) else {
            let (stream, url) = (fetcher.stream.name.clone(), fetcher.shown(&self.url));
            let (attempts, source) = (self.backoff.attempts(), error);
            let error = ExtractError::Unavailable { stream, url, attempts, source };
            return Attempt::Failed(FetchError::Final(Box::new(error)));
        };
        let cause = error.source().map(|cause| with_causes(cause, ": "));
        let attempt = self.backoff.attempts();
        // To a tenth of a second, as it is read.
        let shown_wait = Duration::from_secs_f64((wait.as_secs_f64() * 10.0).ceil() / 10.0);
        warn!(stream = fetcher.stream.name, attempt, failure = %error, cause, wait = ?shown_wait, "attempt failed, trying again");
        let again_from = now.saturating_add(wait);
        match throttle {
            Throttle::Pause(_) | Throttle::Unworded | Throttle::UsedUp(_) => {
                fetcher.governor.pause_until(again_from);
                Attempt::Retry(Duration::ZERO)
            }
            Throttle::None | Throttle::LastForNow(_) => Attempt::Retry(again_from),
        }
    }

    fn refused(&self, status: StatusCode, message: String) -> FetchError {
        let credential = &self.fetcher.source.credential;
        let (env, hint) = (credential.env().to_owned(), credential.hint().map(str::to_owned));
        let stream = self.fetcher.stream.name.clone();
        FetchError::Final(Box::new(ExtractError::Refused { stream, status, message, env, hint }))
    }

    fn stopped(&self, reason: StopReason) -> FetchError {
        FetchError::Final(Box::new(ExtractError::Stopped {
            stream: self.fetcher.stream.name.clone(),
            reason,
        }))
    }
}
