//! The driver's part: it holds the lease from before the first task to the commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use convolake_loader::{FewerRows, Folded, LandedObjects, LoadMode};
use convolake_model::{ConfigError, ParamSet};
use serde_json::{Map, Value};

use crate::cluster::files;
use crate::cluster::note::{Note, StreamNote, finding};
use crate::cluster::plan::{ClusterPlan, overrides};
use crate::ingest::{Findings, LandedPages, StreamSink};
use crate::memory::MemoryBudget;
use crate::reads::rows_kept::RowsKept;
use crate::report::stream_report::EndedStream;
use crate::session::Session;
use crate::{EngineError, Event, Project, RunReport, Seams};

/// What to replay on a cluster.
#[derive(Debug, Clone)]
pub struct ClusterReplayRequest {
    /// A built-in pipeline or the path of one, which every process can read.
    pub pipeline: String,
    /// Fields of the pipeline set over its file, by their dotted paths.
    pub set: Map<String, Value>,
    /// Where the lake is; every process can reach it.
    pub to: String,
    /// At least how many parts the rows are folded in; more where the landed pages are many.
    pub parts: Option<u32>,
    /// The memory of each task, in bytes.
    pub memory_bytes: u64,
}

/// A replay whose tasks are elsewhere. Dropped before its commit, it leaves the lake as it was. All methods block.
pub struct ClusterReplay {
    session: Session,
    plan: ClusterPlan,
    /// The landed objects, with about what each takes in bytes.
    objects: BTreeMap<String, u64>,
}

/// A part of this size is folded by one task without much on disk: compressed pages grow some ten times as rows.
const PART_BYTES: u64 = 128 << 20;
/// Each task sends a parcel to each part.
const MAX_PARTS: u32 = 1024;

impl ClusterReplay {
    /// Takes the lease, and looks whether the rows there are those of landed pages.
    ///
    /// # Errors
    /// As [`crate::replay`]; rows that no landed page gives, which a replay of one machine keeps and this one cannot.
    pub fn begin(request: &ClusterReplayRequest, seams: &Seams) -> Result<Self, EngineError> {
        let project = Project::load(&request.pipeline, &overrides(&request.set))?;
        let memory = MemoryBudget::new(request.memory_bytes, &request.to)?;
        let mut session = Session::open("replay", project, &request.to, memory, seams)?;
        // Whoever rebuilds takes nothing on trust: the next run counts all anew.
        session.state.counted.clear();
        let objects = session.raw.objects_with_bytes(session.pipeline())?;
        let landed = LandedObjects::of(session.pipeline(), objects.keys().cloned());
        let pipeline = session.pipeline();
        seams.observer.on(&Event::Verifying { pipeline, what: "rows against landed pages" });
        let kept = RowsKept::find(&session.lake, &session.project, &landed)?;
        if !kept.is_empty() {
            return Err(rows_kept(&kept, request, pipeline));
        }
        if objects.is_empty() {
            let message =
                format!("the lake has no landed page of {pipeline}, so its tables were left as they are");
            return Err(ConfigError::new(&request.to, 0, message)
                .with_hint(Some("`convolake run` lands pages".into()))
                .into());
        }
        let streams = landed.streams().into_iter().collect();
        let n_bytes: u64 = objects.values().sum();
        let parts = u32::try_from(n_bytes.div_ceil(PART_BYTES)).unwrap_or(MAX_PARTS);
        let plan = ClusterPlan {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pipeline: request.pipeline.clone(),
            set: request.set.clone(),
            to: request.to.clone(),
            run: session.run.to_string(),
            streams,
            n_parts: request.parts.unwrap_or(1).max(parts).clamp(1, MAX_PARTS),
            memory_bytes: request.memory_bytes,
        };
        Ok(Self { session, plan, objects })
    }

    /// What all tasks share.
    pub const fn plan(&self) -> &ClusterPlan {
        &self.plan
    }

    /// The landed objects, packed to tasks of about so many bytes; those that lie near each other stay together.
    pub fn tasks(&self, task_bytes: u64) -> Vec<Vec<String>> {
        let mut tasks: Vec<Vec<String>> = Vec::new();
        let mut n_bytes = u64::MAX;
        for (object, bytes) in &self.objects {
            if n_bytes.saturating_add(*bytes) > task_bytes {
                tasks.push(Vec::new());
                n_bytes = 0;
            }
            n_bytes += bytes;
            if let Some(task) = tasks.last_mut() {
                task.push(object.clone());
            }
        }
        tasks
    }

