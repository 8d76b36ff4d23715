//! What a commit holds of a pipeline's streams: watermarks, and what else a run has to know of the one before.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::{Spent, Window};
use convolake_loader::{Commit, LoadError};
use convolake_model::{ParamSet, Pipeline, Stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::state::awaited::{AwaitedVersion, AwaitedVersions};
use crate::state::backfills::Backfill;
use crate::state::completeness::KeptCompleteness;
use crate::state::record_shape::RecordShape;
use crate::state::shortfalls::Shortfalls;

/// The state of a pipeline in the lake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The streams, by [`key`].
    #[serde(default)]
    pub(crate) streams: BTreeMap<String, StreamState>,
    /// The newest run whose landed pages are in the tables. What a later one has landed is still to be merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) merged: Option<String>,
    /// Backfills that did not come through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) backfills: Vec<Backfill>,
    /// Since when rows have come that were not compared yet: a run that is killed between its rows and the comparison leaves it
    /// to the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uncompared_since: Option<Timestamp>,
    /// What is spent of the sources' quotas.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) spent: Spent,
    /// What was counted of the streams that declare counts, by [`key`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) counted: BTreeMap<String, KeptCompleteness>,
    /// What the records of each stream have looked like, whatever its params.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) shapes: BTreeMap<String, RecordShape>,
}

/// The state of one stream with one set of params.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamState {
    pub(crate) stream: String,
    pub(crate) params: ParamSet,
    /// Scheme, host and port its pages came from; `None` before the first.
    pub(crate) origin: Option<String>,
    /// Complete for what began, or was listed, up to here.
    pub(crate) watermark: Option<Timestamp>,
    pub(crate) last_full_walk: Option<Timestamp>,
    /// True where that was the first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) was_first_walk: bool,
    /// Ids that were asked for and never answered, with the hash they were listed under: once they are awaited no more, they
    /// are asked for again when that changes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) unanswered: BTreeMap<String, String>,
    /// Versions that a list has shown and the source has not given yet.
    #[serde(default, skip_serializing_if = "AwaitedVersions::is_empty")]
    pub(crate) awaited: AwaitedVersions,
    /// Ids of which the lake has some pages and not all, with the hash they were listed under: they are asked for until they
    /// come through.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) cut_short: BTreeMap<String, String>,
    /// What was begun and is not through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unfinished: Option<Unfinished>,
    /// Records with fewer rows than the source declares, by id: they are refetched.
    #[serde(rename = "short", default, skip_serializing_if = "Shortfalls::is_empty")]
    pub(crate) shortfalls: Shortfalls,
    /// Where records were filed that rows of another stream show to have changed: first instant, and the one after the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reopened: Vec<(Timestamp, Timestamp)>,
    /// The longest window that the source has not turned down, in seconds, where it has turned any down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) longest_window: Option<i64>,
    /// The size of its pages that the source takes, where it does not take the largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page_size: Option<LearntSize>,
    /// Slices of the refetch that were begun and not ended.
    #[serde(rename = "again", default, skip_serializing_if = "Option::is_none")]
    pub(crate) refetch: Option<Unfinished>,
}

impl StreamState {
    /// A stream of which nothing is known.
    pub(crate) fn new(stream: &str, params: &ParamSet) -> Self {
        Self {
            stream: stream.to_owned(),
            params: params.clone(),
            origin: None,
            watermark: None,
            last_full_walk: None,
            was_first_walk: false,
            unanswered: BTreeMap::new(),
            awaited: AwaitedVersions::new(),
            cut_short: BTreeMap::new(),
            unfinished: None,
            shortfalls: Shortfalls::new(),
            reopened: Vec::new(),
            longest_window: None,
            page_size: None,
            refetch: None,
        }
    }

    /// The version that a list has shown of an id that the source is still to give.
    pub(crate) fn version_of(&self, id: &str) -> Option<&String> {
        self.awaited.get(id).map(|awaited| &awaited.hash).or_else(|| self.cut_short.get(id))
    }

    /// What the lake holds in an older version than its list shows: what has no answer at all is not there.
    pub(crate) fn stale(&self) -> impl Iterator<Item = (&String, &AwaitedVersion)> {
        self.awaited.iter().filter(|(id, _)| !self.unanswered.contains_key(*id))
    }

