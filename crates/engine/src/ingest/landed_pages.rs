//! The raw zone on its way into tables once more, for `replay` and `verify`.

use std::collections::BTreeMap;
use std::sync::Arc;

use convolake_loader::LandedPage;
use convolake_model::{ParamSet, Stream};

use crate::ingest::job::Job;
use crate::ingest::sink::StreamSink;
use crate::{EngineError, Project};

/// Makes jobs of landed pages and tombstones, with a sink for each stream and set of params.
pub(crate) struct LandedPages<'a> {
    project: &'a Project,
    sinks: BTreeMap<(String, ParamSet), (Arc<StreamSink>, Arc<ParamSet>)>,
}

impl<'a> LandedPages<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { project, sinks: BTreeMap::new() }
    }

    /// The page as a job, and whether it is the first of its sink; `None` for a stream the pipeline no longer has.
    pub(crate) fn job(&mut self, landed: LandedPage) -> Result<Option<(Job, bool)>, EngineError> {
        let page = &landed.page;
        let Some(stream) = self.project.pipeline.streams.get(&page.stream) else { return Ok(None) };
        let (sink, params, is_first) = self.sink(stream, &page.params)?;
        if page.gone.is_empty() {
            sink.tally.page(page.body.len());
        }
        Ok(Some((Job::of(landed, sink, params), is_first)))
    }

    /// The sinks so far, each with its params.
    pub(crate) fn sinks(&self) -> impl Iterator<Item = &(Arc<StreamSink>, Arc<ParamSet>)> {
        self.sinks.values()
    }

    /// The sink of a stream with these params, the params once more, and whether it is new.
    pub(crate) fn sink(
        &mut self,
        stream: &Stream,
        params: &ParamSet,
    ) -> Result<(Arc<StreamSink>, Arc<ParamSet>, bool), EngineError> {
        let key = (stream.name.clone(), params.clone());
        if let Some((sink, params)) = self.sinks.get(&key) {
            return Ok((Arc::clone(sink), Arc::clone(params), false));
        }
        let new = (Arc::new(StreamSink::new(self.project, stream)?), Arc::new(params.clone()));
        self.sinks.insert(key, new.clone());
        Ok((new.0, new.1, true))
    }
}
