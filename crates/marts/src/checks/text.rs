//! What came of checks, for people.

use std::fmt::Write;

use convolake_model::Severity;

use super::outcome::{CheckOutcome, CheckReport, ChecksReport};

/// The report as lines.
pub(crate) fn text(report: &ChecksReport) -> String {
    let mut out = String::new();
    for table in &report.tables {
        let _ = writeln!(out, "{} of {}", table.table, table.source);
        for check in &table.checks {
            of_check(check, &mut out);
        }
    }
    for unknown in &report.unknown {
        let _ = writeln!(out, "{unknown}");
    }
    let counts = report.counts;
    let n_judged = counts.passed + counts.warned + counts.failed;
    let said = match (n_judged, counts.not_judged) {
        (0, 0) => "no check is declared of what this lake has: nothing was looked at".to_owned(),
        (0, not_judged) => format!("{not_judged} checks, none of which could be judged"),
        _ => format!(
            "{} passed, {} failed, {} to be warned of, {} not judged",
            counts.passed, counts.failed, counts.warned, counts.not_judged
        ),
    };
    let _ = writeln!(out, "{said}");
    out
}

fn of_check(check: &CheckReport, out: &mut String) {
    let mark = mark(check);
    let _ = writeln!(out, "  {mark:<5} {} ({}): {}", check.name, check.kind, check.words);
    for example in &check.examples {
        let value = example.value.as_deref().map(|value| format!(": {value}")).unwrap_or_default();
        let _ = writeln!(out, "          as {}{value}", example.key);
    }
}

/// What came of a check in one word.
pub(crate) const fn mark(check: &CheckReport) -> &'static str {
    match (check.outcome, check.severity) {
        (CheckOutcome::Passed, _) => "ok",
        (CheckOutcome::NotJudged, _) => "-",
        (CheckOutcome::Failed, Severity::Warn) => "warn",
        (CheckOutcome::Failed, Severity::Error) => "FAIL",
    }
}
