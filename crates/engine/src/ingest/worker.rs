//! One worker thread: takes jobs until the channel closes, flattens pages, quarantines what cannot be a row.

use std::sync::Arc;

use convolake_loader::{Load, Quarantine, QuarantineLine};
use convolake_model::{ConfigError, OnMismatch};
use convolake_transformer::{PageInput, PageNotes, UnreadablePage};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::ingest::job::Job;
use crate::ingest::row_buffer::{RowBuffer, buffer_of};
use crate::ingest::tombstone::tombstone_batch;
use crate::lock::Lock;
use crate::numbers::count;
use crate::{EngineError, Event, Observer};

/// What a thread shares with the others.
pub(crate) struct Worker {
    /// Held by the one thread that waits for the next job.
    pub(crate) jobs: Arc<Lock<mpsc::Receiver<Job>>>,
    pub(crate) load: Arc<Lock<Load>>,
    pub(crate) quarantine: Arc<Lock<Quarantine>>,
    pub(crate) observer: Arc<dyn Observer>,
    /// The memory of the rows it gathers, of all sinks together, before some are pushed.
    pub(crate) gathered_bytes: usize,
}

impl Worker {
    /// Works until all senders are gone, then pushes what is left in its buffers.
    pub(crate) fn run(&self) -> Result<(), EngineError> {
        let mut buffers: Vec<RowBuffer> = Vec::new();
        while let Some(job) = self.next_job() {
            if !job.gone.is_empty() {
                self.remove(&job)?;
                continue;
            }
            let buffer = buffer_of(&mut buffers, &job.sink);
            self.flatten(&job, buffer)?;
            drop(job);
            if buffers.iter().map(RowBuffer::bytes).sum::<usize>() >= self.gathered_bytes
                && let Some(fullest) = buffers.iter_mut().max_by_key(|buffer| buffer.bytes())
            {
                self.push(fullest)?;
            }
        }
        buffers.iter_mut().try_for_each(|buffer| self.push(buffer))
    }

    /// A statement of its own, so that the lock is not held while the job is done.
    fn next_job(&self) -> Option<Job> {
        self.jobs.hold().blocking_recv()
    }

    fn flatten(&self, job: &Job, buffer: &mut RowBuffer) -> Result<(), EngineError> {
        let page = job.at.to_string();
        let input = PageInput {
            body: &job.body,
            page: &page,
            position: job.position,
            params: &job.params,
            listed: &job.listed,
        };
        let before = buffer.gathered.rows();
        match job.sink.flattener.flatten_into(&input, &mut buffer.gathered) {
            Ok(notes) => {
                buffer.pages.push(job.version());
                self.note(job, &page, buffer.gathered.rows() - before, notes)
            }
            Err(error) => self.quarantine_page(job, &page, &error),
        }
    }

    /// Removes the rows of a tombstone's records from all tables that the load has.
    fn remove(&self, job: &Job) -> Result<(), EngineError> {
        let mut load = self.load.hold();
        for scope in job.sink.deletion_scopes.as_ref().map_err(ConfigError::clone)? {
            if load.has(&scope.table.name) {
                load.push(tombstone_batch(scope, &job.gone, &job.params)?, &[job.version()])?;
            }
        }
        Ok(())
    }

    /// Counts a page that gave `n_rows` rows, and quarantines its rejects.
    fn note(&self, job: &Job, page: &str, n_rows: usize, notes: PageNotes) -> Result<(), EngineError> {
        if let (OnMismatch::Fail, Some(((table, column), met))) =
            (job.sink.on_mismatch, notes.drift.mismatches.first_key_value())
        {
            let (table, column, first) = (table.clone(), column.clone(), met.first.to_string());
            return Err(EngineError::Mismatch { table, column, first });
        }
        self.tell(job, u64::from(notes.records), count(n_rows), count(notes.rejects.len()));
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
            counts.rows += count(n_rows);
            counts.quarantined += quarantined;
            counts.drift.merge(notes.drift);
        });
        Ok(())
    }

    fn tell(&self, job: &Job, records: u64, rows: u64, rejects: u64) {
        self.observer.on(&Event::PageFlattened {
            stream: &job.sink.stream,
            params: &job.params,
            origin: job.origin,
            bytes: count(job.body.len()),
            records,
            rows,
            rejects,
        });
    }

    /// Pushes what a buffer holds to the load.
    fn push(&self, buffer: &mut RowBuffer) -> Result<(), EngineError> {
        let (mut tables, pages) = buffer.drain()?;
        if let Some(declared) = &buffer.sink.declared_rows {
            declared.mark_parts(&mut tables);
        }
        let mut load = self.load.hold();
        for rows in tables {
            load.push(rows, &pages)?;
        }
        Ok(())
    }

    /// A page that cannot be read is one quarantined record; the pages beside it go on.
    fn quarantine_page(&self, job: &Job, page: &str, error: &UnreadablePage) -> Result<(), EngineError> {
        let is_new = self.quarantine(QuarantineLine {
            reason: format!("unreadable_page: {error}"),
            pointer: String::new(),
            page: page.to_owned(),
            record: record(&String::from_utf8_lossy(&job.body)),
        })?;
        self.tell(job, 1, 0, u64::from(is_new));
        job.sink.tally.add(|counts| {
            counts.records += 1;
            counts.quarantined += u64::from(is_new);
        });
        Ok(())
    }

    /// Quarantines a record; false where an earlier run has done so already.
    fn quarantine(&self, line: QuarantineLine) -> Result<bool, EngineError> {
        Ok(self.quarantine.hold().push(&line)?)
    }
}

/// The record as JSON; as a text where it is none, or none that can be nested.
fn record(text: &str) -> serde_json::Value {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        Err(_) => text.into(),
    }
}
