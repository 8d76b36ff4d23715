use convolake_extractor::Clock;
use convolake_extractor::Slice;
use convolake_loader::Lake;
use convolake_loader::LandedName;
use convolake_loader::LeaseState;
use convolake_loader::StoredReport;
use jiff::Timestamp;
use serde_json::Value;

use crate::blocking::blocking;
use crate::reads::in_flight;
use crate::reads::in_flight::InFlightSlice;
use crate::reads::stored_report::{number, of_stream, text};
use crate::reads::stream_rows::StreamRows;
use crate::state::streams::{State, StreamState};
use crate::status::report::{
    CommitStatus, InFlight, LeaseStatus, PipelineStatus, RunSummary, StatusReport, StreamRun, StreamStatus,
    TableStatus,
};
use crate::{EngineError, Project};

/// What to look at.
#[derive(Debug, Clone)]
pub struct StatusRequest {
    /// Where the lake is.
    pub to: String,
    /// This pipeline only: its built-in name or the path of one; all where `None`.
    pub pipeline: Option<String>,
    /// How many runs to show.
    pub runs: usize,
}

/// Looks at a lake.
///
/// # Errors
/// [`EngineError::NoLake`], or why it cannot be read.
pub async fn status(request: StatusRequest, clock: &dyn Clock) -> Result<StatusReport, EngineError> {
    let to = request.to.clone();
    let (lake, names) = blocking(move || {
        let lake = crate::reads::existing_lake::existing_lake(&to)?;
        let names: Vec<String> = lake.pipelines()?.into_iter().collect();
        Ok((lake, names))
    })
    .await?;
    let given = request.pipeline.as_ref().map(|pipeline| Project::load(pipeline, &[])).transpose()?;
    let at = clock.now();
    let mut pipelines = Vec::new();
    for pipeline in names {
        let project = match &given {
            Some(project) if project.pipeline.name != pipeline => continue,
            Some(project) => Some(project.clone()),
            None => Project::load(&pipeline, &[]).ok(),
        };
        // Before the commit is read: what it knows to be merged is then no longer in flight.
        let landed = lake.raw().names(&pipeline).await?;
        let look = Look { lake: lake.clone(), pipeline, at, runs: request.runs };
        pipelines.push(blocking(move || look.pipeline(project.as_ref(), landed)).await?);
    }
    match given {
        Some(project) if pipelines.is_empty() => {
            Err(EngineError::NoPipeline { to: request.to.clone(), pipeline: project.pipeline.name })
        }
        _ => Ok(StatusReport { version: StatusReport::VERSION, lake: request.to.clone(), at, pipelines }),
    }
}

struct Look {
    lake: Lake,
    pipeline: String,
    at: Timestamp,
    runs: usize,
}

impl Look {
    fn pipeline(
        self,
        project: Option<&Project>,
        landed: Vec<LandedName>,
    ) -> Result<PipelineStatus, EngineError> {
        let (lake, pipeline) = (&self.lake, self.pipeline.as_str());
        // The lease first: a run that ends while this looks on is then still seen, by its report.
        let lease = lake.lease_state(pipeline)?;
        let commit = lake.head(pipeline)?;
        let state = commit.as_ref().map(State::read).transpose()?.unwrap_or_default();
        let names = lake.reported_runs(pipeline)?;
        let committed = commit.as_ref().map(|commit| commit.run.as_str());
        let slices = in_flight::in_flight(landed, &state, committed);
        let mut reports = Vec::new();
        for run in names.iter().take(self.runs) {
            reports.extend(lake.stored_report(pipeline, run)?);
        }
        let quarantined = lake.quarantined(pipeline)?;
        let rows = project.map(|project| StreamRows::count(lake, project)).transpose()?;
        let streams = state.streams.values().map(|stream| {
            let is_ours = |place: &(String, String)| is_slice_of(&place.0, &place.1, stream);
            let known = quarantined.iter().filter(|(place, _)| place.as_ref().is_some_and(is_ours));
            StreamStatus {
                quarantined: known.map(|(_, count)| count).sum(),
                slices_in_flight: slices
                    .iter()
                    .filter(|slice| is_slice_of(&slice.stream, &slice.slice_id, stream))
                    .count()
                    .try_into()
                    .unwrap_or(u64::MAX),
                ..self.stream(stream, rows.as_ref(), &reports)
            }
        });
        let streams = streams.collect();
        let live = match &lease {
            LeaseState::Held(Some(holder)) => Some(holder.run.as_str()),
            LeaseState::Held(None) | LeaseState::Free => None,
        };
        let in_flight = slices.into_iter().map(|slice| in_flight(slice, live)).collect();
        let totals = lake.totals(pipeline)?.into_iter();
        Ok(PipelineStatus {
            pipeline: pipeline.to_owned(),
            lease: self.lease(lease),
            commit: commit.map(|commit| CommitStatus {
                seq: commit.seq,
                run: commit.run,
                created_at: commit.created_at,
                age_seconds: self.age(commit.created_at),
            }),
            streams,
            in_flight,
            tables: totals
                .map(|(table, total)| {
                    (table, TableStatus { rows: total.rows, bytes: total.bytes, files: total.files })
                })
                .collect(),
            quarantined: quarantined.values().sum(),
            runs: reports.iter().map(summary).collect(),
        })
    }

