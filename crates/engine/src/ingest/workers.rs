//! Pages become rows of the load, on threads of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread::JoinHandle;

use bytes::Bytes;
use convolake_loader::LandedPage;
use convolake_loader::Load;
use convolake_loader::PageRef;
use convolake_loader::PageVersion;
use convolake_loader::Quarantine;
use convolake_loader::QuarantineLine;
use convolake_loader::RawPage;
use convolake_model::ConfigError;
use convolake_model::OnMismatch;
use convolake_model::ParamSet;
use convolake_model::Stream;
use convolake_transformer::Flattener;
use convolake_transformer::Gathered;
use convolake_transformer::PageInput;
use convolake_transformer::PageNotes;
use convolake_transformer::UnreadablePage;
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::ingest::tally::Tally;
use crate::project::rows_of_record::RowsOfRecord;
use crate::{EngineError, Event, Observer, Project};

/// A page to flatten, or a tombstone whose records' rows go.
pub(crate) struct Job {
    pub(crate) sink: Arc<StreamSink>,
    pub(crate) at: PageRef,
    pub(crate) fetched_at: Timestamp,
    pub(crate) body: Bytes,
    pub(crate) params: Arc<ParamSet>,
    pub(crate) listed: BTreeMap<String, String>,
    /// The records that are gone; none for a page.
    pub(crate) gone: Vec<String>,
}

impl Job {
    /// A landed page or tombstone, for the sink of its stream and params.
    pub(crate) fn of(landed: LandedPage, sink: Arc<StreamSink>, params: Arc<ParamSet>) -> Self {
        let RawPage { fetched_at, body, listed, gone, .. } = landed.page;
        Self { sink, at: landed.at, fetched_at, body, params, listed, gone }
    }

    fn version(&self) -> PageVersion {
        PageVersion {
            fetched_at_us: self.fetched_at.as_microsecond(),
            object: self.at.object.clone(),
            line: self.at.line,
        }
    }
}

/// What all pages of one stream with one set of params share.
pub(crate) struct StreamSink {
    pub(crate) stream: String,
    pub(crate) flattener: Arc<Flattener>,
    pub(crate) tally: Tally,
    pub(crate) on_mismatch: OnMismatch,
    /// Where its records have rows, as far as those of one go together.
    rows_of_record: Result<Vec<RowsOfRecord>, ConfigError>,
}

impl StreamSink {
    pub(crate) fn new(project: &Project, stream: &Stream) -> Result<Self, EngineError> {
        let (flattener, tally) = (Arc::new(project.flattener(stream)?), Tally::default());
        let on_mismatch = project.pipeline.on_mismatch;
        let rows_of_record = project.rows_of_record(stream);
        Ok(Self { stream: stream.name.clone(), flattener, tally, on_mismatch, rows_of_record })
    }
}

/// Threads that flatten what [`Workers::sender`] is given.
pub(crate) struct Workers {
    sender: mpsc::SyncSender<Job>,
    threads: Vec<JoinHandle<Result<(), EngineError>>>,
    load: Arc<Mutex<Load>>,
    quarantine: Arc<Mutex<Quarantine>>,
}

/// Pages that wait for a thread; more than this, and pulling waits.
const MAX_WAITING_PAGES: usize = 2;
/// More threads than this only wait for the load.
const MAX_THREADS: usize = 4;
/// The memory of rows a thread gathers before it hands them to the load.
const GATHERED_BYTES: usize = 4 * 1024 * 1024;

impl Workers {
    pub(crate) fn start(load: Load, quarantine: Quarantine, observer: &Arc<dyn Observer>) -> Self {
        let (sender, receiver) = mpsc::sync_channel(MAX_WAITING_PAGES);
        let receiver = Arc::new(Mutex::new(receiver));
        let load = Arc::new(Mutex::new(load));
        let quarantine = Arc::new(Mutex::new(quarantine));
        let count = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        let threads = (0..count).map(|_| {
            let worker = Worker {
                receiver: Arc::clone(&receiver),
                load: Arc::clone(&load),
                quarantine: Arc::clone(&quarantine),
                observer: Arc::clone(observer),
            };
            std::thread::spawn(move || worker.run())
        });
        Self { sender, threads: threads.collect(), load, quarantine }
    }

    /// Where pages go in. Sending waits while enough pages are waiting, and fails once all workers have stopped.
    pub(crate) fn sender(&self) -> mpsc::SyncSender<Job> {
        self.sender.clone()
    }

    /// Waits for the last page; the load is then complete. All senders must be gone.
    pub(crate) fn finish(self) -> Result<(Load, Quarantine), EngineError> {
        let Self { sender, threads, load, quarantine } = self;
        drop(sender);
        let mut result = Ok(());
        for thread in threads {
            let ended = thread.join().unwrap_or_else(|panic| {
                let message = panic.downcast_ref::<String>().cloned();
                let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                Err(EngineError::Worker { message: message.unwrap_or_else(|| "it panicked".to_owned()) })
            });
            result = result.and(ended);
        }
        result?;
        let shared = || EngineError::Worker { message: "it still holds the load".to_owned() };
        let load =
            Arc::into_inner(load).ok_or_else(shared)?.into_inner().unwrap_or_else(PoisonError::into_inner);
        let quarantine = Arc::into_inner(quarantine)
            .ok_or_else(shared)?
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok((load, quarantine))
    }
}

