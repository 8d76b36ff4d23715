//! A source that answers from a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, StatusCode};

use super::FakeClock;
use crate::pace::Clock;
use crate::transport::{HttpRequest, HttpResponse, Transport, TransportError, TransportFault};

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
    pub(crate) fn new(clock: Arc<FakeClock>, answers: Vec<Answer>) -> Self {
        Self { clock, answers: Mutex::new(answers.into()), asked: Mutex::default() }
    }

    /// The path and query of each request.
    pub(crate) fn targets(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(_, request)| request.url[url::Position::BeforePath..].to_owned()).collect()
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.answers.lock().unwrap().is_empty()
    }
}
