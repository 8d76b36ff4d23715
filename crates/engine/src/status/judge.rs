//! Whether a status is one to be alarmed by. Pure.

use crate::Outcome;
use crate::status::report::{PipelineStatus, StreamRun};

/// The worst of a pipeline: something does not read, the last run of a stream failed, or, where that is watched
/// (`is_watched`), a stream is late. Work that is left and records in quarantine are told of, and are no failure.
pub(crate) fn judge(status: &PipelineStatus, is_watched: bool) -> Outcome {
    let unreadable = (!status.unreadable.is_empty()).then_some(Outcome::Failed);
    let last_runs = status.streams.iter().filter_map(|stream| failure(stream.last_run.as_ref()?));
    // Nothing was ever complete.
    let is_late = status.streams.is_empty() || status.streams.iter().any(|stream| stream.is_late);
    let late = (is_watched && is_late).then_some(Outcome::Short);
    unreadable.into_iter().chain(last_runs).chain(late).max().unwrap_or(Outcome::Done)
}

/// How a run failed; `None` where it did not.
fn failure(run: &StreamRun) -> Option<Outcome> {
    let outcome: Outcome = serde_json::from_value(run.outcome.as_str().into()).ok()?;
    match outcome {
        Outcome::Failed | Outcome::Unavailable | Outcome::Refused | Outcome::Misconfigured => Some(outcome),
        Outcome::Done | Outcome::Quarantined | Outcome::Short | Outcome::Busy => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_is_a_failure() {
        let run = |outcome: &str| StreamRun {
            run: String::new(),
            outcome: outcome.to_owned(),
            error: None,
            requests: 0,
            records: 0,
        };
        for (word, expected) in [
            ("done", None),
            ("busy", None),
            ("quarantined", None),
            ("failed", Some(Outcome::Failed)),
            ("unavailable", Some(Outcome::Unavailable)),
            ("refused", Some(Outcome::Refused)),
            // Of another version.
            ("strange", None),
        ] {
            assert_eq!(failure(&run(word)), expected, "{word}");
        }
    }
}
