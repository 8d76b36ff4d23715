//! Pages become rows of the load, on threads of their own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use bytes::Bytes;
use convolake_loader::{Load, PageRef, PageVersion, Parents, Quarantine, QuarantineLine, Rows};
use convolake_model::{OnMismatch, ParamSet};
use convolake_transformer::{FlatPage, Flattener, PageInput, UnreadablePage};
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::tally::Tally;
use crate::{EngineError, Event, Observer};

/// A page to flatten.
pub(crate) struct Job {
    pub(crate) lane: Arc<Lane>,
    pub(crate) at: PageRef,
    pub(crate) fetched_at: Timestamp,
    pub(crate) body: Bytes,
    pub(crate) params: Arc<ParamSet>,
    pub(crate) listed: BTreeMap<String, String>,
}

/// What all pages of one stream with one set of params share.
pub(crate) struct Lane {
    pub(crate) stream: String,
    pub(crate) flattener: Arc<Flattener>,
    pub(crate) tally: Tally,
    pub(crate) on_mismatch: OnMismatch,
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

struct Worker {
    receiver: Arc<Mutex<mpsc::Receiver<Job>>>,
    load: Arc<Mutex<Load>>,
    quarantine: Arc<Mutex<Quarantine>>,
    observer: Arc<dyn Observer>,
}

impl Worker {
    fn run(&self) -> Result<(), EngineError> {
        loop {
            let next = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = next else { return Ok(()) };
            self.flatten(&job)?;
        }
    }

    fn flatten(&self, job: &Job) -> Result<(), EngineError> {
        let page = job.at.to_string();
        let flat = job.lane.flattener.flatten(&PageInput {
            body: &job.body,
            page: &page,
            fetched_at: job.fetched_at.as_microsecond(),
            params: &job.params,
            listed: &job.listed,
        });
        match flat {
            Ok(flat) => self.keep(job, &page, flat),
            Err(fault) => self.set_aside(job, &page, &fault),
        }
    }

    fn keep(&self, job: &Job, page: &str, flat: FlatPage) -> Result<(), EngineError> {
        if let (OnMismatch::Fail, Some(((table, column), drift))) =
            (job.lane.on_mismatch, flat.drift.mismatches.first_key_value())
        {
            let (table, column, first) = (table.clone(), column.clone(), drift.first.clone());
            return Err(EngineError::Mismatch { table, column, first });
        }
        let rows: usize = flat.tables.iter().map(|table| table.batch.num_rows()).sum();
        let event = Event::PageFlattened {
            stream: &job.lane.stream,
            rows: count(rows),
            rejects: count(flat.rejects.len()),
        };
        self.observer.on(&event);
        let mut quarantined = 0;
        for reject in &flat.rejects {
            let is_new = self.quarantine(QuarantineLine {
                reason: format!("{}: {}", reject.reason.code(), reject.detail),
                pointer: reject.pointer.clone(),
                page: page.to_owned(),
                record: record(&reject.text),
            })?;
            quarantined += u64::from(is_new);
        }
        job.lane.tally.add(|counts| {
            counts.records += u64::from(flat.records);
            counts.rows += count(rows);
            counts.quarantined += quarantined;
            counts.drift.merge(flat.drift);
        });
        let version = PageVersion {
            fetched_at_us: job.fetched_at.as_microsecond(),
            object: job.at.object.clone(),
            line: job.at.line,
        };
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        for table in flat.tables {
            load.push(Rows {
                table: table.table,
                batch: table.batch,
                index_in_page: table.index_in_page,
                version: version.clone(),
                parents: table
                    .parents
                    .map(|parents| Parents { keys: parents.keys, index_in_page: parents.index_in_page }),
            })?;
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
        job.lane.tally.add(|counts| {
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
