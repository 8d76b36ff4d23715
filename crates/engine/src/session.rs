//! What every command that writes to a lake does first and last: lease, load, quarantine, commit, report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convolake_extractor::{Clock, Stop};
use convolake_loader::{
    Lake, Lease, LeaseHolder, Load, LoadMode, LoadReport, LoadTable, Location, Quarantine, Raw,
};
use convolake_model::ParamSet;
use jiff::{SignedDuration, Timestamp};

use crate::completeness::compare;
use crate::completeness::compare::Remembering;
use crate::ingest::StreamSink;
use crate::report::run_report::{RunReport, StreamReport, TableReport};
use crate::run::goal::Goal;
use crate::state::record_shape::Difference;
use crate::state::streams::State;
use crate::{EngineError, Event, Observer, Outcome, Project, RunId};

/// Environment variables by name.
pub type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What comes in from outside, so that a run can be played with other values.
#[derive(Clone)]
pub struct Seams {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Environment variables.
    pub env: Arc<Environment>,
    /// A number nobody can foretell: names of runs, jitter of waits.
    pub entropy: u64,
    /// Asks a run to end with work left for the next one.
    pub stop: Stop,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
}

/// Whether the counts a source declares are held against the lake at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparing {
    /// They are not.
    No,
    /// They are.
    Yes {
        /// True where it is an error that something is short.
        is_strict: bool,
    },
}

/// The load has one of so many parts of a run's memory; the rest is for pages, batches and merging.
const LOAD_SHARE: usize = 3;

/// What a load may take of a run's memory.
pub(crate) fn load_memory(memory_bytes: u64) -> usize {
    usize::try_from(memory_bytes).unwrap_or(usize::MAX) / LOAD_SHARE
}

/// A run that holds the lease.
pub(crate) struct Session {
    pub(crate) command: &'static str,
    pub(crate) project: Project,
    pub(crate) lake: Lake,
    /// One for the whole run: it remembers what it has listed.
    pub(crate) raw: Raw,
    pub(crate) location: String,
    pub(crate) run: RunId,
    pub(crate) started_at: Timestamp,
    pub(crate) state: State,
    /// The run of the newest commit.
    committed: Option<String>,
    /// By how much the last run's clock was ahead of this one's.
    behind: SignedDuration,
    pub(crate) seams: Seams,
    /// What it is out for.
    pub(crate) goal: Goal,
    lease: Lease,
}

impl Session {
    /// Opens the lake and takes the pipeline's lease. Blocks.
    pub(crate) fn open(
        command: &'static str,
        project: Project,
        to: &str,
        seams: &Seams,
    ) -> Result<Self, EngineError> {
        let started_at = seams.clock.now();
        let run = RunId::new(started_at, seams.entropy);
        let lake = Lake::open(&Location::parse(to)?)?;
        let holder = LeaseHolder { run: run.to_string(), pid: std::process::id(), since: started_at };
        let lease = lake.lease(&project.pipeline.name, &holder)?;
        let head = lake.head(&project.pipeline.name)?;
        let committed = head.as_ref().map(|commit| commit.run.clone());
        let behind =
            head.as_ref().map_or(SignedDuration::ZERO, |commit| behind(commit.created_at, started_at));
        let run = run.after(committed.as_deref());
        let state: State = match head {
            Some(commit) => State::read(&commit)?,
            None => State::default(),
        };
        let seams = seams.clone();
        let raw = lake.raw();
        Ok(Self {
            command,
            project,
            raw,
            lake,
            location: to.to_owned(),
            run,
            started_at,
            state,
            committed,
            behind,
            seams,
            goal: Goal::Incremental,
            lease,
        })
    }

