//! The command: rows are held against the landed pages, then each page becomes a job.

use convolake_loader::{FewerRows, LoadError, LoadMode, RawError};
use convolake_model::{ConfigError, Override};

use crate::error::pages_are;
use crate::ingest::{LandedPages, Workers};
use crate::memory::MemoryBudget;
use crate::reads::rows_kept::RowsKept;
use crate::report::stream_report::EndedStream;
use crate::session::Session;
use crate::{EngineError, Event, Project, RunReport, Seams, with_causes};

/// What to replay.
#[derive(Debug, Clone)]
pub struct ReplayRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// Where the lake is.
    pub to: String,
    /// What is done where landed pages are missing.
    pub missing_pages: MissingPages,
    /// The memory of the whole command, in bytes.
    pub memory_bytes: u64,
}

/// What a replay does where the tables have rows whose landed page is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingPages {
    /// It changes nothing, and names them.
    Refuse,
    /// It keeps these rows as they are, and goes on.
    KeepRows,
}

/// Rebuilds a pipeline's tables from its landed pages, in the order they came. No request is made. Blocks.
///
/// # Errors
/// Why the tables could not be rebuilt, and that landed pages are missing. A page that is no readable answer is quarantined.
pub fn replay(request: &ReplayRequest, seams: &Seams) -> Result<RunReport, EngineError> {
    let project = Project::load(&request.pipeline, &request.overrides)?;
    let memory = MemoryBudget::new(request.memory_bytes, &request.to)?;
    let mut session = Session::open("replay", project, &request.to, memory, seams)?;
    // Whoever rebuilds takes nothing on trust: the next run counts all anew.
    session.state.counted.clear();
    let pages = session.raw.pages(session.pipeline())?;
    let mut landed_objects = pages.objects();
    let pipeline = session.pipeline();
    seams.observer.on(&Event::Verifying { pipeline, what: "rows against landed pages" });
    let kept = RowsKept::find(&session.lake, &session.project, &landed_objects)?;
    if kept.missing_pages > 0 {
        match request.missing_pages {
            MissingPages::Refuse => return Err(pages_missing(&kept, request, pipeline)),
            MissingPages::KeepRows => seams.observer.on(&Event::Warning {
                message: &format!(
                    "{} missing, as {}; rows that name what is missing stay as they are: {}",
                    pages_are(kept.missing_pages),
                    kept.examples.join(", "),
                    kept.rows_of_missing_pages()
                ),
            }),
        }
    }
    session.told.rows_kept = (!kept.is_empty()).then_some(kept);
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
    let mut landed_pages = LandedPages::new(&session.project);
    let now = session.dated(session.started_at);
    let mut is_ahead = false;
    for landed in pages {
        let landed = match landed {
            Ok(landed) => landed,
            // As good as missing: its rows stay as they are.
            Err(error) if request.missing_pages == MissingPages::KeepRows && is_damaged(&error) => {
                let message =
                    format!("{}; the rows that name it stay as they are", with_causes(&error, ": "));
                seams.observer.on(&Event::Warning { message: &message });
                landed_objects.remove(&error.object);
                continue;
            }
            // What cannot be read cannot be rebuilt: better the tables as they are than with rows missing.
            Err(error) => return Err(EngineError::RawPage(error)),
        };
        if landed.page.fetched_at > now && !std::mem::replace(&mut is_ahead, true) {
            let message = format!(
                "{} is dated {}, after the clock of this machine: what comes until then is dated after it",
                landed.at, landed.page.fetched_at
            );
            seams.observer.on(&Event::Warning { message: &message });
        }
        let (at, stream, params) =
            (landed.at.clone(), landed.page.stream.clone(), landed.page.params.clone());
        let Some((job, is_first)) = landed_pages.job(landed)? else {
            let message = format!("{at} is of the stream {stream}, which the pipeline no longer has");
            seams.observer.on(&Event::Warning { message: &message });
            continue;
        };
        if is_first {
            seams.observer.on(&Event::StreamStarted { stream: &stream, params: &params });
        }
        if !jobs.blocking_send(job) {
            break;
        }
    }
    drop(jobs);
    let (mut load, quarantine) = workers.finish()?;
    for (sink, params) in landed_pages.sinks() {
        seams.observer.on(&Event::StreamEnded { stream: &sink.stream, params, error: None });
    }
    load.keep(
        landed_objects,
        match request.missing_pages {
            MissingPages::Refuse => FewerRows::Refused,
            MissingPages::KeepRows => FewerRows::Allowed,
        },
    );
    let streams = landed_pages.sinks().map(|(sink, params)| EndedStream::of_pages(sink, params)).collect();
    session.finish(load, quarantine, streams)
}

/// True where the page itself is at fault, or one it refers to, and not the store that was to give it.
fn is_damaged(error: &RawError) -> bool {
    matches!(*error.source, LoadError::Damaged { .. } | LoadError::Referred { .. })
}

fn pages_missing(kept: &RowsKept, request: &ReplayRequest, pipeline: &str) -> EngineError {
    EngineError::PagesMissing {
        pages: kept.missing_pages,
        rows: kept.rows_of_missing_pages(),
        examples: kept.examples.join(", "),
        pipeline: pipeline.to_owned(),
        to: request.to.clone(),
    }
}
