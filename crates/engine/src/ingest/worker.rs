//! One worker thread: takes jobs until the channel closes, flattens pages, quarantines what cannot be a row.

use std::sync::Arc;

use convolake_loader::{Load, PageDigest, PageFacts, Quarantine, QuarantineLine, RecordForm};
use convolake_model::{ConfigError, OnMismatch};
use convolake_transformer::{Met, PageInput, PageNotes, Place, UnreadablePage};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::ingest::job::{Job, Recall};
use crate::ingest::page_findings;
use crate::ingest::row_buffer::{NotedPage, RowBuffer, buffer_of};
use crate::ingest::sink::Recalled;
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
        let digest = (job.recall != Recall::Never).then(|| job.digest());
        if let Some(digest) = digest.filter(|_| job.recall == Recall::Allowed)
            && let Some(facts) = self.known_page(&digest)
        {
            self.recall(job, digest, facts);
            return Ok(());
        }
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
                let version = job.version();
                if let Some(digest) = digest.filter(|_| notes.rejects.is_empty())
                    && let Some(findings) = page_findings::of_page(&notes.drift)
                {
                    let rows = u32::try_from(buffer.gathered.rows() - before).unwrap_or(u32::MAX);
                    let facts = PageFacts { records: notes.records, rows };
                    buffer.known.push(NotedPage { version: version.clone(), digest, facts, findings });
                }
                buffer.pages.push(version);
                self.note(job, &page, buffer.gathered.rows() - before, notes)
            }
            Err(error) => self.quarantine_page(job, &page, &error),
        }
    }

    /// A function of its own, so that the lock is not held while the page is left alone.
    fn known_page(&self, digest: &PageDigest) -> Option<PageFacts> {
        self.load.hold().known_page(digest)
    }

    /// Leaves a page alone that is known.
    fn recall(&self, job: &Job, digest: PageDigest, facts: PageFacts) {
        let records = u64::from(facts.records);
        self.tell(job, records, u64::from(facts.rows), 0);
        job.sink.tally.add(|counts| {
            counts.recalled_pages += 1;
            counts.recalled_records += records;
            counts.rows += u64::from(facts.rows);
        });
        job.sink.recalled.hold().push(Recalled { at: job.at.clone(), digest, facts });
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
        let (mut quarantined, mut quarantined_earlier) = (0, 0);
        let mut reasons = Vec::new();
        for reject in notes.rejects.iter() {
            let reason = format!("{}: {}", reject.reason.code(), reject.detail);
            let is_new = self.quarantine(QuarantineLine {
                reason: reason.clone(),
                pointer: reject.pointer,
                page: page.to_owned(),
                record: record(&reject.text),
                v: RecordForm::Verbatim,
            })?;
            quarantined += u64::from(is_new);
            quarantined_earlier += u64::from(!is_new);
            if is_new {
                reasons.push(reason);
            }
        }
        job.sink.tally.add(|counts| {
            counts.records += u64::from(notes.records);
            counts.rows += count(n_rows);
            counts.quarantined += quarantined;
            counts.quarantined_earlier += quarantined_earlier;
            reasons.iter().for_each(|reason| counts.reasons.add(reason, once_on(page)));
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
        let known = std::mem::take(&mut buffer.known);
        let (mut tables, pages) = buffer.drain()?;
        if let Some(declared) = &buffer.sink.declared_rows {
            declared.mark_parts(&mut tables);
        }
        let mut load = self.load.hold();
        for NotedPage { version, digest, facts, findings } in &known {
            load.note_page(version, *digest, *facts, findings);
        }
        for rows in tables {
            load.push(rows, &pages)?;
        }
        Ok(())
    }

    /// A page that cannot be read is one quarantined record; the pages beside it go on.
    fn quarantine_page(&self, job: &Job, page: &str, error: &UnreadablePage) -> Result<(), EngineError> {
        let reason = format!("unreadable_page: {error}");
        let is_new = self.quarantine(QuarantineLine {
            reason: reason.clone(),
            pointer: String::new(),
            page: page.to_owned(),
            record: record(&String::from_utf8_lossy(&job.body)),
            v: RecordForm::Verbatim,
        })?;
        self.tell(job, 1, 0, u64::from(is_new));
        job.sink.tally.add(|counts| {
            counts.records += 1;
            counts.quarantined += u64::from(is_new);
            counts.quarantined_earlier += u64::from(!is_new);
            if is_new {
                counts.reasons.add(&reason, once_on(page));
            }
        });
        Ok(())
    }

    /// Quarantines a record; false where an earlier run has done so already.
    fn quarantine(&self, line: QuarantineLine) -> Result<bool, EngineError> {
        Ok(self.quarantine.hold().push(&line)?)
    }
}

/// What was met once on a page.
fn once_on(page: &str) -> Met {
    Met { count: 1, first: Place::new(&page.into(), 0) }
}

/// The record as it stands; as a text where it is no JSON, or none that common readers read: half a surrogate pair, a number beyond a
/// double, more levels than they take.
pub(crate) fn record(text: &str) -> Box<RawValue> {
    let written = match serde_json::from_str::<serde_json::Value>(text) {
        // Line breaks stand between the parts of JSON, never in a text.
        Ok(_) => RawValue::from_string(text.replace(['\n', '\r'], " ")),
        Err(_) => serde_json::value::to_raw_value(text),
    };
    written.unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stands_in_quarantine_as_it_stood_in_its_page() {
        for (text, line) in [
            (r#"{"big":123456789012345678901234567890,"f":1.10}"#, None),
            (r#"{"id": 9223372036854775808, "n": 1.10, "n": 2e0}"#, None),
            (r#"{"b":1,"a":"\u00e9\/"}"#, None),
            ("{\n  \"a\": 1\r\n}", Some(r#"{   "a": 1  }"#)),
            (r#"{"a":"\ud83d"}"#, Some(r#""{\"a\":\"\\ud83d\"}""#)),
            (r#"{"a":1e400}"#, Some(r#""{\"a\":1e400}""#)),
            ("{\"a\":NaN,\n1}", Some(r#""{\"a\":NaN,\n1}""#)),
        ] {
            assert_eq!(record(text).get(), line.unwrap_or(text));
        }
        let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
        assert_eq!(record(&deep).get(), format!("\"{deep}\""));
    }
}
