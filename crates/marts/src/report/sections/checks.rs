//! What came of the checks.

use convolake_model::Severity;

use super::super::page::{Block, Section, State, Table};
use super::super::words::count;
use crate::checks::{CheckOutcome, CheckReport, ChecksReport, TableChecks};

/// The section.
pub(in super::super) fn checks(report: &ChecksReport) -> Section {
    let title = "Checks";
    let counts = report.counts;
    let mut blocks: Vec<Block> = report.unknown.iter().cloned().map(Block::Note).collect();
    let mut all: Vec<(&TableChecks, &CheckReport)> =
        report.tables.iter().flat_map(|table| table.checks.iter().map(move |check| (table, check))).collect();
    if all.is_empty() {
        blocks.push(Block::Note("No check is declared of what this lake has.".to_owned()));
        return Section { id: "checks", title, blocks };
    }
    blocks.push(Block::Note(format!(
        "{} passed, {} failed, {} to be warned of, {} not judged.",
        counts.passed, counts.failed, counts.warned, counts.not_judged
    )));
    all.sort_by_key(|(_, check)| gravity(check));
    let row = |(table, check): &(&TableChecks, &CheckReport)| {
        let examples: Vec<String> = check
            .examples
            .iter()
            .map(|example| match &example.value {
                Some(value) => format!("{} ({value})", example.key),
                None => example.key.clone(),
            })
            .collect();
        vec![
            format!("{} of {}: {}", table.table, table.source, check.name),
            word(check).to_owned(),
            check.kind.to_owned(),
            count(check.rows),
            count(check.failing),
            check.words.clone(),
            examples.join("; "),
        ]
    };
    blocks.push(Block::Table(Table {
        caption: "Checks of tables and marts".to_owned(),
        head: ["check", "outcome", "kind", "rows", "failing", "found", "examples"]
            .map(str::to_owned)
            .to_vec(),
        rows: all.iter().map(row).collect(),
        states: all.iter().map(|(_, check)| state(check)).collect(),
        is_numbers: false,
    }));
    Section { id: "checks", title, blocks }
}

/// The worst first.
fn gravity(check: &CheckReport) -> u8 {
    match (check.outcome, check.severity) {
        (CheckOutcome::Failed, Severity::Error) => 0,
        (CheckOutcome::Failed, Severity::Warn) => 1,
        (CheckOutcome::NotJudged, _) => 2,
        (CheckOutcome::Passed, _) => 3,
    }
}

fn word(check: &CheckReport) -> &'static str {
    match (check.outcome, check.severity) {
        (CheckOutcome::Failed, Severity::Error) => "failed",
        (CheckOutcome::Failed, Severity::Warn) => "warning",
        (CheckOutcome::NotJudged, _) => "not judged",
        (CheckOutcome::Passed, _) => "passed",
    }
}

fn state(check: &CheckReport) -> State {
    match (check.outcome, check.severity) {
        (CheckOutcome::Failed, Severity::Error) => State::Bad,
        (CheckOutcome::Failed, Severity::Warn) => State::Warn,
        (CheckOutcome::NotJudged, _) => State::Plain,
        (CheckOutcome::Passed, _) => State::Good,
    }
}
