//! What came of the checks of tables and of derived tables, at the end of a run.

use convolake_engine::AfterRunReport;
use serde_json::Value;

use super::run::Line;

/// Checks that are shown; the report has all.
const MAX_SHOWN: usize = 10;

/// What to tell of the checks.
pub(super) fn of_checks(checks: &AfterRunReport) -> Vec<Line> {
    if let Some(error) = &checks.error {
        return vec![Line::Trouble(format!("the checks could not be carried out: {error}"))];
    }
    let Some(report) = &checks.report else { return Vec::new() };
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

/// What to tell of derived tables.
pub(super) fn of_marts(marts: &AfterRunReport) -> Vec<Line> {
    if let Some(error) = &marts.error {
        return vec![Line::Trouble(format!("derived tables are not up to date: {error}"))];
    }
    let sources = marts.report.as_ref().map(|report| list(report, "sources")).unwrap_or_default();
    let line = |source: Value| {
        let built = list(&source, "months").len();
        let all = source.get("all_months").and_then(Value::as_u64).unwrap_or_default();
        Line::Fact(match built {
            0 => "derived tables: nothing changed since the last build".to_owned(),
            built => format!("derived tables: {built} of {all} months built anew"),
        })
    };
    sources.into_iter().map(line).collect()
}

fn list(value: &Value, name: &str) -> Vec<Value> {
    value.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
