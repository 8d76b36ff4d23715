//! The sinks of a run: one for each stream and set of params, made when it is first asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use convolake_model::{ParamSet, Stream};

use crate::ingest::sink::StreamSink;
use crate::lock::Lock;
use crate::{EngineError, Project};

/// Sinks by stream and params, shared by the tasks that pull.
#[derive(Default)]
pub(crate) struct StreamSinks {
    sinks: Lock<BTreeMap<(String, ParamSet), Arc<StreamSink>>>,
}

impl StreamSinks {
    /// The sink of a stream and a set of params.
    pub(crate) fn of(
        &self,
        project: &Project,
        stream: &Stream,
        params: &ParamSet,
    ) -> Result<Arc<StreamSink>, EngineError> {
        let mut sinks = self.sinks.hold();
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
        self.sinks.into_inner().into_iter().map(|((_, params), sink)| (params, sink))
    }
}
