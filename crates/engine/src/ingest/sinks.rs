use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use convolake_model::ParamSet;
use convolake_model::Stream;

use crate::ingest::workers::StreamSink;
use crate::{EngineError, Project};

/// The sinks of a run: one for each stream and set of params.
#[derive(Default)]
pub(crate) struct StreamSinks {
    sinks: Mutex<BTreeMap<(String, ParamSet), Arc<StreamSink>>>,
}

impl StreamSinks {
    /// The sink of a stream and a set of params.
    pub(crate) fn of(
        &self,
        project: &Project,
        stream: &Stream,
        params: &ParamSet,
    ) -> Result<Arc<StreamSink>, EngineError> {
        let mut sinks = self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (stream.name.clone(), params.clone());
        if let Some(sink) = sinks.get(&key) {
            return Ok(Arc::clone(sink));
        }
        let sink = Arc::new(StreamSink::new(project, stream)?);
        sinks.insert(key, Arc::clone(&sink));
        Ok(sink)
    }

    /// All sinks, with their params.
    pub(crate) fn into_all(self) -> impl Iterator<Item = (ParamSet, Arc<StreamSink>)> {
        let sinks = self.sinks.into_inner().unwrap_or_else(PoisonError::into_inner);
        sinks.into_iter().map(|((_, params), sink)| (params, sink))
    }
}
