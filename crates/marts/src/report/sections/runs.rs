//! How runs went: how long they took, what they asked for, and how they ended.

use convolake_engine::RunSummary;

use super::super::figure::{Counts, Named, Series, Write, counts};
use super::super::page::{Block, Section, State, Table};
use super::super::words::{bytes, count, seconds, short, short_seconds};
use super::volume::count_of;
use crate::charts::Mark;

/// Runs that are plotted.
const PLOTTED: usize = 400;
/// Runs that the table of outcomes tells.
const TOLD: usize = 60;

/// A plot of runs: its id and title, what of a run it shows, how the axis and the table write it.
type Plot = (&'static str, &'static str, fn(&RunSummary) -> f64, Write, Write);

/// The section; runs of each pipeline, newest first.
pub(in super::super) fn runs(pipelines: &[(String, Vec<RunSummary>)]) -> Section {
    let mut blocks = Vec::new();
    let mut all: Vec<(&str, &RunSummary)> = pipelines
        .iter()
        .flat_map(|(pipeline, runs)| runs.iter().map(move |run| (pipeline.as_str(), run)))
        .collect();
    all.sort_by(|one, other| one.1.run.cmp(&other.1.run));
    let skipped = all.len().saturating_sub(PLOTTED);
    let shown = &all[skipped..];
    if shown.is_empty() {
        blocks.push(Block::Note("No run has left a report yet.".to_owned()));
        return Section { id: "runs", title: "Runs", blocks };
    }
    let rows: Vec<String> =
        shown.iter().map(|(pipeline, run)| format!("{} {pipeline}", began(run))).collect();
    let marks = marks(shown);
    let plots: [Plot; 3] = [
        ("run-seconds", "How long runs took", |run| run.seconds, short_seconds, |value| seconds(*value)),
        ("run-requests", "Requests of runs", |run| float(run.requests), short, |value| count_of(*value)),
        ("run-bytes", "Bytes of runs' pages", |run| float(run.bytes), bytes_of, bytes_of),
    ];
    for (id, title, of, axis, cell) in plots {
        let values: Vec<f64> = shown.iter().map(|(_, run)| of(run)).collect();
        let greatest = values.iter().copied().fold(0.0, f64::max);
        if greatest == 0.0 {
            blocks.push(Block::Note(format!("{title}: none was told of.")));
            continue;
        }
        let last = values.last().copied().unwrap_or_default();
        let desc = format!(
            "The last {} runs; the last one {}, at most {}.",
            shown.len(),
            cell(&last),
            cell(&greatest)
        );
        let named = Named { id, title, desc, row: "run", rows: rows.clone(), marks: marks.clone() };
        let series = [Series { name: title.to_owned(), values }];
        blocks.push(counts(named, &series, Counts::Bars, axis, cell));
    }
    blocks.push(Block::Table(table(&all)));
    Section { id: "runs", title: "Runs", blocks }
}

fn table(all: &[(&str, &RunSummary)]) -> Table {
    let newest: Vec<_> = all.iter().rev().take(TOLD).collect();
    let row = |(pipeline, run): &&(&str, &RunSummary)| {
        vec![
            began(run),
            run.outcome.clone(),
            (*pipeline).to_owned(),
            run.command.clone(),
            seconds(run.seconds),
            count(run.requests),
            bytes(run.bytes),
            count(run.rows_changed),
            count(run.quarantined),
            run.errors.join("; "),
        ]
    };
    let head = [
        "began",
        "outcome",
        "pipeline",
        "command",
        "took",
        "requests",
        "bytes",
        "rows changed",
        "quarantined",
        "errors",
    ];
    let state = |(_, run): &&(&str, &RunSummary)| match run.exit_code {
        0 => State::Good,
        65 | 66 | 75 => State::Warn,
        _ => State::Bad,
    };
    Table {
        caption: format!("The last {} runs", newest.len()),
        head: head.map(str::to_owned).to_vec(),
        rows: newest.iter().map(row).collect(),
        states: newest.iter().map(state).collect(),
        is_numbers: false,
    }
}

fn began(run: &RunSummary) -> String {
    match run.started_at {
        Some(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        None => run.run.clone(),
    }
}

/// Where the day of a run is another than that of the run before.
fn marks(shown: &[(&str, &RunSummary)]) -> Vec<Mark> {
    let day = |place: usize| {
        shown.get(place).and_then(|(_, run)| run.started_at).map(|at| at.strftime("%d %b").to_string())
    };
    let marks = (0..shown.len()).filter_map(|at| {
        let text = day(at)?;
        let before = at.checked_sub(1).and_then(day);
        (before.as_ref() != Some(&text)).then(|| Mark::new(at, text))
    });
    marks.collect()
}

#[expect(clippy::cast_precision_loss, reason = "what is drawn needs no more digits")]
fn float(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are whole and not negative"
)]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "axes give their numbers so")]
fn bytes_of(number: &f64) -> String {
    bytes(number.max(0.0) as u64)
}
