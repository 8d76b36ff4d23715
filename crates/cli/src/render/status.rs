//! The report of `status`.

use convolake_engine::{
    LeaseStatus, PartitionBy, PipelineStatus, RunSummary, StatusReport, StoppedRun, StreamStatus,
};

use super::layout::{columns, indented, pairs};
use super::numbers::{bytes, instant, number, span};

/// The whole report as text.
pub(crate) fn text(report: &StatusReport) -> String {
    let pipelines: Vec<String> = report.pipelines.iter().map(pipeline).collect();
    pipelines.join("\n\n")
}

fn pipeline(pipeline: &PipelineStatus) -> String {
    let mut parts = vec![format!("{}: {}", pipeline.pipeline, activity(pipeline))];
    if !pipeline.streams.is_empty() {
        parts.push(indented(&streams(&pipeline.streams)));
    }
    parts.extend(pipeline.unreadable.iter().map(|text| format!("  does not read, and is left out: {text}")));
    for stream in &pipeline.streams {
        parts.extend(notes(stream));
    }
    let flight = &pipeline.in_flight;
    if !flight.is_empty() {
        let pages = flight.iter().map(|slice| slice.pages).sum();
        let interrupted = flight.iter().filter(|slice| !slice.is_live).count();
        let left = match interrupted {
            0 => String::new(),
            _ => format!("; the next run goes on with {interrupted} of them"),
        };
        parts.push(format!("  in flight: {} slices, {} pages landed{left}", flight.len(), number(pages)));
    }
    let tables: Vec<Vec<String>> = pipeline
        .tables
        .iter()
        .map(|(name, table)| {
            let by = table.partition_by.map_or("", PartitionBy::word);
            vec![name.clone(), number(table.rows), number(table.files), bytes(table.bytes), by.to_owned()]
        })
        .collect();
    if !tables.is_empty() {
        parts.push(indented(&columns(&["table", "rows", "files", "size", "cut by"], &[1, 2, 3], tables)));
    }
    if let Some(by) = pipeline.tables.values().find_map(|table| table.replay_cuts_by) {
        let (by, stored) = (by.word(), by.other().word());
        parts.push(format!(
            "  tables cut by {stored} go on so; `convolake replay {}` cuts them by {by}, and `partition_by: {stored}` in the \
             pipeline keeps them",
            pipeline.pipeline
        ));
    }
    if let Some(delta) = &pipeline.delta {
        let versions = delta.versions.iter().map(|(table, version)| format!("{table} {version}"));
        let versions: Vec<String> = versions.collect();
        if !versions.is_empty() {
            parts.push(format!("  delta versions: {}", versions.join(", ")));
        }
        parts.extend(delta.error.iter().map(|error| format!("  delta: {error}")));
    }
    if pipeline.quarantined > 0 {
        let records = number(pipeline.quarantined);
        parts.push(format!("  {records} records in quarantine/{}/", pipeline.pipeline));
    }
    if !pipeline.runs.is_empty() {
        parts.push(indented(&runs(&pipeline.runs)));
    }
    parts.join("\n")
}

/// The run under way, and the age of the newest commit.
fn activity(pipeline: &PipelineStatus) -> String {
    let run = match &pipeline.lease {
        None => match &pipeline.stopped {
            Some(StoppedRun { run, pid, renewed_at, .. }) => format!(
                "the run {run} (process {pid}) stopped without releasing its lease, which it last renewed at {}; the next run takes it over",
                instant(*renewed_at)
            ),
            None => "no run under way".to_owned(),
        },
        Some(LeaseStatus { run: Some(run), pid: Some(pid), seconds: Some(seconds), .. }) => {
            format!("run {run} under way for {} (process {pid})", span(*seconds))
        }
        Some(_) => "a run has just begun".to_owned(),
    };
    match &pipeline.commit {
        Some(commit) => format!("{run}; commit {} {} ago", commit.seq, span(commit.age_seconds)),
        None => format!("{run}; no commit yet"),
    }
}

fn streams(streams: &[StreamStatus]) -> String {
    let head = [
        "stream",
        "params",
        "watermark",
        "age",
        "newest row",
        "rows",
        "complete",
        "short",
        "over",
        "full walk",
    ];
    let rows = streams.iter().map(|stream| {
        let counted = |name: &str| {
            let count =
                stream.completeness.as_ref().and_then(|completeness| completeness.get(name)?.as_u64());
            count.map_or_else(|| "-".to_owned(), number)
        };
        let at = |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), instant);
        vec![
            stream.stream.clone(),
            pairs(&stream.params),
            at(stream.watermark),
            stream.watermark_age_seconds.map_or_else(|| "-".to_owned(), span),
            at(stream.newest_row),
            stream.rows.as_ref().map_or_else(|| "-".to_owned(), |rows| number(rows.values().sum())),
            counted("complete"),
            counted("short"),
            counted("over"),
            at(stream.last_full_walk),
        ]
    });
    columns(&head, &[3, 5, 6, 7, 8], rows)
}

/// Lines about what needs attention.
fn notes(stream: &StreamStatus) -> Vec<String> {
    let mut notes = Vec::new();
    let name = format!("{} {}", stream.stream, pairs(&stream.params));
    if stream.is_late {
        notes.push(match stream.watermark_age_seconds {
            Some(age) => format!("  {name}: late, its watermark is {} old", span(age)),
            None => format!("  {name}: late, it was never complete"),
        });
    }
    if let Some(run) = &stream.last_run
        && let Some(error) = &run.error
    {
        notes.push(format!("  {name}: stopped in run {}: {error}", run.run));
    }
    if stream.unanswered > 0 {
        notes.push(format!("  {name}: {} ids were asked for and never answered", number(stream.unanswered)));
    }
    if stream.quarantined > 0 {
        notes.push(format!("  {name}: {} records in quarantine", number(stream.quarantined)));
    }
    notes
}

fn runs(runs: &[RunSummary]) -> String {
    let head = ["run", "command", "began", "took", "requests", "records", "rows changed", "ended"];
    let rows = runs.iter().map(|run| {
        vec![
            run.run.clone(),
            run.command.clone(),
            run.started_at.map_or_else(|| "-".to_owned(), instant),
            span(run.seconds),
            number(run.requests),
            number(run.records),
            number(run.rows_changed),
            format!("{} ({})", run.outcome, run.exit_code),
        ]
    });
    columns(&head, &[3, 4, 5, 6], rows)
}
