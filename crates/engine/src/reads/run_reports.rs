//! The newest run reports of a pipeline. The newest one repeats in brief those before it, so that one object is read and not
//! one a run.

use convolake_loader::{Lake, LoadError, StoredReport};
use serde_json::{Map, Value};

/// Under this name a stored report repeats those before it, newest first.
const EARLIER: &str = "earlier";
/// Runs that a report repeats.
const MAX_EARLIER: usize = 20;
/// The size of what a report repeats, in bytes; of pipelines with many params fewer runs are repeated.
const MAX_BYTES: usize = 32 * 1024;
/// What is repeated of a report, of each of its streams and of each of its tables: what `status` and `plan` read.
const OF_REPORT: [&str; 5] = ["command", "started_at", "seconds", "outcome", "exit_code"];
const OF_STREAM: [&str; 10] = [
    "stream",
    "params",
    "outcome",
    "error",
    "requests",
    "records",
    "quarantined",
    "pages",
    "bytes",
    "completeness",
];
const OF_TABLE: [&str; 3] = ["rows_added", "rows_changed", "rows_removed"];

/// The reports of at most `most` of these runs, which are sorted from the newest on, and why some of them do not read. Blocks.
pub(crate) fn newest(
    lake: &Lake,
    pipeline: &str,
    runs: &[String],
    most: usize,
) -> (Vec<StoredReport>, Vec<LoadError>) {
    let (mut reports, mut faults, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    for run in runs.iter().take(most) {
        if let Some(report) = repeated.iter().find(|brief: &&StoredReport| brief.run == *run) {
            reports.push(report.clone());
            continue;
        }
        match lake.stored_report(pipeline, run) {
            Ok(Some(stored)) => {
                repeated.extend(earlier(&stored.report));
                reports.push(stored);
            }
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    (reports, faults)
}

/// Has a report repeat the one before it, and those that one repeats.
pub(crate) fn repeat(report: &mut Value, before: &StoredReport) {
    let mut n_bytes = 0;
    let briefs = std::iter::once(brief(before)).chain(earlier(&before.report));
    let briefs = briefs.take(MAX_EARLIER).map(|stored| {
        let mut brief = stored.report;
        brief[RUN] = Value::String(stored.run);
        brief
    });
    let briefs = briefs.take_while(|brief| {
        n_bytes += brief.to_string().len();
        n_bytes <= MAX_BYTES
    });
    report[EARLIER] = Value::Array(briefs.collect());
}

const RUN: &str = "run";

/// The reports that a report repeats.
fn earlier(report: &Value) -> Vec<StoredReport> {
    let briefs = report.get(EARLIER).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let stored = |brief: &Value| {
        let run = brief.get(RUN)?.as_str()?.to_owned();
        Some(StoredReport { run, report: brief.clone() })
    };
    briefs.iter().filter_map(stored).collect()
}

fn brief(stored: &StoredReport) -> StoredReport {
    let report = &stored.report;
    let mut brief = pick(report, &OF_REPORT);
    let streams = report.get("streams").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let streams = streams.iter().map(|stream| Value::Object(pick(stream, &OF_STREAM)));
    brief.insert("streams".to_owned(), streams.collect());
    let tables = report.get("tables").and_then(Value::as_object).into_iter().flatten();
    let tables = tables.map(|(name, table)| (name.clone(), Value::Object(pick(table, &OF_TABLE))));
    brief.insert("tables".to_owned(), Value::Object(tables.collect()));
    StoredReport { run: stored.run.clone(), report: Value::Object(brief) }
}

fn pick(value: &Value, names: &[&str]) -> Map<String, Value> {
    let named = names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
    named.filter(|(_, value)| !value.is_null()).collect()
}

#[cfg(test)]
mod tests {
    use convolake_loader::Location;
    use serde_json::json;

    use super::*;

    fn full(number: usize) -> Value {
        json!({
            "run": format!("r{number:02}"), "command": "run", "seconds": 1.5, "outcome": "done", "exit_code": 0, "new_fields": [1, 2],
            "streams": [{"stream": "s", "params": {"a": "b"}, "records": number, "error": null, "completeness": {"short": 1}, "warnings": ["x"]}],
            "tables": {"t": {"rows_added": 3, "files_written": 1}},
        })
    }

    #[test]
    fn a_report_repeats_in_brief_those_before_it() {
        let mut before: Option<StoredReport> = None;
        for number in 0..30 {
            let mut report = full(number);
            if let Some(before) = &before {
                repeat(&mut report, before);
            }
            before = Some(StoredReport { run: format!("r{number:02}"), report });
        }
        let repeated = earlier(&before.unwrap().report);
        let runs: Vec<&str> = repeated.iter().map(|stored| stored.run.as_str()).collect();
        assert_eq!((runs.len(), runs[0], runs[19]), (20, "r28", "r09"));
        assert_eq!(
            repeated[0].report,
            json!({
                "run": "r28", "command": "run", "seconds": 1.5, "outcome": "done", "exit_code": 0,
                "streams": [{"stream": "s", "params": {"a": "b"}, "records": 28, "completeness": {"short": 1}}],
                "tables": {"t": {"rows_added": 3}},
            })
        );
    }

    #[test]
    fn what_is_repeated_is_bounded() {
        let streams: Vec<Value> =
            (0..300).map(|number| json!({"stream": "s", "params": {"a": number.to_string()}})).collect();
        let before = StoredReport { run: "r1".to_owned(), report: json!({"streams": streams}) };
        let mut report = full(2);
        repeat(&mut report, &before);
        assert!(report.to_string().len() < 2 * MAX_BYTES);
        repeat(&mut report, &StoredReport { run: "r1".to_owned(), report: full(1) });
        assert_eq!(earlier(&report).len(), 1);
    }

    #[test]
    fn one_report_is_read_and_those_that_it_does_not_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(&Location::parse(folder.path().to_str().unwrap()).unwrap()).unwrap();
        let mut second = full(2);
        repeat(&mut second, &StoredReport { run: "r01".to_owned(), report: full(1) });
        lake.write_report("p", "r02", &second).unwrap();
        lake.write_report("p", "r00", &full(0)).unwrap();
        let runs = ["r02", "r01", "r00"].map(str::to_owned);
        let (reports, faults) = newest(&lake, "p", &runs, 5);
        let runs: Vec<&str> = reports.iter().map(|stored| stored.run.as_str()).collect();
        assert_eq!((runs, faults.len()), (vec!["r02", "r01", "r00"], 0));
    }
}
