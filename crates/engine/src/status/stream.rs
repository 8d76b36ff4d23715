//! One stream with one set of params: its state, its rows and how its last run ended. Pure.

use convolake_extractor::Slice;
use convolake_loader::StoredReport;
use jiff::Timestamp;
use serde_json::Value;

use crate::numbers::count;
use crate::reads::stored_report::{number, of_stream, text};
use crate::reads::stream_rows::StreamRows;
use crate::state::streams::StreamState;
use crate::status::report::{StreamRun, StreamStatus};

/// What a stream's status is made of.
#[derive(Clone, Copy)]
pub(crate) struct StreamFacts<'a> {
    /// When it was looked at.
    pub(crate) at: Timestamp,
    /// The rows of all streams; `None` where the pipeline's tables are not known.
    pub(crate) rows: Option<&'a StreamRows>,
    /// Run reports, newest first.
    pub(crate) reports: &'a [StoredReport],
    /// How many of the stream's slices are in flight.
    pub(crate) slices_in_flight: u64,
    /// How many of its records are in quarantine.
    pub(crate) quarantined: u64,
}

impl StreamFacts<'_> {
    pub(crate) fn status(&self, state: &StreamState) -> StreamStatus {
        let rows = self.rows.map(|rows| rows.of(&state.stream, &state.params));
        let newest = rows.iter().flatten().filter_map(|(_, count)| count.newest).max();
        let newest_row = newest.and_then(|newest| Timestamp::from_microsecond(newest).ok());
        let mut runs = self.reports.iter().filter_map(|stored| {
            let stream = of_stream(&stored.report, &state.stream, &state.params)?;
            Some((stored, stream))
        });
        let completeness = runs.clone().find_map(|(_, stream)| {
            stream.get("completeness").filter(|completeness| !completeness.is_null()).cloned()
        });
        StreamStatus {
            stream: state.stream.clone(),
            params: state.params.clone(),
            watermark: state.watermark,
            watermark_age_seconds: state.watermark.map(|at| age_seconds(at, self.at)),
            newest_row,
            newest_row_age_seconds: newest_row.map(|at| age_seconds(at, self.at)),
            last_full_walk: state.last_full_walk,
            rows: rows.map(|rows| rows.into_iter().map(|(table, count)| (table, count.rows)).collect()),
            slices_in_flight: self.slices_in_flight,
            completeness,
            quarantined: self.quarantined,
            unanswered: count(state.unanswered.len()),
            stale: count(state.stale().count()),
            last_run: runs.next().map(|(stored, stream)| StreamRun {
                run: stored.run.clone(),
                outcome: text(stream, "outcome"),
                error: stream.get("error").and_then(Value::as_str).map(str::to_owned),
                requests: number(stream, "requests"),
                records: number(stream, "records"),
            }),
        }
    }
}

/// True where a slice's id is one of this stream with these params.
pub(crate) fn has_slice(state: &StreamState, stream: &str, slice_id: &str) -> bool {
    let whole = Slice::Whole.id(&state.params);
    // An id ends with the params.
    let params = whole.strip_prefix("whole").unwrap_or_default();
    stream == state.stream && slice_id.ends_with(params)
}

/// How long ago an instant was, in seconds.
pub(crate) fn age_seconds(instant: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(instant).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use convolake_model::ParamSet;
    use serde_json::json;

    use super::*;

    fn stored(run: &str, streams: Value) -> StoredReport {
        StoredReport { run: run.to_owned(), report: json!({ "streams": streams }) }
    }

    #[test]
    fn the_last_run_is_the_newest_of_the_stream_and_completeness_the_newest_that_was_compared() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let entry = |stream: &str, outcome: &str, completeness: Value| json!({"stream": stream, "params": {}, "outcome": outcome, "completeness": completeness});
        let reports = [
            stored("r3", json!([entry("other", "done", json!({"short": 9}))])),
            stored("r2", json!([entry("s", "failed", Value::Null)])),
            stored("r1", json!([entry("s", "done", json!({"short": 1}))])),
        ];
        let facts = StreamFacts { at, rows: None, reports: &reports, slices_in_flight: 2, quarantined: 3 };
        let state = StreamState::new("s", &ParamSet::new());
        let status = facts.status(&StreamState {
            watermark: at.checked_sub(jiff::SignedDuration::from_secs(5)).ok(),
            ..state
        });
        assert_eq!(
            status.last_run.map(|run| (run.run, run.outcome)),
            Some(("r2".to_owned(), "failed".to_owned()))
        );
        assert_eq!(status.completeness, Some(json!({"short": 1})));
        assert_eq!((status.watermark_age_seconds, status.rows), (Some(5.0), None));
        assert_eq!((status.slices_in_flight, status.quarantined), (2, 3));
    }

    #[test]
    fn a_slice_belongs_to_the_stream_with_its_params() {
        let params = |value: &str| ParamSet::from([("agent".to_owned(), value.to_owned())]);
        let state = StreamState::new("s", &params("a"));
        for (stream, params, expected) in
            [("s", params("a"), true), ("s", params("b"), false), ("t", params("a"), false)]
        {
            let slice_id = Slice::Whole.id(&params);
            assert_eq!(has_slice(&state, stream, &slice_id), expected, "{stream} {slice_id}");
        }
    }
}
