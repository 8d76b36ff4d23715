//! A view that is behind: an endpoint answers from an earlier state of its data.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::older;
use super::which::{Chosen, Which};
use crate::store::Shelf;
use crate::stream::Stream;

/// An endpoint that is behind its source.
///
/// It lasts for `requests` requests to this endpoint or for `seconds`, whichever is over first, and until it is switched off
/// where neither is given. It begins when it is switched on, for the conversations of `of`, and anew at every change of the
/// data (`change`, `reopen`, a deletion), which the endpoint shows as late as that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lag {
    /// So many requests to this endpoint are answered from the earlier state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// For so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What lags from the start; later changes lag in any case.
    #[serde(default = "Which::none")]
    pub of: Which,
    /// What of these conversations is answered meanwhile.
    #[serde(default)]
    pub version: Version,
}

/// What an endpoint that is behind has of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// Nothing yet.
    #[default]
    Absent,
    /// One message or turn less, an older time of change, and a count that agrees.
    Older,
}

/// Earlier states of a shelf, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Behind {
    states: VecDeque<State>,
    /// Requests that asked for a view.
    requests: u64,
}

#[derive(Debug)]
struct State {
    shelf: Arc<Shelf>,
    until_request: Option<u64>,
    until: Option<Duration>,
}

impl Behind {
    /// As the habit begins.
    pub(super) fn begin(lag: &Lag, stream: Stream, shelf: &Shelf, chosen: &Chosen, now: Duration) -> Self {
        let mut behind = Self::default();
        if lag.of != Which::None {
            let mut earlier = shelf.clone();
            match lag.version {
                Version::Absent => {
                    earlier
                        .rewrite(|records| records.retain(|record| !chosen.contains(&record.conversation)));
                }
                Version::Older => older::turn_back(stream, &mut earlier, chosen),
            }
            behind.hold(lag, earlier, now);
        }
        behind
    }

    /// Keeps a state that is about to change.
    pub(super) fn hold(&mut self, lag: &Lag, shelf: Shelf, now: Duration) {
        let seconds = lag.seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        self.states.push_back(State {
            shelf: Arc::new(shelf),
            until_request: lag.requests.map(|requests| self.requests.saturating_add(requests)),
            until: seconds.map(|seconds| now.saturating_add(seconds)),
        });
    }

    /// Counts a request; what it is answered from, where that is not the present.
    pub(super) fn next(&mut self, now: Duration) -> Option<Arc<Shelf>> {
        let shelf = self.current(now);
        self.requests += 1;
        shelf
    }

    /// What a request would be answered from, where that is not the present.
    pub(super) fn current(&mut self, now: Duration) -> Option<Arc<Shelf>> {
        let requests = self.requests;
        let is_over = |state: &State| {
            state.until_request.is_some_and(|until| requests >= until)
                || state.until.is_some_and(|until| now >= until)
        };
        while self.states.front().is_some_and(is_over) {
            self.states.pop_front();
        }
        self.states.front().map(|state| Arc::clone(&state.shelf))
    }
}

/// The conversations of which an earlier state and the present differ.
pub(super) fn difference(earlier: &Shelf, present: &Shelf) -> Vec<String> {
    let texts = |shelf: &Shelf| -> HashMap<Arc<str>, _> {
        shelf.records().iter().map(|record| (Arc::clone(&record.key), record.clone())).collect()
    };
    let (earlier, present) = (texts(earlier), texts(present));
    let mut differing = BTreeSet::new();
    for (one, other) in [(&earlier, &present), (&present, &earlier)] {
        let is_other = |key: &Arc<str>, text| other.get(key).is_none_or(|record| record.text != text);
        for (key, record) in one {
            if is_other(key, &record.text) {
                differing.insert(record.conversation.to_string());
            }
        }
    }
    differing.into_iter().collect()
}