/// Rows of one sink that a thread has gathered.
struct RowBuffer {
    sink: Arc<StreamSink>,
    gathered: Gathered,
    pages: Vec<PageVersion>,
}

struct Worker {
    receiver: Arc<Mutex<mpsc::Receiver<Job>>>,
    load: Arc<Mutex<Load>>,
    quarantine: Arc<Mutex<Quarantine>>,
    observer: Arc<dyn Observer>,
}

impl Worker {
    fn run(&self) -> Result<(), EngineError> {
        let mut buffers: Vec<RowBuffer> = Vec::new();
        loop {
            let next = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = next else { break };
            if !job.gone.is_empty() {
                self.take_away(&job)?;
                continue;
            }
            let at = match buffers.iter().position(|buffer| Arc::ptr_eq(&buffer.sink, &job.sink)) {
                Some(at) => at,
                None => {
                    let gathered = job.sink.flattener.gather();
                    buffers.push(RowBuffer { sink: Arc::clone(&job.sink), gathered, pages: Vec::new() });
                    buffers.len() - 1
                }
            };
            self.flatten(&job, &mut buffers[at])?;
            if buffers[at].gathered.bytes() >= GATHERED_BYTES {
                self.hand_over(&mut buffers[at])?;
            }
        }
        buffers.iter_mut().try_for_each(|buffer| self.hand_over(buffer))
    }

    fn flatten(&self, job: &Job, buffer: &mut RowBuffer) -> Result<(), EngineError> {
        let page = job.at.to_string();
        let input = PageInput { body: &job.body, page: &page, params: &job.params, listed: &job.listed };
        let before = buffer.gathered.rows();
        match job.sink.flattener.flatten_into(&input, &mut buffer.gathered) {
            Ok(notes) => {
                buffer.pages.push(job.version());
                self.note(job, &page, buffer.gathered.rows() - before, notes)
            }
            Err(fault) => self.set_aside(job, &page, &fault),
        }
    }

    /// Takes the rows of records that are gone out of all tables that the load has.
    fn take_away(&self, job: &Job) -> Result<(), EngineError> {
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        for rows in job.sink.rows_of_record.as_ref().map_err(ConfigError::clone)? {
            if load.has(&rows.table.name) {
                load.push(rows.none(&job.gone, &job.params)?, &[job.version()])?;
            }
        }
        Ok(())
    }

    /// Takes note of a page's records, of which `rows` were made.
    fn note(&self, job: &Job, page: &str, rows: usize, notes: PageNotes) -> Result<(), EngineError> {
        if let (OnMismatch::Fail, Some(((table, column), met))) =
            (job.sink.on_mismatch, notes.drift.mismatches.first_key_value())
        {
            let (table, column, first) = (table.clone(), column.clone(), met.first.to_string());
            return Err(EngineError::Mismatch { table, column, first });
        }
        let event = Event::PageFlattened {
            stream: &job.sink.stream,
            rows: count(rows),
            rejects: count(notes.rejects.len()),
        };
        self.observer.on(&event);
        let mut quarantined = 0;
        for reject in notes.rejects.iter() {
            let is_new = self.quarantine(QuarantineLine {
                reason: format!("{}: {}", reject.reason.code(), reject.detail),
                pointer: reject.pointer,
                page: page.to_owned(),
                record: record(&reject.text),
            })?;
            quarantined += u64::from(is_new);
        }
        job.sink.tally.add(|counts| {
            counts.records += u64::from(notes.records);
            counts.rows += count(rows);
            counts.quarantined += quarantined;
            counts.drift.merge(notes.drift);
        });
        Ok(())
    }

    /// Hands what is gathered to the load.
    fn hand_over(&self, buffer: &mut RowBuffer) -> Result<(), EngineError> {
        let pages = std::mem::take(&mut buffer.pages);
        let flattener = &buffer.sink.flattener;
        let tables = flattener
            .take(&mut buffer.gathered)
            .map_err(|error| EngineError::Worker { message: format!("rows make no batch: {error}") })?;
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        for rows in tables {
            load.push(rows, &pages)?;
        }
        Ok(())
    }

    /// A page that cannot be read is one quarantined record; the pages beside it go on.
    fn set_aside(&self, job: &Job, page: &str, fault: &UnreadablePage) -> Result<(), EngineError> {
        let is_new = self.quarantine(QuarantineLine {
            reason: format!("unreadable_page: {fault}"),
            pointer: String::new(),
            page: page.to_owned(),
            record: record(&String::from_utf8_lossy(&job.body)),
        })?;
        job.sink.tally.add(|counts| {
            counts.records += 1;
            counts.quarantined += u64::from(is_new);
        });
        Ok(())
    }

    /// Sets a record aside; false where an earlier run has done so already.
    fn quarantine(&self, line: QuarantineLine) -> Result<bool, EngineError> {
        let mut quarantine = self.quarantine.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(quarantine.push(&line)?)
    }
}

/// The record as JSON; as a text where it is none, or none that can be nested.
fn record(text: &str) -> serde_json::Value {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        Err(_) => text.into(),
    }
}

pub(crate) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
