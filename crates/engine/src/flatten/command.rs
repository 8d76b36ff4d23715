//! The command: each page of the files becomes a job.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use convolake_extractor::PageRoom;
use convolake_loader::{LandedPage, Load, LoadMode, PageDigest, PageRef, RawLine};
use convolake_model::{ConfigError, Override, ParamSet, Stream};
use jiff::{SignedDuration, Timestamp};

use crate::flatten::lake_around::LakeAround;
use crate::flatten::only_params::only_params;
use crate::flatten::page_buffers::PageBuffers;
use crate::flatten::page_files::{FilePage, PageFile};
use crate::flatten::read_again::{ReadAgain, is_read_again};
use crate::ingest::{Findings, Job, Recall, Recalled, StreamSink, Workers};
use crate::memory::MemoryBudget;
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
    let params = only_params(&project, &request.stream, |name| format!("add --set params.{name}=VALUE"))?;
    // A path that is wrong fails before anything is written.
    request.files.iter().try_for_each(|path| readable(path))?;
    let memory = MemoryBudget::new(request.memory_bytes, &request.to)?;
    let mut session = Session::open("flatten", project, &request.to, memory, seams)?;
    session.told.files = request.files.iter().map(|path| path.display().to_string()).collect();
    let (load, quarantine) = session.begin_load([stream.name.as_str()], LoadMode::Merge)?;
    let sink = Arc::new(StreamSink::new(&session.project, &stream)?);
    let observer = &seams.observer;
    let mut reading = Reading {
        request,
        session: &session,
        stream: &stream,
        params,
        sink: &sink,
        met: BTreeSet::new(),
        lake_around: LakeAround::default(),
    };
    let workers = Workers::start(load, quarantine, observer, memory);
    reading.send(&mut Which::All, &workers)?;
    let (mut load, mut quarantine) = workers.finish()?;
    let touched = recalled_in_vain(&load, &sink);
    if !touched.is_empty() {
        let workers = Workers::start(load, quarantine, observer, memory);
        let mut which = Which::Just(ReadAgain::new(touched));
        reading.send(&mut which, &workers)?;
        (load, quarantine) = workers.finish()?;
        if let Which::Just(touched) = &which {
            touched.all_met()?;
        }
    }
    tell_recalled(&load, &sink);
    let Reading { params, met, .. } = reading;
    for params in &met {
        observer.on(&Event::StreamEnded { stream: &stream.name, params, error: None });
    }
    session.finish(load, quarantine, vec![EndedStream::of_pages(&sink, &params)])
}

/// A page that is whole in its lake only, and is not there or not whole.
fn refers(path: &Path, line: u32, of: &str, request: &FlattenRequest, why: &str) -> ConfigError {
    let message = format!(
        "this landed page refers to {of} for what had landed before, and is not whole without it: {why}"
    );
    ConfigError::new(path.display().to_string(), line.into(), message).with_hint(Some(format!(
        "nothing was written; `convolake replay {} --to LAKE` makes the tables of all landed pages of a lake, and a file below its \
         raw/ finds there what it refers to",
        request.pipeline
    )))
}

/// A landed page that is dated after all that could be fetched by now: it would win over what comes until then.
fn dated_ahead(path: &Path, line: u32, fetched_at: Timestamp, now: Timestamp) -> ConfigError {
    let message = format!(
        "this landed page is dated {fetched_at}, and the clock of this machine shows {now:.0}: its rows would win over all that comes \
         until then; nothing was written"
    );
    ConfigError::new(path.display().to_string(), line.into(), message).with_hint(Some(
        "set the clock right, where it is wrong; where the page's date is, flatten the page without it: jq -r .body FILE".into(),
    ))
}

/// Which pages of the files become jobs.
enum Which {
    All,
    /// These, which were left alone as they are known; another page has touched what they gave.
    Just(ReadAgain),
}

/// Takes back that pages were left alone of which another page of the files has touched what they gave: they may be newer. Gives
/// these pages.
fn recalled_in_vain(load: &Load, sink: &StreamSink) -> BTreeMap<PageRef, PageDigest> {
    let mut recalled = sink.recalled.hold();
    let touched: Vec<Recalled> = recalled.extract_if(.., |page| load.is_touched(&page.digest)).collect();
    sink.tally.add(|counts| {
        for Recalled { facts, .. } in &touched {
            counts.recalled_pages -= 1;
            counts.recalled_records -= u64::from(facts.records);
            counts.rows -= u64::from(facts.rows);
        }
    });
    touched.into_iter().map(|page| (page.at, page.digest)).collect()
}