    fn stream(
        &self,
        state: &StreamState,
        rows: Option<&StreamRows>,
        reports: &[StoredReport],
    ) -> StreamStatus {
        let rows = rows.map(|rows| rows.of(&state.stream, &state.params));
        let newest = rows.iter().flatten().filter_map(|(_, count)| count.newest).max();
        let newest_row = newest.and_then(|newest| Timestamp::from_microsecond(newest).ok());
        let mut ran = reports.iter().filter_map(|stored| {
            let stream = of_stream(&stored.report, &state.stream, &state.params)?;
            Some((stored, stream))
        });
        let completeness = ran.clone().find_map(|(_, stream)| {
            stream.get("completeness").filter(|completeness| !completeness.is_null()).cloned()
        });
        StreamStatus {
            stream: state.stream.clone(),
            params: state.params.clone(),
            watermark: state.watermark,
            watermark_age_seconds: state.watermark.map(|at| self.age(at)),
            newest_row,
            newest_row_age_seconds: newest_row.map(|at| self.age(at)),
            last_full_walk: state.last_full_walk,
            rows: rows.map(|rows| rows.into_iter().map(|(table, count)| (table, count.rows)).collect()),
            slices_in_flight: 0,
            completeness,
            quarantined: 0,
            unanswered: state.unanswered.len().try_into().unwrap_or(u64::MAX),
            last_run: ran.next().map(|(stored, stream)| StreamRun {
                run: stored.run.clone(),
                outcome: text(stream, "outcome"),
                error: stream.get("error").and_then(Value::as_str).map(str::to_owned),
                requests: number(stream, "requests"),
                records: number(stream, "records"),
            }),
        }
    }

    fn lease(&self, state: LeaseState) -> Option<LeaseStatus> {
        match state {
            LeaseState::Free => None,
            LeaseState::Held(None) => Some(LeaseStatus { run: None, pid: None, since: None, seconds: None }),
            LeaseState::Held(Some(holder)) => Some(LeaseStatus {
                run: Some(holder.run),
                pid: Some(holder.pid),
                since: Some(holder.since),
                seconds: Some(self.age(holder.since)),
            }),
        }
    }

    fn age(&self, at: Timestamp) -> f64 {
        self.at.duration_since(at).as_secs_f64()
    }
}

/// True where a slice's name is one of this stream with these params.
fn is_slice_of(stream: &str, slice: &str, state: &StreamState) -> bool {
    let whole = Slice::Whole.id(&state.params);
    // A name ends with its params.
    let params = whole.strip_prefix("whole").unwrap_or_default();
    stream == state.stream && slice.ends_with(params)
}

fn in_flight(slice: InFlightSlice, live: Option<&str>) -> InFlight {
    let InFlightSlice { stream, slice_id, run, pages, .. } = slice;
    InFlight { is_live: live == Some(run.as_str()), stream, slice: slice_id, run, pages }
}

fn summary(stored: &StoredReport) -> RunSummary {
    let report = &stored.report;
    let streams = report.get("streams").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let sum = |name: &str| streams.iter().map(|stream| number(stream, name)).sum();
    let tables =
        report.get("tables").and_then(Value::as_object).into_iter().flat_map(|tables| tables.values());
    let rows = |table: &Value| {
        ["rows_added", "rows_changed", "rows_removed"].iter().map(|name| number(table, name)).sum::<u64>()
    };
    RunSummary {
        run: stored.run.clone(),
        command: text(report, "command"),
        started_at: text(report, "started_at").parse().ok(),
        seconds: report.get("seconds").and_then(Value::as_f64).unwrap_or_default(),
        outcome: text(report, "outcome"),
        exit_code: number(report, "exit_code"),
        requests: sum("requests"),
        records: sum("records"),
        quarantined: sum("quarantined"),
        rows_changed: tables.map(rows).sum(),
        errors: streams
            .iter()
            .filter_map(|stream| stream.get("error")?.as_str())
            .map(str::to_owned)
            .collect(),
    }
}
