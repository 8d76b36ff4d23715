use std::collections::BTreeMap;
use std::sync::Arc;

use convolake_loader::LandedPage;
use convolake_model::{ParamSet, Stream};

use crate::workers::{Job, Lane};
use crate::{EngineError, Project};

/// Landed pages and tombstones on their way into tables once more: each stream with one set of params has a lane.
pub(crate) struct LandedPages<'a> {
    project: &'a Project,
    lanes: BTreeMap<(String, ParamSet), (Arc<Lane>, Arc<ParamSet>)>,
}

impl<'a> LandedPages<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self { project, lanes: BTreeMap::new() }
    }

    /// The page as a job, and whether it is the first of its lane; `None` for a stream the pipeline no longer has.
    pub(crate) fn job(&mut self, landed: LandedPage) -> Result<Option<(Job, bool)>, EngineError> {
        let page = &landed.page;
        let Some(stream) = self.project.pipeline.streams.get(&page.stream) else { return Ok(None) };
        let (lane, params, is_first) = self.lane(stream, &page.params)?;
        if page.gone.is_empty() {
            lane.tally.page(page.body.len());
        }
        Ok(Some((Job::of(landed, lane, params), is_first)))
    }

    /// The lanes so far, each with its params.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = &(Arc<Lane>, Arc<ParamSet>)> {
        self.lanes.values()
    }

    fn lane(
        &mut self,
        stream: &Stream,
        params: &ParamSet,
    ) -> Result<(Arc<Lane>, Arc<ParamSet>, bool), EngineError> {
        let key = (stream.name.clone(), params.clone());
        if let Some((lane, params)) = self.lanes.get(&key) {
            return Ok((Arc::clone(lane), Arc::clone(params), false));
        }
        let new = (Arc::new(Lane::new(self.project, stream)?), Arc::new(params.clone()));
        self.lanes.insert(key, new.clone());
        Ok((new.0, new.1, true))
    }
}