    /// Where records were filed that have changed since, as windows.
    pub(crate) fn reopened_windows(&self) -> Vec<Window> {
        self.reopened.iter().map(|(from, until)| Window { from: *from, until: *until }).collect()
    }

    /// The slices in flight, with the runs that landed pages of them.
    pub(crate) fn in_flight(&self) -> impl Iterator<Item = &Unfinished> {
        self.unfinished.iter().chain(&self.refetch)
    }
}

/// A size of pages that a source was found to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LearntSize {
    pub(crate) records: u32,
    /// When that was found out.
    pub(crate) since: Timestamp,
}

impl LearntSize {
    /// True while it is gone by: what was too much for the source a while ago may not be any more.
    pub(crate) fn holds(self, now: Timestamp) -> bool {
        now.duration_since(self.since) < SignedDuration::from_hours(7 * 24)
    }
}

/// Slices of a stream that were begun and not ended. Pages of them are in the tables already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unfinished {
    /// When the first of them was begun.
    pub(crate) seen_at: Timestamp,
    /// The runs that landed pages of them.
    pub(crate) runs: BTreeSet<String>,
    /// Stretches of time that are through: first instant, and the one after the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) done: Vec<(Timestamp, Timestamp)>,
    /// The slices in flight, as [`convolake_extractor::Slice::to_json`] writes them: the next page of each follows
    /// those that have landed.
    pub(crate) begun: Vec<serde_json::Value>,
    /// Of ids that a list shows, in its order, the last one up to which all were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_up_to: Option<String>,
}

impl Unfinished {
    /// Work begun at this instant, of which nothing is known yet.
    pub(crate) fn new(seen_at: Timestamp) -> Self {
        Self { seen_at, runs: BTreeSet::new(), done: Vec::new(), begun: Vec::new(), asked_up_to: None }
    }
}

impl State {
    /// The state that a commit holds.
    pub(crate) fn read(commit: &Commit) -> Result<Self, EngineError> {
        serde_json::from_value(commit.state.clone()).map_err(|error| {
            let object = format!("of commit {}", commit.seq);
            LoadError::Damaged { object, source: error.into() }.into()
        })
    }

    /// As a commit holds it.
    pub(crate) fn to_json(&self) -> Result<serde_json::Value, EngineError> {
        serde_json::to_value(self)
            .map_err(|error| EngineError::Worker { message: format!("the state cannot be written: {error}") })
    }

    /// The state of a stream, where anything is known of it.
    pub(crate) fn get(&self, stream: &str, params: &ParamSet) -> Option<&StreamState> {
        self.streams.get(&key(stream, params))
    }

    /// The state of a stream, blank where nothing is known of it.
    pub(crate) fn get_or_new(&self, stream: &str, params: &ParamSet) -> StreamState {
        let blank = || StreamState::new(stream, params);
        self.get(stream, params).cloned().unwrap_or_else(blank)
    }

    /// Puts a stream's state in the place of the one before.
    pub(crate) fn set(&mut self, state: StreamState) {
        self.streams.insert(key(&state.stream, &state.params), state);
    }

    /// What was counted of a stream that declares counts.
    pub(crate) fn counted(&self, stream: &str, params: &ParamSet) -> Option<&KeptCompleteness> {
        self.counted.get(&key(stream, params))
    }

    /// Keeps what was counted of a stream; true where that is another than was kept.
    pub(crate) fn keep_counted(
        &mut self,
        stream: &str,
        params: &ParamSet,
        counted: KeptCompleteness,
    ) -> bool {
        let before = self.counted.insert(key(stream, params), counted.clone());
        before.is_none_or(|before| before != counted)
    }

    /// The first stream whose origin would change: the stream, where it was pulled from, where it would be now.
    pub(crate) fn moved(&self, pipeline: &Pipeline) -> Option<(String, String, String)> {
        self.streams.values().find_map(|state| {
            let now = origin(pipeline.streams.get(&state.stream)?);
            let was = state.origin.as_ref().filter(|was| **was != now)?;
            Some((state.stream.clone(), was.clone(), now))
        })
    }
}

/// Scheme, host and port a stream is pulled from.
pub(crate) fn origin(stream: &Stream) -> String {
    stream.base_url.origin().ascii_serialization()
}

/// Stream and params as one text; JSON, so that no two sets share one.
fn key(stream: &str, params: &ParamSet) -> String {
    format!("{stream} {}", serde_json::to_string(params).unwrap_or_default())
}

#[cfg(test)]
mod tests;
