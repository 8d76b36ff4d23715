use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::change::Changed;
use crate::habits::HabitPlan;
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
    changes: Vec<Changed>,
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
    /// Names of the habits that made the answer what it was.
    pub habits: Vec<&'static str>,
}

/// How a request was answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) fault: Option<&'static str>,
    pub(crate) habits: Vec<&'static str>,
    /// Of the records that reached the client.
    pub(crate) keys: Vec<Arc<str>>,
}

impl Answered {
    pub(crate) fn without_page(status: u16, fault: Option<&'static str>) -> Self {
        Self { status, fault, habits: Vec::new(), keys: Vec::new() }
    }
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
    /// How many answers each habit shaped, per stream name and name of the habit.
    pub habits: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// The habits that are in force.
    pub in_force: HabitPlan,
    /// The ids that each habit in force concerns, per stream name, where they are not all.
    pub concerned: BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>,
    /// What changed in the data, in order.
    pub changes: Vec<Changed>,
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
            habits: Vec::new(),
        });
        (inner.requests.len() - 1, now)
    }

    pub(crate) fn answered(&self, entry: usize, answered: Answered) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(request) = inner.requests.get_mut(entry) else {
            return;
        };
        request.status = answered.status;
        request.records = answered.keys.len();
        request.fault = answered.fault;
        request.habits = answered.habits;
        let Some(stream) = request.endpoint else { return };
        let served = &mut inner.served[stream.index()];
        for key in answered.keys {
            *served.entry(key).or_insert(0) += 1;
        }
    }

    pub(crate) fn changed(&self, changed: Changed) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).changes.push(changed);
    }

    /// How many answers of an endpoint each habit shaped, by its name.
    #[must_use]
    pub fn habits(&self, stream: Stream) -> BTreeMap<&'static str, u64> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = BTreeMap::new();
        let requests = inner.requests.iter().filter(|request| request.endpoint == Some(stream));
        for habit in requests.flat_map(|request| &request.habits) {
            *counts.entry(*habit).or_insert(0) += 1;
        }
        counts
    }

    /// What changed in the data, in order.
    #[must_use]
    pub fn changes(&self) -> Vec<Changed> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).changes.clone()
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

    /// Forgets all requests, counts and changes; times still run from the start of the server.
    pub fn clear(&self) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = Inner::default();
    }

    /// Requests and counts in one piece; what is in force the ledger does not know.
    pub(crate) fn summary(&self) -> LedgerSummary {
        let habits = Stream::ALL.into_iter().map(|stream| (stream.name(), self.habits(stream)));
        LedgerSummary {
            requests: self.requests(),
            served: Stream::ALL.into_iter().map(|stream| (stream.name(), self.served(stream))).collect(),
            habits: habits.filter(|(_, counts)| !counts.is_empty()).collect(),
            in_force: HabitPlan::default(),
            concerned: BTreeMap::new(),
            changes: self.changes(),
        }
    }
}
