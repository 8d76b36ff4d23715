//! What came of the checks of tables, at the end of a run.

use convolake_engine::ChecksReport;
use serde_json::Value;

use super::run::Line;

/// Checks that are shown; the report has all.
const MAX_SHOWN: usize = 10;

/// What to tell of the checks.
pub(super) fn lines(checks: &ChecksReport) -> Vec<Line> {
    if let Some(error) = &checks.error {
        return vec![Line::Trouble(format!("the checks could not be carried out: {error}"))];
    }
    let Some(report) = &checks.report else { return Vec::new() };
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let count =
        |name: &str| report.pointer(&format!("/counts/{name}")).and_then(Value::as_u64).unwrap_or_default();
    let failed = list(report, "tables").into_iter().flat_map(|table| {
        let of = format!("{} of {}", text(&table, "table"), text(&table, "source"));
        let failed = list(&table, "checks").into_iter().filter(|check| text(check, "outcome") == "failed");
        let line = move |check: Value| {
            let example = check.pointer("/examples/0/key").and_then(Value::as_str);
            let example = example.map(|key| format!(", as {key}")).unwrap_or_default();
            format!(
                "{of}: {} ({}): {}{example}",
                text(&check, "name"),
                text(&check, "kind"),
                text(&check, "words")
            )
        };
        failed.map(line).collect::<Vec<_>>()
    });
    let mut lines: Vec<Line> = failed.take(MAX_SHOWN).map(Line::Trouble).collect();
    lines.push(Line::Fact(format!(
        "checks: {} passed, {} failed, {} to be warned of, {} not judged",
        count("passed"),
        count("failed"),
        count("warned"),
        count("not_judged")
    )));
    lines
}
