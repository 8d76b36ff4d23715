//! A clock that jumps, a source that reads from a script, and streams to pull from it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use convolake_model::{Auth, ParamSet, Pipeline, Stream};
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, StatusCode};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Budget, Clock, Credential, Extractor, ExtractorConfig, HttpRequest, HttpResponse, RetryPolicy, Stop,
    Transport, TransportError, TransportFault,
};

pub(crate) const CANARY: &str = "canary-7f3a9c";

const PIPELINE: &str = r#"
name: fake
base_url: https://source.test/api
auth: { header: authorization, prefix: "Bearer ", env: SOURCE_KEY, hint: under Account }
params: { agent_id: a1 }
rate_limit: { requests_per_second: 2 }
streams:
  windowed:
    path: /v1/messages
    query: { bot_name: "{agent_id}" }
    slices: { window: 1d, from: start_time, until: end_time, format: unix_seconds, at: /ts }
    pages: { cursor: /cursor, param: cursor, size: { param: per_page, sizes: [1000] } }
    records: /data
    success: /success
    message: /message
    id: /id
    schema: fake/windowed
  numbered:
    path: /v2/agents/{agent_id}/convos
    pages: { number: page }
    records: /data
    success: /success
    message: /message
    id: /id
    schema: fake/numbered
  listed:
    path: /v3/agents/{agent_id}/convos
    pages: { number: page, cursor: /nextCursor, param: cursor, more: /hasMore, size: { param: limit, sizes: [100, 20] } }
    records: /data
    success: /success
    message: /message
    id: /id
    listed_at: /ts
    schema: fake/listed
  linked:
    path: /v4/convos
    pages: { next_link: /links/next }
    records: /result/items
    schema: fake/linked
  exported:
    path: /v2/agents/{agent_id}/convos/export
    pages: { number: page }
    records: /data
    id: /id
    changed: { list: listed, param: convo_ids, batch: 20 }
    schema: fake/exported
"#;

pub(crate) fn pipeline() -> Pipeline {
    Pipeline::parse("fake.yaml", PIPELINE, &[]).unwrap()
}

pub(crate) fn stream(name: &str) -> Stream {
    pipeline().streams[name].clone()
}

pub(crate) fn windowed_stream() -> Stream {
    stream("windowed")
}

pub(crate) fn numbered_stream() -> Stream {
    stream("numbered")
}

pub(crate) fn params() -> ParamSet {
    ParamSet::from([("agent_id".to_owned(), "a1".to_owned())])
}

pub(crate) fn credential() -> Credential {
    let auth: Auth = pipeline().auth;
    Credential::find(&auth, &|_| Some(CANARY.to_owned()), &|_| Ok(String::new())).unwrap()
}

/// Time passes only in sleep.
#[derive(Default)]
pub(crate) struct FakeClock {
    elapsed: Mutex<Duration>,
    once_asleep: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl FakeClock {
    /// Does this the next time somebody sleeps.
    pub(crate) fn when_asleep(&self, act: impl FnOnce() + Send + 'static) {
        *self.once_asleep.lock().unwrap() = Some(Box::new(act));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2025-06-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::try_from(self.elapsed()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            *self.elapsed.lock().unwrap() += duration;
            let act = self.once_asleep.lock().unwrap().take();
            if let Some(act) = act {
                act();
            }
        })
    }
}

/// What the source does about one request.
pub(crate) enum Answer {
    Response(HttpResponse),
    Fault(TransportFault),
}

pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
    Answer::Response(HttpResponse { status, headers, body: body.into() })
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Response(response) = &mut self {
            response.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
        self
    }
}

/// Answers in the order of its script and remembers what was asked, and when.
pub(crate) struct Script {
    clock: Arc<FakeClock>,
    answers: Mutex<VecDeque<Answer>>,
    pub(crate) asked: Mutex<Vec<(Duration, HttpRequest)>>,
}

impl Transport for Script {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        self.asked.lock().unwrap().push((self.clock.elapsed(), request));
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            match answer.expect("the script has an answer to each request") {
                Answer::Response(response) => Ok(response),
                Answer::Fault(fault) => Err(TransportError::new(fault)),
            }
        })
    }
}

impl Script {
    /// The path and query of each request.
    pub(crate) fn targets(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(_, request)| request.url[url::Position::BeforePath..].to_owned()).collect()
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.answers.lock().unwrap().is_empty()
    }
}

/// An extractor over a script.
pub(crate) fn scripted(answers: Vec<Answer>) -> (Extractor, Arc<Script>, Arc<FakeClock>) {
    scripted_within(Budget::default(), answers)
}

/// An extractor over a script that may spend so much.
pub(crate) fn scripted_within(
    budget: Budget,
    answers: Vec<Answer>,
) -> (Extractor, Arc<Script>, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::default());
    let script = Arc::new(Script {
        clock: Arc::clone(&clock),
        answers: Mutex::new(answers.into()),
        asked: Mutex::default(),
    });
    let extractor = extractor(budget, Stop::default(), Arc::clone(&script), Arc::clone(&clock));
    (extractor, script, clock)
}

/// An extractor with these seams.
pub(crate) fn extractor(
    budget: Budget,
    stop: Stop,
    transport: Arc<impl Transport + 'static>,
    clock: Arc<impl Clock + 'static>,
) -> Extractor {
    let config = ExtractorConfig { retry: RetryPolicy::USUAL, seed: 7, budget };
    Extractor::new(config, credential(), transport, clock, stop)
}
