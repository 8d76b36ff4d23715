//! The command: each page of the files becomes a job.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use convolake_extractor::PageRoom;
use convolake_loader::{LandedPage, LoadMode, PageRef, RawPage};
use convolake_model::{ConfigError, Override, ParamSet, Stream};
use jiff::SignedDuration;

use crate::flatten::page_buffers::PageBuffers;
use crate::flatten::page_files::{FilePage, PageFile};
use crate::ingest::{Job, StreamSink, Workers};
use crate::memory::MemoryBudget;
use crate::project::param_columns::param_columns;
use crate::report::stream_report::EndedStream;
use crate::session::Session;
use crate::{EngineError, Event, PageOrigin, Project, RunReport, Seams};

/// What to flatten.
#[derive(Debug, Clone)]
pub struct FlattenRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// The stream whose pages the files hold.
    pub stream: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// The page files; of a record that several hold, the last one's counts.
    pub files: Vec<PathBuf>,
    /// Where the lake is.
    pub to: String,
    /// The memory of the whole command, in bytes.
    pub memory_bytes: u64,
}

/// Flattens page files into the lake. Nothing is landed: a replay keeps these rows as they are. They are merged
/// under lease and commit. Blocks.
///
/// # Errors
/// Why the files could not be read or the rows not committed. A page that cannot be read is quarantined.
pub fn flatten(request: &FlattenRequest, seams: &Seams) -> Result<RunReport, EngineError> {
    let project = Project::load(&request.pipeline, &request.overrides)?;
    project.chosen(std::slice::from_ref(&request.stream))?;
    let stream = project.pipeline.streams[&request.stream].clone();
    let params = only_params(&project, &request.stream)?;
    // A path that is wrong fails before anything is written.
    request.files.iter().try_for_each(|path| readable(path))?;
    let memory = MemoryBudget::new(request.memory_bytes, &request.to)?;
    let mut session = Session::open("flatten", project, &request.to, memory, seams)?;
    session.told.files = request.files.iter().map(|path| path.display().to_string()).collect();
    let (load, quarantine) = session.begin_load([stream.name.as_str()], LoadMode::Merge)?;
    let workers = Workers::start(load, quarantine, &seams.observer, memory);
    let sink = Arc::new(StreamSink::new(&session.project, &stream)?);
    let observer = &seams.observer;
    // Lines of the raw zone name their own.
    let mut met: BTreeSet<ParamSet> = BTreeSet::new();
    let jobs = workers.sender();
    let buffers = PageBuffers::default();
    'files: for (path, nth) in request.files.iter().zip(0..) {
        // One at a time: each has buffers, and a window of what was decompressed.
        let mut file = PageFile::open(path, &buffers)?;
        let object = PageRef::object_of_file(&path.display().to_string());
        // The newest version of a record wins: of two files the one that was named last, whatever they are called.
        let fetched_at = session.dated(session.started_at) + SignedDuration::from_micros(nth);
        while let Some(page) = file.next()? {
            let at = PageRef { object: object.clone(), line: page.line };
            let job = match RawPage::parse_line(&page.bytes) {
                Some(raw) => {
                    let params = Arc::new(raw.params.clone());
                    Job::of(LandedPage { at, page: raw }, Arc::clone(&sink), params)
                }
                None => Job {
                    sink: Arc::clone(&sink),
                    origin: PageOrigin::Storage,
                    position: position(&stream, &page),
                    at,
                    fetched_at,
                    body: page.bytes,
                    params: Arc::clone(&params),
                    listed: BTreeMap::new(),
                    gone: Vec::new(),
                    room: PageRoom::default(),
                },
            };
            sink.tally.page(job.body.len());
            if !met.contains(&*job.params) {
                met.insert((*job.params).clone());
                observer.on(&Event::StreamStarted { stream: &stream.name, params: &job.params });
            }
            if !jobs.blocking_send(job) {
                break 'files;
            }
        }
    }
    drop(jobs);
    let (load, quarantine) = workers.finish()?;
    for params in &met {
        observer.on(&Event::StreamEnded { stream: &stream.name, params, error: None });
    }
    session.finish(load, quarantine, vec![EndedStream::of_pages(&sink, &params)])
}

/// Opens a file for a try. Those of a folder come in no order that anybody has chosen, and the order decides which of two
/// versions counts.
fn readable(path: &Path) -> Result<(), EngineError> {
    if path.is_dir() {
        return Err(ConfigError::new(path.display().to_string(), 0, "this is a folder, not a page file")
            .with_hint(Some(format!(
                "name its files, in the order in which they are to count, the newest last: {}/*.json",
                path.display()
            )))
            .into());
    }
    PageFile::open(path, &PageBuffers::default()).map(drop)
}

/// The position of a page's first record: where the page is a record, in a file with one a line, the line's, from 0.
fn position(stream: &Stream, page: &FilePage) -> u32 {
    let is_record = stream.envelope.records.is_root() && page.bytes.trim_ascii_start().starts_with(b"{");
    if is_record { page.line - 1 } else { 0 }
}

/// The one set of params that the pages are of: each param that fills a column has to have one value.
fn only_params(project: &Project, stream: &str) -> Result<Arc<ParamSet>, EngineError> {
    let mut params = ParamSet::new();
    for (_, name) in project.schemas[stream].mappings.iter().flat_map(param_columns) {
        let param = project.pipeline.params.get(name);
        let [value] = param.map(|param| param.values.as_slice()).unwrap_or_default() else {
            let message = format!("the param `{name}` fills a column and needs one value");
            return Err(ConfigError::new(&project.file, 0, message)
                .with_hint(Some(format!("add --set params.{name}=VALUE")))
                .into());
        };
        if value.trim().is_empty() {
            return Err(ConfigError::new(
                &project.file,
                0,
                format!("the param `{name}` fills a column and is empty"),
            )
            .with_hint(Some(format!("add --set params.{name}=VALUE")))
            .into());
        }
        params.insert(name.to_owned(), value.clone());
    }
    Ok(Arc::new(params))
}
