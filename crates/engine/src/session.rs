//! What every command that writes to a lake does first and last: lease, load, quarantine, commit, report.

mod report;

use std::collections::BTreeMap;

use convolake_loader::{
    Commit, Lake, Lease, LeaseHolder, Load, LoadError, LoadMode, LoadReport, Location, Quarantine, Raw,
    TableReport, TableTold, Trees, Upkeep, UpkeepReport,
};
use convolake_model::Tree;
use jiff::{SignedDuration, Timestamp};

use crate::memory::MemoryBudget;
use crate::report::delta_report::DeltaReport;
use crate::report::drift_report::FieldReport;
use crate::report::files_moved::FilesMoved;
use crate::report::run_report::Told;
use crate::report::silent_places::silent;
use crate::report::stream_report::EndedStream;
use crate::state::record_shape::Difference;
use crate::state::streams::State;
use crate::{EngineError, Event, Outcome, Project, RunId, Seams};

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
    /// What the report is to tell beside what came of streams and tables.
    pub(crate) told: Told,
    /// As the newest commit has it.
    pub(crate) state: State,
    /// The newest commit.
    pub(crate) head: Option<Commit>,
    /// By how much the last run's clock was ahead of this one's.
    behind: SignedDuration,
    pub(crate) seams: Seams,
    pub(crate) memory: MemoryBudget,
    lease: Lease,
    /// What became of the Delta tables so far; `None` where the pipeline does not ask for them.
    delta: Option<DeltaReport>,
}

/// What a commit has made of a load.
pub(crate) struct Committed {
    /// The state as it was committed.
    pub(crate) state: State,
    /// The number of the commit; `None` where neither rows nor state changed.
    pub(crate) seq: Option<u64>,
    /// The commit of the rows; `None` where neither they nor the state changed.
    pub(crate) commit: Option<Commit>,
    tables: BTreeMap<String, TableReport>,
    told: BTreeMap<String, TableTold>,
    differences: Vec<(String, Difference)>,
    /// Columns and tables that nothing was found for.
    silent: Vec<FieldReport>,
    /// What became of the Delta tables; `None` where the pipeline does not ask for them.
    delta: Option<DeltaReport>,
}

/// Whether what comes of the rows is found after their commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThenFound {
    /// It is, and written down in another commit.
    InItsOwnCommit,
    /// It is not looked for.
    Never,
}

