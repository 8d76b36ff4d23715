//! The store of a lake: whether it keeps the guarantees a lake relies on, and what the lake holds already.

use convolake_loader::{Lake, Location, Trial, TrialFailure};
use convolake_model::io_words;
use jiff::Timestamp;

use crate::check::report::{Finding, Subject};
use crate::reads::bucket_advice;
use crate::state::streams::State;
use crate::{EngineError, Outcome, Project, with_causes};

/// With less free space than this, a person is warned.
const MIN_FREE_BYTES: u64 = 1 << 30;

/// Tries out the store, in a folder of its own called `name`, and looks at the lake there. Blocks.
pub(crate) fn findings(to: &str, name: &str, project: Option<&Project>, now: Timestamp) -> Vec<Finding> {
    let location = match Location::parse(to) {
        Ok(location) => location,
        Err(error) => return vec![Finding::of(Subject::Store, &error.into())],
    };
    let (mut findings, is_open) = match Lake::trial(&location, name) {
        Ok(outcome) => (trial(to, &outcome), true),
        Err(error) => (vec![Finding::of(Subject::Store, &error.into())], false),
    };
    // What cannot be reached is said once.
    if let Some(project) = project.filter(|_| is_open) {
        findings.extend(match lake(to, &location, project, now) {
            Ok(findings) => findings,
            Err(error) => vec![Finding::of(Subject::Lake, &error)],
        });
    }
    findings
}

/// The guarantees of the storage.
fn trial(to: &str, trial: &Trial) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut held = Vec::new();
    for (guarantee, failure) in &trial.guarantees {
        let words = guarantee.words();
        let elsewhere = || Some(trial.remedy.to_owned());
        findings.push(match failure {
            None => {
                held.push(words);
                continue;
            }
            Some(TrialFailure::Refused(error)) => Finding::error(
                Subject::Store,
                Outcome::Refused,
                format!("{}: writing is refused: {}", trial.place, io_words(error)),
                Some("let the user that runs convolake write there, or give another place".to_owned()),
            ),
            Some(TrialFailure::Failed(error)) => {
                let message = format!("{}: not so: {words}: {}", trial.place, with_causes(error, ": "));
                Finding::error(Subject::Store, Outcome::Failed, message, elsewhere())
            }
            Some(TrialFailure::Broken(reason)) => {
                let message = format!("{}: not so: {words}: {reason}", trial.place);
                match guarantee.is_required() {
                    true => Finding::error(Subject::Store, Outcome::Misconfigured, message, elsewhere()),
                    false => Finding::warning(Subject::Store, message, "what is left there harms nobody"),
                }
            }
        });
    }
    if findings.is_empty() {
        findings.push(Finding::ok(Subject::Store, format!("{to}: {}", held.join(", "))));
    }
    if let Some(free) = trial.free_bytes.filter(|free| *free < MIN_FREE_BYTES) {
        let message = format!("{}: only {} MB are free", trial.place, free / 1_000_000);
        let hint =
            "a run needs room for its pages, for the tables, and for a copy of what it changes of them";
        findings.push(Finding::warning(Subject::Store, message, hint));
    }
    findings
}

/// What the lake holds against what the pipeline says.
fn lake(
    to: &str,
    location: &Location,
    project: &Project,
    now: Timestamp,
) -> Result<Vec<Finding>, EngineError> {
    let Some(lake) = Lake::find(location)? else {
        return Ok(vec![Finding::ok(Subject::Lake, format!("{to}: no lake yet, the first run makes one"))]);
    };
    let pipeline = &project.pipeline.name;
    let mut findings = Vec::new();
    let tables = project.load_tables(project.schemas.keys().map(String::as_str));
    lake.takes(pipeline, &tables, project.pipeline.buckets)?;
    let head = lake.head(pipeline)?;
    let state = head.as_ref().map(State::read).transpose()?.unwrap_or_default();
    if let Some((stream, was, now)) = state.moved(&project.pipeline) {
        let message =
            format!("{to}: the stream {stream} was pulled from {was} so far, and now would be from {now}");
        let hint = "if that is meant, run with --allow-new-origin; if not, use another lake".to_owned();
        findings.push(Finding::error(Subject::Lake, Outcome::Misconfigured, message, Some(hint)));
    }
    let lease = lake.lease_state(pipeline)?;
    if lease.is_live(now) {
        let who = lease
            .holder(now)
            .map_or_else(String::new, |holder| format!(": {}, process {}", holder.run, holder.pid));
        let hint = "another one that is begun now ends with exit code 75";
        findings.push(Finding::warning(Subject::Lake, format!("{to}: a run is under way{who}"), hint));
    }
    if let Some((message, hint)) = bucket_advice::advice(
        pipeline,
        project.pipeline.buckets,
        &lake.largest_files(pipeline, head.as_ref())?,
    ) {
        findings.push(Finding::warning(Subject::Lake, format!("{to}: {message}"), hint));
    }
    let recut = head.as_ref().map(|head| project.tables_to_recut(head)).unwrap_or_default();
    if let Some(by) = recut.values().next() {
        let names: Vec<&str> = recut.keys().copied().collect();
        let message = format!("{to}: not cut by {}, and goes on so: {}", by.word(), names.join(", "));
        let hint = format!(
            "`convolake replay {pipeline}` cuts them by {}; `partition_by: {}` in the pipeline leaves them as they are",
            by.word(),
            by.other().word()
        );
        findings.push(Finding::warning(Subject::Lake, message, hint));
    }
    if findings.is_empty() {
        findings
            .push(Finding::ok(Subject::Lake, format!("{to}: the lake's tables are those of the pipeline")));
    }
    Ok(findings)
}
