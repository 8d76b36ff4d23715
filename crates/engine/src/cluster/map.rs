//! The first step: landed pages become rows, which go to parts by the unit they are of.

use std::collections::BTreeMap;

use convolake_loader::{Parcel, QuarantineLine, RecordForm, Scatter};
use convolake_model::{ConfigError, OnMismatch, ParamSet};
use convolake_transformer::{PageInput, PageNotes};

use crate::cluster::note::{Note, StreamNote, told};
use crate::cluster::plan::ClusterPlan;
use crate::ingest::row_buffer::{RowBuffer, buffer_of};
use crate::ingest::tombstone::tombstone_batch;
use crate::ingest::worker::record;
use crate::ingest::{Job, LandedPages, page_findings};
use crate::numbers::count;
use crate::{EngineError, Project};

/// What a task gathers before rows are sent: the more, the fewer parcels.
const GATHERED_BYTES: usize = 48 << 20;

/// What some landed pages gave.
#[derive(Debug)]
pub struct Mapped {
    /// Rows by part.
    pub parcels: Vec<Parcel>,
    /// What the driver is told.
    pub note: Vec<u8>,
}

/// Makes rows of the landed pages in these objects. Blocks.
///
/// # Errors
/// A page that does not read as it landed; a value that does not fit, where the pipeline says `on_mismatch: fail`.
pub fn map_pages(plan: &ClusterPlan, objects: &[String]) -> Result<Mapped, EngineError> {
    let project = plan.project()?;
    let raw = plan.lake()?.raw();
    let mut landed_pages = LandedPages::new(&project);
    let mut mapper = Mapper::new(plan, &project)?;
    for object in objects {
        let landed = raw.page_of(object).map_err(EngineError::RawPage)?;
        let stream = landed.page.stream.clone();
        match landed_pages.job(landed)? {
            Some((job, _)) => mapper.take(&job)?,
            None => *mapper.left_out.entry(stream).or_default() += 1,
        }
    }
    mapper.finish(count(objects.len()))
}

struct Mapper {
    scatter: Scatter,
    buffers: Vec<RowBuffer>,
    streams: BTreeMap<(String, ParamSet), StreamNote>,
    left_out: BTreeMap<String, u64>,
    parcels: Vec<Parcel>,
}

impl Mapper {
    fn new(plan: &ClusterPlan, project: &Project) -> Result<Self, EngineError> {
        Ok(Self {
            scatter: Scatter::new(&plan.tables(project), plan.n_parts)?,
            buffers: Vec::new(),
            streams: BTreeMap::new(),
            left_out: BTreeMap::new(),
            parcels: Vec::new(),
        })
    }

    fn take(&mut self, job: &Job) -> Result<(), EngineError> {
        if !job.gone.is_empty() {
            return self.remove(job);
        }
        let page = job.at.to_string();
        let (body, params, listed) = (&job.body, &job.params, &job.listed);
        let input = PageInput { body, page: &page, position: job.position, params, listed };
        let buffer = buffer_of(&mut self.buffers, &job.sink);
        let before = buffer.gathered.rows();
        let flattened = job.sink.flattener.flatten_into(&input, &mut buffer.gathered);
        let n_rows = buffer.gathered.rows() - before;
        if flattened.is_ok() {
            buffer.pages.push(job.version());
        }
        let note = self.streams.entry((job.sink.stream.clone(), (*job.params).clone())).or_default();
        note.pages += 1;
        note.bytes += count(job.body.len());
        match flattened {
            Ok(notes) => add(note, job, page, n_rows, notes)?,
            Err(error) => {
                note.records += 1;
                note.quarantined.push(QuarantineLine {
                    reason: format!("unreadable_page: {error}"),
                    pointer: String::new(),
                    page,
                    record: record(&String::from_utf8_lossy(&job.body)),
                    v: RecordForm::Verbatim,
                });
            }
        }
        match self.buffers.iter().map(RowBuffer::bytes).sum::<usize>() >= GATHERED_BYTES {
            true => self.send(),
            false => Ok(()),
        }
    }

    /// A tombstone goes where the rows of its records go.
    fn remove(&mut self, job: &Job) -> Result<(), EngineError> {
        for scope in job.sink.deletion_scopes.as_ref().map_err(ConfigError::clone)? {
            if self.scatter.has(&scope.table.name) {
                let batch = tombstone_batch(scope, &job.gone, &job.params)?;
                self.parcels.extend(self.scatter.split(&batch, &[job.version()])?);
            }
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), EngineError> {
        for buffer in &mut self.buffers {
            let (mut tables, pages) = buffer.drain()?;
            if let Some(declared) = &buffer.sink.declared_rows {
                declared.mark_parts(&mut tables);
            }
            for rows in tables {
                self.parcels.extend(self.scatter.split(&rows, &pages)?);
            }
        }
        Ok(())
    }

    fn finish(mut self, objects: u64) -> Result<Mapped, EngineError> {
        self.send()?;
        let streams = self.streams.into_iter();
        let streams = streams.map(|((stream, params), note)| StreamNote { stream, params, ..note }).collect();
        let note = Note { objects, streams, left_out: self.left_out, ..Note::default() };
        Ok(Mapped { parcels: self.parcels, note: note.to_bytes()? })
    }
}

fn add(
    note: &mut StreamNote,
    job: &Job,
    page: String,
    n_rows: usize,
    notes: PageNotes,
) -> Result<(), EngineError> {
    if let (OnMismatch::Fail, Some(((table, column), met))) =
        (job.sink.on_mismatch, notes.drift.mismatches.first_key_value())
    {
        let (table, column, first) = (table.clone(), column.clone(), met.first.to_string());
        return Err(EngineError::Mismatch { table, column, first });
    }
    note.records += u64::from(notes.records);
    note.rows += count(n_rows);
    note.quarantined.extend(notes.rejects.iter().map(|reject| QuarantineLine {
        reason: format!("{}: {}", reject.reason.code(), reject.detail),
        pointer: reject.pointer,
        page: page.clone(),
        record: record(&reject.text),
        v: RecordForm::Verbatim,
    }));
    let findings: Vec<_> = page_findings::all_of_page(&notes.drift).into_iter().map(told).collect();
    if !findings.is_empty() {
        note.findings.push((page, findings));
    }
    Ok(())
}
