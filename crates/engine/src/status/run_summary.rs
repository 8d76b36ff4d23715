//! A run in one line, from its report. Pure.

use convolake_loader::StoredReport;
use serde_json::Value;

use crate::reads::stored_report::{number, text};
use crate::status::report::{DeltaStatus, RunSummary};

/// Sums up a run; what an earlier version's report does not say counts as nothing.
pub(crate) fn summary(stored: &StoredReport) -> RunSummary {
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
        bytes: sum("bytes"),
        records: sum("records"),
        quarantined: sum("quarantined"),
        rows_changed: tables.map(rows).sum(),
        errors: streams
            .iter()
            .chain(report.get("delta"))
            .filter_map(|part| part.get("error")?.as_str())
            .map(str::to_owned)
            .collect(),
    }
}

/// What a run has left its Delta tables at; `None` where it was asked for none.
pub(crate) fn delta(stored: &StoredReport) -> Option<DeltaStatus> {
    let delta = stored.report.get("delta")?;
    let tables = delta.get("tables").and_then(Value::as_object);
    let versions = tables.into_iter().flatten();
    let version = |(table, version): (&String, &Value)| (table.clone(), number(version, "version"));
    let error = delta.get("error").and_then(Value::as_str).map(str::to_owned);
    Some(DeltaStatus { versions: versions.map(version).collect(), error })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_are_summed_over_streams_and_tables() {
        let report = json!({
            "command": "run", "started_at": "2026-11-21T12:00:00Z", "outcome": "failed", "exit_code": 1,
            "streams": [
                {"requests": 2, "records": 10, "quarantined": 1, "error": null},
                {"requests": 3, "records": 20, "quarantined": 0, "error": "the source said no"},
            ],
            "tables": {
                "a": {"rows_added": 5, "rows_changed": 1, "rows_removed": 0, "files_written": 9},
                "b": {"rows_added": 0, "rows_changed": 0, "rows_removed": 2},
            },
        });
        let summary = summary(&StoredReport { run: "r".to_owned(), report });
        let counts = (summary.requests, summary.records, summary.quarantined, summary.rows_changed);
        assert_eq!(counts, (5, 30, 1, 8));
        assert_eq!((summary.exit_code, summary.errors), (1, vec!["the source said no".to_owned()]));
    }

    #[test]
    fn delta_tables_are_as_the_run_left_them() {
        let of = |report| delta(&StoredReport { run: "r".to_owned(), report });
        assert_eq!(of(json!({})), None);
        let left = of(json!({"delta": {"tables": {"messages": {"version": 7}}}})).unwrap();
        assert_eq!((left.versions.get("messages"), left.error), (Some(&7), None));
    }

    #[test]
    fn an_empty_report_is_all_nothing() {
        let summary = summary(&StoredReport { run: "r".to_owned(), report: json!({}) });
        assert_eq!((summary.requests, summary.rows_changed, summary.started_at), (0, 0, None));
        assert!(summary.errors.is_empty());
    }
}
