use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::stream::Stream;

/// What the server saw and gave out since it started. It never holds a key.
#[derive(Debug)]
pub struct Ledger {
    started: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    requests: Vec<RequestEntry>,
    served: [HashMap<Arc<str>, u64>; 4],
}

/// One request, as it was answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestEntry {
    /// Whose; `None` for a path that is no endpoint.
    pub endpoint: Option<Stream>,
    /// The path asked for.
    pub path: String,
    /// The query as it came, percent-encoded.
    pub query: String,
    /// How the client introduced itself.
    pub user_agent: Option<String>,
    /// When its head was read, in milliseconds since the server started.
    pub arrived_ms: f64,
    /// The status sent; 0 while it is being answered, and where the connection was cut instead.
    pub status: u16,
    /// Records in an answer that was sent whole.
    pub records: usize,
    /// Name of the fault that was played.
    pub fault: Option<&'static str>,
}

/// How much of a stream was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ServedCount {
    /// Different record ids.
    pub distinct: u64,
    /// Records, repeats included.
    pub total: u64,
}

/// The ledger as `GET /_simulator/ledger` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerSummary {
    /// In the order of arrival.
    pub requests: Vec<RequestEntry>,
    /// Per stream name.
    pub served: BTreeMap<&'static str, ServedCount>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), inner: Mutex::default() }
    }

    /// Time since the server started.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn arrive(
        &self,
        endpoint: Option<Stream>,
        path: &str,
        query: String,
        user_agent: Option<String>,
    ) -> (usize, Duration) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that entries stand in the order of their times.
        let now = self.now();
        inner.requests.push(RequestEntry {
            endpoint,
            path: path.to_owned(),
            query,
            user_agent,
            arrived_ms: now.as_secs_f64() * 1000.0,
            status: 0,
            records: 0,
            fault: None,
        });
        (inner.requests.len() - 1, now)
    }

    pub(crate) fn answered(&self, entry: usize, status: u16, fault: Option<&'static str>, keys: &[Arc<str>]) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(request) = inner.requests.get_mut(entry) else {
            return;
        };
        request.status = status;
        request.records = keys.len();
        request.fault = fault;
        let Some(stream) = request.endpoint else { return };
        let served = &mut inner.served[stream.index()];
        for key in keys {
            *served.entry(Arc::clone(key)).or_insert(0) += 1;
        }
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestEntry> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).requests.clone()
    }

    /// How often each record id of a stream was given out.
    #[must_use]
    pub fn served_ids(&self, stream: Stream) -> BTreeMap<String, u64> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.served[stream.index()].iter().map(|(id, count)| (id.to_string(), *count)).collect()
    }

    /// How much of a stream was given out.
    #[must_use]
    pub fn served(&self, stream: Stream) -> ServedCount {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let served = &inner.served[stream.index()];
        ServedCount { distinct: served.len() as u64, total: served.values().sum() }
    }

    /// The most requests that arrived at an endpoint within any half-open second, refused ones included.
    #[must_use]
    pub fn peak_per_second(&self, stream: Stream) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let arrivals: Vec<f64> = inner
            .requests
            .iter()
            .filter(|request| request.endpoint == Some(stream))
            .map(|request| request.arrived_ms)
            .collect();
        let mut first = 0;
        let mut peak = 0;
        for (position, arrival) in arrivals.iter().enumerate() {
            while arrival - arrivals[first] >= 1000.0 {
                first += 1;
            }
            peak = peak.max(position + 1 - first);
        }
        peak
    }

    /// Forgets all requests and counts; times still run from the start of the server.
    pub fn clear(&self) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = Inner::default();
    }

    /// Requests and counts in one piece.
    #[must_use]
    pub fn summary(&self) -> LedgerSummary {
        LedgerSummary {
            requests: self.requests(),
            served: Stream::ALL.into_iter().map(|stream| (stream.name(), self.served(stream))).collect(),
        }
    }
}