    /// What a page that is fetched at this instant is dated. The newest version of a record wins: behind a clock that was
    /// set back, or after a run whose clock was ahead, what comes now would lose against what is there.
    pub(crate) fn dated(&self, instant: Timestamp) -> Timestamp {
        instant.checked_add(self.behind).unwrap_or(instant)
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(crate) fn pipeline(&self) -> &str {
        &self.project.pipeline.name
    }

    /// The newest run whose landed pages are in the tables. A lake from before this was written down: that of its
    /// newest commit.
    pub(crate) fn merged(&self) -> Option<&str> {
        self.state.merged.as_deref().or(self.committed.as_deref())
    }

    /// Begins to load rows of the tables that these streams feed; no other table is touched. Blocks.
    pub(crate) fn begin_load<'a>(
        &self,
        streams: impl IntoIterator<Item = &'a str>,
        mode: LoadMode,
        memory_bytes: u64,
    ) -> Result<(Load, Quarantine), EngineError> {
        let mappings = streams
            .into_iter()
            .filter_map(|stream| self.project.schemas.get(stream))
            .flat_map(|schema| &schema.mappings);
        let tables: Vec<LoadTable> = mappings
            .filter_map(|mapping| {
                let table = self.project.tables.get(&mapping.table)?.clone();
                Some(LoadTable { table, replace: mapping.replace.clone() })
            })
            .collect();
        let run = self.run.as_str();
        let buckets = self.project.pipeline.buckets;
        let memory_bytes = load_memory(memory_bytes);
        let load = Load::begin(&self.lake, &self.lease, run, &tables, mode, memory_bytes, buckets)?;
        Ok((load, self.lake.quarantine(self.pipeline(), run)?))
    }

    /// Merges, publishes, commits, and writes the report. Blocks.
    pub(crate) fn finish(
        self,
        load: Load,
        quarantine: Quarantine,
        state: &State,
        mut streams: Vec<StreamReport>,
        sinks: &[Arc<StreamSink>],
        comparing: Comparing,
    ) -> Result<RunReport, EngineError> {
        let rows = sinks.iter().map(|sink| sink.tally.counts().rows).sum();
        self.seams.observer.on(&Event::Merging { rows });
        let created_at = self.dated(self.seams.clock.now());
        let counts: Vec<_> = sinks.iter().map(|sink| (sink.stream.as_str(), sink.tally.counts())).collect();
        let mut state = state.clone();
        let mut difference = Difference::default();
        for (stream, counts) in counts.iter().filter(|(_, counts)| !counts.drift.places.is_empty()) {
            let shape = state.shapes.entry((*stream).to_owned()).or_default();
            let Difference { vanished, changed } = shape.observe(stream, counts.records, &counts.drift);
            difference.vanished.extend(vanished);
            difference.changed.extend(changed);
        }
        // Before the commit: a record is in a table or in quarantine, never neither.
        quarantine.finish()?;
        let loaded = load.finish(state.to_json()?, created_at)?;
        let mut commit = loaded.commit.as_ref().map(|commit| commit.seq);
        if let Comparing::Yes { .. } = comparing {
            self.compare(&mut streams, &state);
            if self.goal == Goal::Incremental && self.remember_short(&mut streams, &mut state) {
                match self.commit_state(&state) {
                    Ok(later) => commit = later.or(commit),
                    // The rows are safe by now, and the next run finds it out anew.
                    Err(error) => {
                        let why = crate::with_causes(&error, ": ");
                        let message = format!("what is short was not written down for the next run: {why}");
                        self.seams.observer.on(&Event::Warning { message: &message });
                    }
                }
            }
        }
        let outcome = self.outcome(&mut streams, comparing);
        let report = RunReport {
            version: RunReport::VERSION,
            run: self.run.to_string(),
            command: self.command,
            pipeline: self.pipeline().to_owned(),
            lake: self.location.clone(),
            outcome,
            exit_code: outcome.exit_code(),
            started_at: self.started_at,
            seconds: self.seams.clock.now().duration_since(self.started_at).as_secs_f64(),
            streams,
            tables: tables(&loaded),
            new_fields: counts.iter().flat_map(|(stream, counts)| counts.new_fields(stream)).collect(),
            mismatches: counts.iter().flat_map(|(stream, counts)| counts.mismatches(stream)).collect(),
            vanished_fields: difference.vanished,
            changed_types: difference.changed,
            unknown_words: counts.iter().flat_map(|(stream, counts)| counts.unknown_words(stream)).collect(),
            replaced_characters: counts
                .iter()
                .map(|(_, counts)| u64::from(counts.drift.replaced_characters))
                .sum(),
            commit,
        };
        let json = serde_json::to_value(&report).map_err(|error| EngineError::Worker {
            message: format!("the report cannot be written: {error}"),
        })?;
        self.lake.write_report(self.pipeline(), self.run.as_str(), &json)?;
        Ok(report)
    }

