//! The report of `check`.

use convolake_engine::{CheckReport, Finding, Level};

/// A line for each finding, with the remedy below what is wrong.
pub(crate) fn text(report: &CheckReport) -> String {
    let mut lines: Vec<String> = report.findings.iter().map(line).collect();
    let worst = report.findings.iter().map(|finding| finding.level).max();
    lines.push(match worst {
        Some(Level::Error) => format!("a run would fail with exit code {}", report.exit_code),
        Some(Level::Warning) => "a run would go through; mind the warnings".to_owned(),
        Some(Level::Ok) | None => "a run would go well".to_owned(),
    });
    lines.join("\n")
}

fn line(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Ok => "ok",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    match &finding.hint {
        Some(hint) => format!("{level:8} {}\n         hint: {hint}", finding.message),
        None => format!("{level:8} {}", finding.message),
    }
}