/// Tells of pages that were left alone what was found when they came.
fn tell_recalled(load: &Load, sink: &StreamSink) {
    let mut findings = Findings::default();
    for Recalled { at, digest, .. } in sink.recalled.hold().iter() {
        findings.add(&at.to_string().into(), load.page_findings(digest));
    }
    sink.tally.add(|counts| counts.drift.merge(findings.into_drift()));
}

/// The files, and what their pages become jobs with.
struct Reading<'a> {
    request: &'a FlattenRequest,
    session: &'a Session,
    stream: &'a Stream,
    params: Arc<ParamSet>,
    sink: &'a Arc<StreamSink>,
    /// The params that pages were met of: lines of the raw zone name their own.
    met: BTreeSet<ParamSet>,
    lake_around: LakeAround,
}

impl Reading<'_> {
    /// Sends pages to the workers, until they stop.
    fn send(&mut self, which: &mut Which, workers: &Workers) -> Result<(), EngineError> {
        let jobs = workers.sender();
        let buffers = PageBuffers::default();
        let observer = &self.session.seams.observer;
        for (path, nth) in self.request.files.iter().zip(0..) {
            let object = PageRef::object_of_file(&path.display().to_string());
            if matches!(which, Which::Just(pages) if !pages.are_in(&object)) {
                continue;
            }
            let recall = match which {
                Which::All if is_read_again(path) => Recall::Allowed,
                Which::All | Which::Just(_) => Recall::Renewed,
            };
            // One at a time: each has buffers, and a window of what was decompressed.
            let mut file = PageFile::open(path, &buffers)?;
            // The newest version of a record wins: of two files the one that was named last, whatever they are called.
            let fetched_at = self.session.dated(self.session.started_at) + SignedDuration::from_micros(nth);
            while let Some(page) = file.next()? {
                let at = PageRef { object: object.clone(), line: page.line };
                if matches!(which, Which::Just(pages) if !pages.has(&at)) {
                    continue;
                }
                let job = self.job(path, page, at, fetched_at, recall)?;
                match which {
                    Which::All => self.sink.tally.page(job.body.len()),
                    Which::Just(pages) => pages.meet(&job.at, &job.digest())?,
                }
                if !self.met.contains(&*job.params) {
                    self.met.insert((*job.params).clone());
                    observer.on(&Event::StreamStarted { stream: &self.stream.name, params: &job.params });
                }
                if !jobs.blocking_send(job) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn job(
        &mut self,
        path: &Path,
        page: FilePage,
        at: PageRef,
        fetched_at: Timestamp,
        recall: Recall,
    ) -> Result<Job, EngineError> {
        let raw = match RawLine::parse(&page.bytes) {
            RawLine::Page(raw) => Some(*raw),
            RawLine::Refers(of) => {
                let whole = self.lake_around.read_line(path, &page.bytes);
                Some(whole.map_err(|why| refers(path, page.line, &of, self.request, &why))?)
            }
            RawLine::Other => None,
        };
        if let Some(raw) = raw {
            let now = self.session.dated(self.session.seams.clock.now());
            if raw.fetched_at > now {
                return Err(dated_ahead(path, page.line, raw.fetched_at, now).into());
            }
            let params = Arc::new(raw.params.clone());
            return Ok(Job::of(LandedPage { at, page: raw }, Arc::clone(self.sink), params));
        }
        Ok(Job {
            sink: Arc::clone(self.sink),
            origin: PageOrigin::Storage,
            position: position(self.stream, &page),
            at,
            fetched_at,
            body: page.bytes,
            params: Arc::clone(&self.params),
            listed: BTreeMap::new(),
            recall,
            gone: Vec::new(),
            room: PageRoom::default(),
        })
    }
}

/// Opens a file for a try; a pipe is not opened before it is read, as its writer is gone once a reader has closed it. Those of a folder come in no order that anybody has chosen, and the order decides which of two
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
    match is_read_again(path) || !path.exists() {
        true => PageFile::open(path, &PageBuffers::default()).map(drop),
        false => Ok(()),
    }
}

/// The position of a page's first record: where the page is a record, in a file with one a line, the line's, from 0.
pub(crate) fn position(stream: &Stream, page: &FilePage) -> u32 {
    let is_record = stream.envelope.records.is_root() && page.bytes.trim_ascii_start().starts_with(b"{");
    if is_record { page.line - 1 } else { 0 }
}