    /// Holds what the source declares against the lake. The data is safe by now: what cannot be compared is told.
    fn compare(&self, streams: &mut [StreamReport], state: &State) {
        let pulled: BTreeSet<String> = streams.iter().map(|report| report.stream.clone()).collect();
        for report in streams {
            let Some(stream) = self.project.pipeline.streams.get(&report.stream) else { continue };
            // Who never pulled the rows that would be counted is not told that they are missing.
            if !stream.declares.as_ref().is_some_and(|declares| {
                let feeds = |name: &&String| self.project.feeds(name, &declares.rows);
                let feeding = self.project.pipeline.streams.keys().find(feeds);
                feeding.is_some_and(|name| {
                    pulled.contains(name) || self.state.get(name, &report.params).is_some()
                })
            }) {
                continue;
            }
            let asked = self.project.refetched_for(stream);
            let remembering = asked.map(|asked| Remembering {
                known: state.get(&asked.name, &report.params).map(|state| &state.short),
                since: asked.by_parent.as_ref().and_then(|by_parent| by_parent.since.as_deref()),
            });
            match compare::compare(&self.lake, &self.project, stream, &report.params, remembering) {
                Ok(Some(mut completeness)) => {
                    completeness.miss(&report.unanswered);
                    report.completeness = Some(completeness);
                }
                Ok(None) => {}
                Err(error) => {
                    let why = crate::with_causes(&error, ": ");
                    let message = format!("completeness of {} was not compared: {why}", report.stream);
                    self.seams.observer.on(&Event::Warning { message: &message });
                }
            }
        }
    }

    /// The worst of all streams; too many quarantined records count against all of them together.
    fn outcome(&self, streams: &mut [StreamReport], comparing: Comparing) -> Outcome {
        let is_short = |stream: &&mut StreamReport| {
            stream.completeness.as_ref().is_some_and(|completeness| completeness.short > 0)
        };
        if comparing == (Comparing::Yes { is_strict: true }) {
            for stream in streams.iter_mut().filter(is_short) {
                stream.outcome = stream.outcome.max(Outcome::Short);
            }
        }
        let records: u64 = streams.iter().map(|stream| stream.records).sum();
        let quarantined: u64 = streams.iter().map(|stream| stream.quarantined).sum();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share of records needs no more digits than a double has"
        )]
        let is_over = quarantined as f64 > records as f64 * self.project.pipeline.max_quarantined;
        if is_over {
            for stream in streams.iter_mut().filter(|stream| stream.quarantined > 0) {
                stream.outcome = stream.outcome.max(Outcome::Quarantined);
            }
        }
        streams.iter().map(|stream| stream.outcome).max().unwrap_or(Outcome::Done)
    }
}

/// How far a run that begins now lies before the commit it follows; zero where it does not.
fn behind(committed: Timestamp, now: Timestamp) -> SignedDuration {
    match committed < now {
        true => SignedDuration::ZERO,
        false => committed.duration_since(now) + SignedDuration::from_millis(1),
    }
}

fn tables(loaded: &LoadReport) -> BTreeMap<String, TableReport> {
    let report = |table: &convolake_loader::TableReport| TableReport {
        rows_added: table.rows_added,
        rows_changed: table.rows_changed,
        rows_removed: table.rows_removed,
        files_written: table.files_written,
        bytes_written: table.bytes_written,
    };
    loaded.tables.iter().map(|(name, table)| (name.clone(), report(table))).collect()
}

/// The report of a stream from what its sink counted.
pub(crate) fn stream_report(sink: &StreamSink, params: &ParamSet) -> StreamReport {
    let counts = sink.tally.counts();
    StreamReport {
        stream: sink.stream.clone(),
        params: params.clone(),
        outcome: Outcome::Done,
        error: None,
        requests: counts.requests,
        pages: counts.pages,
        pages_taken_up: counts.taken_up,
        bytes: counts.bytes,
        records: counts.records,
        quarantined: counts.quarantined,
        watermark: None,
        completeness: None,
        gone: 0,
        removed: 0,
        fetched_again: None,
        gone_examples: Vec::new(),
        warnings: Vec::new(),
        unanswered: Vec::new(),
    }
}
