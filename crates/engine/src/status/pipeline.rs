//! One pipeline of a lake: everything that is read of it, in an order that misses nothing of a run under way.

use std::collections::BTreeMap;
use std::time::Duration;

use convolake_loader::{Commit, Days, Lake, LandedName, LeaseState, LoadError, TableTotal};
use jiff::Timestamp;

use crate::numbers::count;
use crate::reads::in_flight::InFlightSlice;
use crate::reads::stream_rows::StreamRows;
use crate::reads::{in_flight, run_reports};
use crate::state::streams::State;
use crate::status::report::{CommitStatus, InFlight, LeaseStatus, PipelineStatus, StoppedRun, TableStatus};
use crate::status::run_summary::{delta, summary};
use crate::status::stream::{StreamFacts, age_seconds, has_slice};
use crate::{EngineError, Project, with_causes};

/// Reads what a lake holds of a pipeline.
pub(crate) struct PipelineReader {
    pub(crate) lake: Lake,
    pub(crate) pipeline: String,
    /// When it is looked at.
    pub(crate) at: Timestamp,
    /// The most runs that are read.
    pub(crate) runs: usize,
    /// A watermark that is older is late.
    pub(crate) late_after: Option<Duration>,
}

/// Takes what does not read as nothing, and notes it.
#[derive(Default)]
struct Unreadable(Vec<String>);

impl Unreadable {
    fn or_note<T: Default>(&mut self, read: Result<T, impl Into<EngineError>>) -> T {
        read.unwrap_or_else(|error| {
            self.0.push(with_causes(&error.into(), ": "));
            T::default()
        })
    }
}

impl PipelineReader {
    /// `None` where no pipeline has written under this name. `landed` was listed before: a page that the commit knows to be merged
    /// is then no longer in flight. Blocks.
    pub(crate) fn read(
        self,
        project: Option<&Project>,
        landed: Result<Vec<LandedName>, LoadError>,
    ) -> Option<PipelineStatus> {
        let mut unreadable = Unreadable::default();
        let (lake, pipeline) = (&self.lake, self.pipeline.as_str());
        let landed = unreadable.or_note(landed);
        // The lease before the reports: a run that ends in between is then still seen, by its report.
        let lease = unreadable.or_note(lake.lease_state(pipeline).map(Some)).unwrap_or(LeaseState::Free);
        let names = unreadable.or_note(lake.state_names(pipeline));
        if !names.has_committed() && landed.is_empty() && unreadable.0.is_empty() {
            return None;
        }
        let commit = unreadable.or_note(lake.listed_head(&names));
        let state = unreadable.or_note(commit.as_ref().map(State::read).transpose()).unwrap_or_default();
        let committed = commit.as_ref().map(|commit| commit.run.as_str());
        let slices = in_flight::in_flight(landed, &state, committed);
        let runs = unreadable.or_note(lake.reported_runs(&names, self.runs));
        let (reports, faults) = run_reports::newest(lake, pipeline, &runs, self.runs);
        faults.into_iter().for_each(|fault| unreadable.or_note(Err(fault)));
        let quarantined = unreadable.or_note(lake.quarantined(pipeline));
        let mut counter = lake.row_counter(pipeline, commit.clone());
        let rows = project.map(|project| StreamRows::count(&mut counter, project, Days::LeftOut)).transpose();
        let rows = unreadable.or_note(rows);
        let totals = unreadable.or_note(counter.totals());
        let streams = state.streams.values().map(|state| {
            let of_stream = quarantined.iter().filter(|(slice, _)| {
                slice.as_ref().is_some_and(|(stream, slice_id)| has_slice(state, stream, slice_id))
            });
            let in_flight = slices.iter().filter(|slice| has_slice(state, &slice.stream, &slice.slice_id));
            let facts = StreamFacts {
                at: self.at,
                rows: rows.as_ref(),
                reports: &reports,
                slices_in_flight: count(in_flight.count()),
                late_after: self.late_after,
                quarantined: of_stream.map(|(_, count)| count).sum(),
            };
            facts.status(state)
        });
        let streams = streams.collect();
        let live = lease.holder(self.at).map(|holder| holder.run.as_str());
        let in_flight = slices.into_iter().map(|slice| in_flight_slice(slice, live)).collect();
        let tables = tables(totals, commit.as_ref(), project);
        Some(PipelineStatus {
            pipeline: pipeline.to_owned(),
            stopped: lease.stopped(self.at).map(|(holder, renewed_at)| StoppedRun {
                run: holder.run.clone(),
                pid: holder.pid,
                since: holder.since,
                renewed_at,
            }),
            lease: self.lease(&lease),
            commit: commit.map(|commit| CommitStatus {
                seq: commit.seq,
                run: commit.run,
                created_at: commit.created_at,
                age_seconds: age_seconds(commit.created_at, self.at),
            }),
            streams,
            in_flight,
            tables,
            quarantined: quarantined.values().sum(),
            delta: reports.first().and_then(delta),
            runs: reports.iter().map(summary).collect(),
            unreadable: unreadable.0,
        })
    }

    fn lease(&self, state: &LeaseState) -> Option<LeaseStatus> {
        let holder = state.holder(self.at);
        state.is_live(self.at).then(|| LeaseStatus {
            run: holder.map(|holder| holder.run.clone()),
            pid: holder.map(|holder| holder.pid),
            since: holder.map(|holder| holder.since),
            seconds: holder.map(|holder| age_seconds(holder.since, self.at)),
        })
    }
}

fn in_flight_slice(slice: InFlightSlice, live: Option<&str>) -> InFlight {
    let InFlightSlice { stream, slice_id, run, pages, .. } = slice;
    InFlight { is_live: live == Some(run.as_str()), stream, slice: slice_id, run, pages }
}

fn tables(
    totals: BTreeMap<String, TableTotal>,
    commit: Option<&Commit>,
    project: Option<&Project>,
) -> BTreeMap<String, TableStatus> {
    let recut =
        commit.zip(project).map(|(commit, project)| project.tables_to_recut(commit)).unwrap_or_default();
    let status = |(table, total): (String, TableTotal)| {
        let TableTotal { rows, bytes, files } = total;
        let known = commit.and_then(|commit| commit.tables.get(&table));
        let partition_by = known.map(|known| known.partition_by);
        let replay_cuts_by = recut.get(table.as_str()).copied();
        (table, TableStatus { rows, bytes, files, partition_by, replay_cuts_by })
    };
    totals.into_iter().map(status).collect()
}
