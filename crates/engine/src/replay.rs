//! `replay`: every table rebuilt from the raw zone alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use convolake_loader::LoadMode;
use convolake_model::{ConfigError, Override, ParamSet};

use crate::session::{Comparing, Session, stream_report};
use crate::workers::{Job, Lane, Workers};
use crate::{EngineError, Event, Project, RunReport, Seams};

/// What to replay.
#[derive(Debug, Clone)]
pub struct ReplayRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// Where the lake is.
    pub to: String,
    /// The memory rows may take before they are spilled.
    pub memory_bytes: u64,
}

/// Rebuilds a pipeline's tables from its landed pages, in the order they came. No request is made. Blocks.
///
/// # Errors
/// Why the tables could not be rebuilt. A page that cannot be read is quarantined.
pub fn replay(request: &ReplayRequest, seams: &Seams) -> Result<RunReport, EngineError> {
    let project = Project::load(&request.pipeline, &request.overrides)?;
    let session = Session::open("replay", project, &request.to, seams)?;
    let pages = session.raw.pages(session.pipeline())?;
    // A stream that never landed a page has its rows from elsewhere, and nothing to rebuild them from.
    let streams = pages.streams();
    if streams.is_empty() {
        let message = format!(
            "the lake has no landed page of {}, so its tables were left as they are",
            session.pipeline()
        );
        return Err(ConfigError::new(&request.to, 0, message)
            .with_hint(Some(
                "`convolake run` lands pages; tables made by `convolake flatten` are made so again".into(),
            ))
            .into());
    }
    let streams = streams.iter().map(String::as_str);
    let (load, quarantine) = session.begin_load(streams, LoadMode::Rebuild, request.memory_bytes)?;
    let workers = Workers::start(load, quarantine, &seams.observer);
    let jobs = workers.sender();
    let mut lanes: BTreeMap<(String, ParamSet), (Arc<Lane>, Arc<ParamSet>)> = BTreeMap::new();
    for landed in pages {
        // What cannot be read cannot be rebuilt: better the tables as they are than with rows missing.
        let landed = landed.map_err(EngineError::RawPage)?;
        let page = landed.page;
        let Some(stream) = session.project.pipeline.streams.get(&page.stream) else {
            let message =
                format!("{} is of the stream {}, which the pipeline no longer has", landed.at, page.stream);
            seams.observer.on(&Event::Warning { message: &message });
            continue;
        };
        let key = (page.stream.clone(), page.params.clone());
        let (lane, params) = match lanes.get(&key) {
            Some(known) => known.clone(),
            None => {
                let new = (session.lane(stream)?, Arc::new(page.params.clone()));
                seams.observer.on(&Event::StreamStarted { stream: &page.stream, params: &page.params });
                lanes.insert(key, new.clone());
                new
            }
        };
        lane.tally.page(page.body.len(), 0);
        let (fetched_at, body, listed) = (page.fetched_at, page.body, page.listed);
        if jobs.send(Job { lane, at: landed.at, fetched_at, body, params, listed }).is_err() {
            break;
        }
    }
    drop(jobs);
    let (load, quarantine) = workers.finish()?;
    let state = session.state.clone();
    let reports = lanes.values().map(|(lane, params)| stream_report(lane, params)).collect();
    let lanes: Vec<_> = lanes.values().map(|(lane, _)| Arc::clone(lane)).collect();
    session.finish(load, quarantine, &state, reports, &lanes, Comparing::No)
}