impl Session {
    /// Opens the lake and takes the pipeline's lease. Blocks.
    pub(crate) fn open(
        command: &'static str,
        project: Project,
        to: &str,
        memory: MemoryBudget,
        seams: &Seams,
    ) -> Result<Self, EngineError> {
        let started_at = seams.clock.now();
        let run = RunId::new(started_at, seams.entropy);
        let lake = Lake::open(&Location::parse(to)?)?;
        let holder = LeaseHolder { run: run.to_string(), pid: std::process::id(), since: started_at };
        let lease = lake.lease(&project.pipeline.name, &holder)?;
        let trees = Trees::of(&project.pipeline.publish);
        let changed = lake.change_tree(&lease, trees.files_in(), started_at)?;
        let files_moved = changed.and_then(|changed| FilesMoved::of(&changed, trees.files_in()));
        if let Some(FilesMoved { files, to, .. }) = files_moved {
            seams.observer.on(&Event::FilesMoved { files, to });
        }
        let head = lake.head(&project.pipeline.name)?;
        let behind =
            head.as_ref().map_or(SignedDuration::ZERO, |commit| behind(commit.created_at, started_at));
        let run = run.after(head.as_ref().map(|commit| commit.run.as_str()));
        let state: State = match &head {
            Some(commit) => State::read(commit)?,
            None => State::default(),
        };
        // What a run that was interrupted has committed and not published yet is a version of its own.
        let is_delta = project.pipeline.publish.contains(&Tree::Delta);
        let delta = is_delta.then(|| DeltaReport::of(lake.publish_delta(&lease, started_at)));
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
            told: Told { files_moved, ..Told::default() },
            state,
            head,
            behind,
            seams,
            memory,
            lease,
            delta,
        })
    }

    /// What a page that is fetched at this instant is dated. The newest version of a record wins: behind a clock that was
    /// set back, or after a run whose clock was ahead, what comes now would lose against what is there.
    pub(crate) fn dated(&self, instant: Timestamp) -> Timestamp {
        instant.checked_add(self.behind).unwrap_or(instant)
    }

    /// The name of the pipeline.
    pub(crate) fn pipeline(&self) -> &str {
        &self.project.pipeline.name
    }

    /// The newest run whose landed pages are in the tables. A lake from before this was written down: that of its
    /// newest commit.
    pub(crate) fn merged(&self) -> Option<&str> {
        self.state.merged.as_deref().or(self.head.as_ref().map(|commit| commit.run.as_str()))
    }

    /// Begins to load rows of the tables that these streams feed; no other table is touched. Blocks.
    pub(crate) fn begin_load<'a>(
        &self,
        streams: impl IntoIterator<Item = &'a str>,
        mode: LoadMode,
    ) -> Result<(Load, Quarantine), EngineError> {
        let tables = self.project.load_tables(streams);
        let run = self.run.as_str();
        let buckets = self.project.pipeline.buckets;
        let mut load = Load::begin(&self.lake, &self.lease, run, &tables, mode, self.memory.load(), buckets)?;
        load.write_to(Trees::of(&self.project.pipeline.publish))?;
        Ok((load, self.lake.quarantine(self.pipeline(), run)?))
    }

    /// Merges, publishes and commits. Blocks.
    pub(crate) fn commit(
        &self,
        load: Load,
        quarantine: Quarantine,
        state: State,
        streams: &[EndedStream],
        then: ThenFound,
    ) -> Result<Committed, EngineError> {
        let finish = |state_of: StateOf<'_>, created_at| load.finish_with(state_of, created_at);
        self.commit_by(finish, quarantine, state, streams, then)
    }

    /// [`Session::commit`], of a load that `finish` brings to its end.
    fn commit_by(
        &self,
        finish: impl FnOnce(StateOf<'_>, Timestamp) -> Result<LoadReport, LoadError>,
        quarantine: Quarantine,
        mut state: State,
        streams: &[EndedStream],
        then: ThenFound,
    ) -> Result<Committed, EngineError> {
        let rows = streams.iter().map(|ended| ended.counts.rows).sum();
        self.seams.observer.on(&Event::Merging { rows });
        let created_at = self.dated(self.seams.clock.now());
        let silent = self.silent_places(&state, streams)?;
        let differences = observe_shapes(&mut state, streams);
        let before = state.to_json()?;
        // What comes of the rows is found once they are there, and written down in a commit of its own: until then this one says
        // that it is still to be found.
        let since = state.uncompared_since.unwrap_or_else(|| self.dated(self.started_at));
        let uncompared = State { uncompared_since: Some(since), ..state.clone() }.to_json()?;
        let has_changed = |tables: &BTreeMap<String, TableReport>| {
            let mut tables = tables.values();
            then == ThenFound::InItsOwnCommit && tables.any(|table| table.rows_added + table.rows_changed > 0)
        };
        let mut is_uncompared = false;
        let state_of = |tables: &BTreeMap<String, TableReport>| {
            is_uncompared = has_changed(tables);
            // Before the commit, as a record is in a table or in quarantine, never neither; and behind all that is refused, as what
            // stands in quarantine is told of once.
            quarantine.finish()?;
            Ok(if is_uncompared { uncompared } else { before })
        };
        let LoadReport { tables, told, commit } = finish(Box::new(state_of), created_at)?;
        if is_uncompared {
            state.uncompared_since = Some(since);
        }
        let seq = commit.as_ref().map(|commit| commit.seq);
        let delta = match &commit {
            Some(commit) if !self.is_published(commit) => self.publish_delta(),
            _ => self.delta.clone(),
        };
        Ok(Committed { state, seq, commit, tables, told, differences, silent, delta })
    }

    /// True where the Delta tables show this commit already, since it has the tables of the one that they were brought to.
    fn is_published(&self, commit: &Commit) -> bool {
        let is_at_head = self.delta.as_ref().is_some_and(|delta| delta.outcome == Outcome::Done);
        is_at_head && self.head.as_ref().is_some_and(|head| head.tables == commit.tables)
    }

    /// Brings the Delta tables to the newest commit, where the pipeline asks for them.
    fn publish_delta(&self) -> Option<DeltaReport> {
        self.delta.as_ref()?;
        Some(DeltaReport::of(self.lake.publish_delta(&self.lease, self.seams.clock.now())))
    }

    /// What the schemas of these streams look for in vain.
    fn silent_places(&self, state: &State, streams: &[EndedStream]) -> Result<Vec<FieldReport>, EngineError> {
        let mut told = Vec::new();
        for ended in streams.iter().filter(|ended| ended.counts.all_records() > 0) {
            let Some(stream) = self.project.pipeline.streams.get(&ended.stream) else { continue };
            let expected = self.project.flattener(stream)?.expected();
            let is_first = !state.shapes.contains_key(&ended.stream);
            let counts = &ended.counts;
            told.extend(silent(&ended.stream, counts.all_records(), &counts.drift, &expected, is_first));
        }
        Ok(told)
    }

    /// Commits the state, and nothing else; gives the commit's number. Blocks.
    pub(crate) fn commit_state(&self, state: &State) -> Result<Option<u64>, EngineError> {
        let created_at = self.dated(self.seams.clock.now());
        let commit = self.lake.commit_state(&self.lease, self.run.as_str(), state.to_json()?, created_at)?;
        Ok(commit.map(|commit| commit.seq))
    }

    /// Keeps the lake up under the lease. Blocks.
    pub(crate) fn upkeep(&self, asked: &Upkeep<'_>) -> Result<UpkeepReport, LoadError> {
        self.lake.upkeep(&self.lease, asked)
    }
}

/// What is committed as the state, by what changes in each table.
pub(crate) type StateOf<'a> =
    Box<dyn FnOnce(&BTreeMap<String, TableReport>) -> Result<serde_json::Value, LoadError> + 'a>;

/// Adds what the records of each stream looked like to the state; gives what is different from earlier runs.
fn observe_shapes(state: &mut State, streams: &[EndedStream]) -> Vec<(String, Difference)> {
    let mut streams: Vec<&EndedStream> =
        streams.iter().filter(|ended| !ended.counts.drift.places.is_empty()).collect();
    streams.sort_by_key(|ended| (&ended.stream, &ended.params));
    let observe = |ended: &EndedStream| {
        let shape = state.shapes.entry(ended.stream.clone()).or_default();
        (ended.stream.clone(), shape.observe(ended.counts.all_records(), &ended.counts.drift))
    };
    streams.into_iter().map(observe).collect()
}

/// How far a run that begins now lies before the commit it follows; zero where it does not.
fn behind(committed: Timestamp, now: Timestamp) -> SignedDuration {
    match committed < now {
        true => SignedDuration::ZERO,
        false => committed.duration_since(now) + SignedDuration::from_millis(1),
    }
}
