//! The report of a run.

use convolake_engine::{Outcome, RunReport, StreamReport};
use serde_json::json;

use super::layout::{arranged, pairs};
use super::numbers::{bytes, number};
use super::{after_run, delta, drift, rows_told};
use crate::terminal::{self, stderr_width};

/// Warnings of a stream that are shown; the report has all.
const MAX_WARNINGS: usize = 3;

/// A line of the report.
pub(super) enum Line {
    /// What was done.
    Fact(String),
    /// What somebody should look at.
    Trouble(String),
}

/// Shows the report on stderr.
pub(crate) fn show(report: &RunReport) {
    for line in lines(report) {
        match line {
            Line::Fact(text) => terminal::line(&text),
            Line::Trouble(text) => terminal::trouble(&text),
        }
    }
}

/// Tells machines that read stderr how the run ended.
pub(crate) fn tell_machines(report: &RunReport) {
    let level = if report.outcome == Outcome::Done { "info" } else { "warn" };
    let fields = json!({
        "command": report.command, "pipeline": report.pipeline, "run": report.run, "outcome": report.outcome,
        "exit_code": report.exit_code, "seconds": report.seconds, "report": report_path(report),
    });
    terminal::event(level, "run_ended", fields);
}

/// Where the report lies.
fn report_path(report: &RunReport) -> String {
    let lake = report.lake.trim_end_matches('/');
    format!("{lake}/_convolake/{}/runs/{}.json", report.pipeline, report.run)
}

fn lines(report: &RunReport) -> Vec<Line> {
    let mut lines = Vec::new();
    if !report.tables.is_empty() {
        lines.push(Line::Fact(tables(report, stderr_width())));
    }
    for (name, table) in &report.tables {
        lines.extend(rows_told::of_table(name, table));
    }
    lines.extend(rows_told::of_report(report));
    for stream in &report.streams {
        of_stream(report, stream, &mut lines);
    }
    lines.extend(drift::replaced_characters(report).map(Line::Trouble));
    let drift = drift::lines(report);
    if !drift.is_empty() {
        lines.extend(drift.into_iter().map(Line::Fact));
        lines.push(Line::Fact(format!("  which and where: {}", report_path(report))));
    }
    if let Some(of_delta) = &report.delta {
        lines.extend(delta::of_run(of_delta));
    }
    if let Some(of_tables) = &report.checks {
        lines.extend(after_run::of_checks(of_tables));
    }
    if let Some(marts) = &report.marts {
        lines.extend(after_run::of_marts(marts));
    }
    let (outcome, is_well) = match report.outcome {
        Outcome::Done => ("done", true),
        Outcome::Quarantined => ("done, with records in quarantine", false),
        Outcome::Short => ("done, and something is short, or fails a check", false),
        Outcome::Failed => ("failed", false),
        Outcome::Busy => ("work is left for the next run", false),
        Outcome::Unavailable => ("the source was not available", false),
        Outcome::Refused => ("refused", false),
        Outcome::Misconfigured => ("misconfigured", false),
    };
    let last = format!("{} {}: {outcome} in {:.1} s", report.command, report.pipeline, report.seconds);
    lines.push(if is_well { Line::Fact(last) } else { Line::Trouble(last) });
    lines
}

fn tables(report: &RunReport, width: Option<usize>) -> String {
    let head = ["table", "rows added", "changed", "removed", "files written", "size"];
    let rows = report.tables.iter().map(|(name, table)| {
        vec![
            name.clone(),
            number(table.rows_added),
            number(table.rows_changed),
            number(table.rows_removed),
            number(table.files_written),
            bytes(table.bytes_written),
        ]
    });
    arranged(&head, &[1, 2, 3, 4, 5], rows.collect(), width)
}

fn of_stream(report: &RunReport, stream: &StreamReport, lines: &mut Vec<Line>) {
    let name = [stream.stream.as_str(), &pairs(&stream.params)].join(" ");
    let name = name.trim_end();
    if stream.quarantined > 0 {
        lines.push(Line::Trouble(format!(
            "{name}: {} of {} records quarantined; see {}/quarantine/{}/{}.jsonl.zst",
            number(stream.quarantined),
            number(stream.records),
            report.lake.trim_end_matches('/'),
            report.pipeline,
            report.run,
        )));
    }
    if let Some(common) = &stream.commonest_reason {
        let most = match common.count == stream.quarantined {
            true => String::new(),
            false => format!("{} of them: ", number(common.count)),
        };
        lines.push(Line::Trouble(format!("  {most}{}, first on {}", common.reason, common.first)));
    }
    if let Some(found) = stream.completeness.as_ref().filter(|found| found.short + found.over > 0) {
        let example = found.short_examples.first().or(found.over_examples.first());
        lines.push(Line::Trouble(format!(
            "{name}: {} have the rows the source declares, {} are short, {} over{}",
            number(found.complete),
            number(found.short),
            number(found.over),
            example.map(|example| format!(", as {}", example.id)).unwrap_or_default(),
        )));
    }
    if let Some(again) = &stream.fetched_again {
        let complete = again.complete.map(|complete| format!(", {} are complete now", number(complete)));
        lines.push(Line::Fact(format!(
            "{name}: what is short of {} was asked for again{}",
            number(again.asked),
            complete.unwrap_or_default(),
        )));
    }
    if let Some(example) = stream.gone_examples.first() {
        let removed = match stream.removed {
            0 => "and stay in the lake".to_owned(),
            removed => format!("{} of them were removed from the lake", number(removed)),
        };
        lines.push(Line::Fact(format!(
            "{name}: {} are gone at the source, {removed}, as {example}",
            number(stream.gone),
        )));
    }
    let shown = stream.warnings.iter().take(MAX_WARNINGS);
    lines.extend(shown.map(|warning| Line::Trouble(format!("{name}: {warning}"))));
    if let more @ 1.. = stream.warnings.len().saturating_sub(MAX_WARNINGS) {
        lines.push(Line::Trouble(format!("{name}: {more} more warnings in {}", report_path(report))));
    }
    if !stream.unanswered.is_empty() {
        let some: Vec<&str> = stream.unanswered.iter().take(3).map(String::as_str).collect();
        lines.push(Line::Trouble(format!(
            "{name}: {} ids were asked for and not answered, as {}",
            number(u64::try_from(stream.unanswered.len()).unwrap_or(u64::MAX)),
            some.join(", "),
        )));
    }
}