    /// Publishes what the tasks made, and commits. `notes` are those of all maps and folds, `made` all files, each of one attempt.
    ///
    /// # Errors
    /// As [`crate::replay`]; a note that is missing, as the pages that were told of are not all there are.
    pub fn commit(self, notes: &[Vec<u8>], made: &[Vec<u8>]) -> Result<RunReport, EngineError> {
        let Self { session, plan, objects } = self;
        let streams = plan.streams.iter().map(String::as_str);
        let (load, mut quarantine) = session.begin_load(streams, LoadMode::Rebuild)?;
        let mut landed_pages = LandedPages::new(&session.project);
        let (mut folded, mut n_objects) = (Folded::default(), 0);
        let mut of_streams: BTreeMap<(String, ParamSet), (Arc<StreamSink>, Findings)> = BTreeMap::new();
        for note in notes {
            let Note { objects, streams, left_out, folded: of_part } = Note::parse(note)?;
            n_objects += objects;
            folded.add(of_part);
            for (stream, pages) in left_out {
                let message =
                    format!("{pages} pages are of the stream {stream}, which the pipeline no longer has");
                session.seams.observer.on(&Event::Warning { message: &message });
            }
            for note in streams {
                let key = (note.stream.clone(), note.params.clone());
                if !of_streams.contains_key(&key) {
                    let stream = &session.project.pipeline.streams[&note.stream];
                    let (sink, _, _) = landed_pages.sink(stream, &note.params)?;
                    of_streams.insert(key.clone(), (sink, Findings::default()));
                }
                if let Some((sink, findings)) = of_streams.get_mut(&key) {
                    add(note, sink, findings, |line| quarantine.push(line))?;
                }
            }
        }
        if n_objects != objects.len() as u64 {
            let message = format!(
                "tasks told of {n_objects} landed pages, and there are {}; nothing was published",
                objects.len()
            );
            return Err(EngineError::Worker { message });
        }
        for (sink, findings) in of_streams.into_values() {
            let drift = findings.into_drift();
            sink.tally.add(|counts| counts.drift.merge(drift));
        }
        let ended = landed_pages.sinks().map(|(sink, params)| EndedStream::of_pages(sink, params)).collect();
        let made = made.iter().map(|made| files::parse(made)).collect::<Result<Vec<_>, _>>()?;
        session.finish_by(
            |state_of, created_at| {
                load.finish_with_files(made, folded, FewerRows::Refused, state_of, created_at)
            },
            quarantine,
            ended,
        )
    }
}

/// Adds what a task told of a stream.
fn add(
    note: StreamNote,
    sink: &StreamSink,
    findings: &mut Findings,
    mut quarantine: impl FnMut(&convolake_loader::QuarantineLine) -> Result<bool, convolake_loader::LoadError>,
) -> Result<(), EngineError> {
    let (mut quarantined, mut quarantined_earlier) = (0, 0);
    for line in &note.quarantined {
        let is_new = quarantine(line)?;
        quarantined += u64::from(is_new);
        quarantined_earlier += u64::from(!is_new);
    }
    for (page, found) in note.findings {
        findings.add(&page.into(), found.into_iter().map(finding).collect());
    }
    sink.tally.add(|counts| {
        counts.pages += note.pages;
        counts.bytes += note.bytes;
        counts.records += note.records;
        counts.rows += note.rows;
        counts.quarantined += quarantined;
        counts.quarantined_earlier += quarantined_earlier;
    });
    Ok(())
}

fn rows_kept(kept: &RowsKept, request: &ClusterReplayRequest, pipeline: &str) -> EngineError {
    let of_files: u64 = kept.of_files.values().sum();
    let message = format!(
        "{} rows of {pipeline} come of no landed page that is there ({of_files} of flattened files); a replay on a cluster would lose them, \
         so nothing was changed",
        of_files + kept.rows_of_missing_pages()
    );
    let hint =
        format!("`convolake replay {} --to {}` keeps rows of flattened files", request.pipeline, request.to);
    ConfigError::new(&request.to, 0, message).with_hint(Some(hint)).into()
}
