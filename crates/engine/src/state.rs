//! What a commit holds of a pipeline's streams: watermarks, and what else a run has to know of the one before.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::Spent;
use convolake_model::{ParamSet, Pipeline, Stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::shape::Shape;

/// The state of a pipeline in the lake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The streams, by [`key`].
    #[serde(default)]
    pub(crate) streams: BTreeMap<String, StreamState>,
    /// The newest run whose landed pages are in the tables. What a later one has landed is still to be merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) merged: Option<String>,
    /// What is spent of the sources' quotas.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) spent: Spent,
    /// What the records of each stream have looked like, whatever its params.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) shapes: BTreeMap<String, Shape>,
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
    /// Ids that were asked for and never answered, with the hash they were listed under: they are asked for again
    /// once that changes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) unanswered: BTreeMap<String, String>,
    /// What was begun and is not through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unfinished: Option<Unfinished>,
}

/// Slices of a stream that were begun and not ended, though their pages are in the tables.
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
}

impl State {
    pub(crate) fn get(&self, stream: &str, params: &ParamSet) -> Option<&StreamState> {
        self.streams.get(&key(stream, params))
    }

    pub(crate) fn set(&mut self, state: StreamState) {
        self.streams.insert(key(&state.stream, &state.params), state);
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

impl StreamState {
    pub(crate) fn new(stream: &Stream, params: &ParamSet) -> Self {
        Self {
            stream: stream.name.clone(),
            params: params.clone(),
            origin: None,
            watermark: None,
            last_full_walk: None,
            unanswered: BTreeMap::new(),
            unfinished: None,
        }
    }
}

pub(crate) fn origin(stream: &Stream) -> String {
    stream.base_url.origin().ascii_serialization()
}

/// Stream and params as one text; JSON, so that no two sets share one.
fn key(stream: &str, params: &ParamSet) -> String {
    format!("{stream} {}", serde_json::to_string(params).unwrap_or_default())
}
