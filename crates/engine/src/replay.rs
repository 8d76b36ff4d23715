//! `replay`: every table rebuilt from the raw zone alone.

use convolake_loader::LoadMode;
use convolake_model::{ConfigError, Override};

use crate::ingest::{LandedPages, Workers};
use crate::memory::MemoryBudget;
use crate::report::stream_report::EndedStream;
use crate::session::Session;
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
    /// The memory of the whole command, in bytes.
    pub memory_bytes: u64,
}

/// Rebuilds a pipeline's tables from its landed pages, in the order they came. No request is made. Blocks.
///
/// # Errors
/// Why the tables could not be rebuilt. A page that cannot be read is quarantined.
pub fn replay(request: &ReplayRequest, seams: &Seams) -> Result<RunReport, EngineError> {
    let project = Project::load(&request.pipeline, &request.overrides)?;
    let memory = MemoryBudget::new(request.memory_bytes, &request.to)?;
    let session = Session::open("replay", project, &request.to, memory, seams)?;
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
    let (load, quarantine) = session.begin_load(streams, LoadMode::Rebuild)?;
    let workers = Workers::start(load, quarantine, &seams.observer, memory);
    let jobs = workers.sender();
    let observer = &seams.observer;
    let mut landed_pages = LandedPages::new(&session.project);
    for landed in pages {
        // What cannot be read cannot be rebuilt: better the tables as they are than with rows missing.
        let landed = landed.map_err(EngineError::RawPage)?;
        let (at, stream, params) =
            (landed.at.clone(), landed.page.stream.clone(), landed.page.params.clone());
        let Some((job, is_first)) = landed_pages.job(landed)? else {
            let message = format!("{at} is of the stream {stream}, which the pipeline no longer has");
            observer.on(&Event::Warning { message: &message });
            continue;
        };
        if is_first {
            observer.on(&Event::StreamStarted { stream: &stream, params: &params });
        }
        if !jobs.blocking_send(job) {
            break;
        }
    }
    drop(jobs);
    let (load, quarantine) = workers.finish()?;
    for (sink, params) in landed_pages.sinks() {
        observer.on(&Event::StreamEnded { stream: &sink.stream, params, error: None });
    }
    let streams = landed_pages.sinks().map(|(sink, params)| EndedStream::of_pages(sink, params)).collect();
    session.finish(load, quarantine, streams)
}
