//! The report of `verify`.

use convolake_engine::{FindingKind, Outcome, PipelineReport, VerifyReport};

use super::numbers::{bytes, counted, number};

/// The whole report as text.
pub(crate) fn text(report: &VerifyReport) -> String {
    let mut text: Vec<String> = report.pipelines.iter().flat_map(lines).collect();
    let verdict = match report.outcome {
        Outcome::Done => "the lake is sound".to_owned(),
        Outcome::Busy => "a run committed meanwhile".to_owned(),
        _ => {
            let counts = report.pipelines.iter().flat_map(|pipeline| pipeline.counts.values());
            format!("the lake is not sound: {}", counted(counts.sum(), "fault"))
        }
    };
    text.push(format!("verify {}: {verdict}, in {:.1} s", report.lake, report.seconds));
    text.join("\n")
}

fn lines(report: &PipelineReport) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: commit {}, {} landed pages, {} records in quarantine",
        report.pipeline,
        report.commit,
        number(report.landed_pages),
        number(report.quarantined_records),
    )];
    for (name, table) in &report.tables {
        lines.push(format!(
            "  {name:14} {:>9} rows   {} files, {}",
            number(table.rows),
            number(table.files),
            bytes(table.bytes)
        ));
    }
    for (at, finding) in report.findings.iter().enumerate() {
        lines.push(format!("  {}: {}", kind(&finding.kind), finding.place));
        lines.push(format!("    {}", finding.detail));
        // Of findings with one remedy it stands below the last.
        if report.findings[at + 1..].iter().all(|later| later.remedy != finding.remedy) {
            let n_alike = report.findings.iter().filter(|other| other.remedy == finding.remedy).count();
            let of = if n_alike > 1 { format!(" of these {n_alike}") } else { String::new() };
            lines.push(format!("    remedy{of}: {}", finding.remedy));
        }
    }
    for (found, count) in &report.counts {
        let n_shown = report.findings.iter().filter(|finding| finding.kind == *found).count();
        let n_shown = u64::try_from(n_shown).unwrap_or(u64::MAX);
        if *count > n_shown {
            lines.push(format!("  {}: {} more", kind(found), number(*count - n_shown)));
        }
    }
    lines.extend(report.notes.iter().map(|note| format!("  note: {note}")));
    lines
}

/// The name that the JSON report has for the kind.
fn kind(kind: &FindingKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
