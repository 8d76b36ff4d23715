//! The command: files first, then key and source, then the store.

use convolake_model::Override;

use crate::blocking::blocking;
use crate::check::ask::ask;
use crate::check::report::{CheckReport, Finding, Subject};
use crate::check::store;
use crate::project::advice::Advice;
use crate::{EngineError, Outcome, Project, RunId, Seams};

/// What to check.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// Where the lake is, or will be; `None` leaves the store alone.
    pub to: Option<String>,
    /// The streams to ask; all where empty.
    pub streams: Vec<String>,
}

/// Finds out whether a run would go well. Pages are asked for and flattened, and nothing of them is kept; the store is
/// tried out in a folder of its own, which is gone afterwards.
///
/// # Errors
/// Only where a part of the check itself breaks down: what is wrong stands in the report.
pub async fn check(request: CheckRequest, seams: Seams) -> Result<CheckReport, EngineError> {
    let mut findings = Vec::new();
    let mut streams = Vec::new();
    let project = match files(&request) {
        Ok(project) => {
            findings.push(files_are_fine(&project));
            findings.extend(keys_in_queries(&project));
            findings.extend(unsaid(&project, &request.streams));
            let (found, checked) = ask(&request.streams, &seams, &project).await;
            findings.extend(found);
            streams = checked;
            Some(project)
        }
        Err(error) => {
            findings.push(Finding::of(Subject::Files, &error));
            None
        }
    };
    if let Some(to) = request.to {
        let name = RunId::new(seams.clock.now(), seams.entropy).to_string();
        let now = seams.clock.now();
        findings.extend(blocking(move || Ok(store::findings(&to, &name, project.as_ref(), now))).await?);
    }
    let outcome = findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Done);
    Ok(CheckReport {
        version: CheckReport::VERSION,
        pipeline: request.pipeline,
        outcome,
        exit_code: outcome.exit_code(),
        findings,
        streams,
    })
}

/// Everything that a run reads of files before its first request.
fn files(request: &CheckRequest) -> Result<Project, EngineError> {
    let project = Project::load(&request.pipeline, &request.overrides)?;
    for stream in project.chosen(&request.streams)? {
        project.flattener(stream)?;
        project.param_sets(stream)?;
    }
    Ok(project)
}

fn files_are_fine(project: &Project) -> Finding {
    let streams: Vec<&str> = project.pipeline.streams.keys().map(String::as_str).collect();
    let tables: Vec<&str> = project.tables.keys().map(String::as_str).collect();
    let message = format!("{}: streams {}; tables {}", project.file, streams.join(", "), tables.join(", "));
    Finding::ok(Subject::Files, message)
}

/// Names of query parameters that carry keys nearly everywhere, without `-` and `_`.
const NAMES_OF_KEYS: [&str; 9] = [
    "apikey",
    "apitoken",
    "accesstoken",
    "authtoken",
    "token",
    "secret",
    "password",
    "passwd",
    "clientsecret",
];

/// Query parameters that read as keys: what stands under `query` is shown and kept, and so are params.
fn keys_in_queries(project: &Project) -> Vec<Finding> {
    let is_of_key = |name: &str| {
        let name: String = name.chars().filter(|char| char.is_alphanumeric()).collect();
        NAMES_OF_KEYS.contains(&name.to_ascii_lowercase().as_str())
    };
    let names = project.pipeline.streams.values().flat_map(|stream| {
        stream
            .query
            .keys()
            .filter(|name| is_of_key(name))
            .map(move |name| (stream.name.as_str(), name.as_str()))
    });
    let finding = |(stream, name): (&str, &str)| {
        let message = format!(
            "{stream}: the query parameter `{name}` reads as a key, and what stands under `query` or `params` is shown and kept"
        );
        let hint = format!("`auth: {{ query: {name}, env: MY_KEY }}` sends a key that is kept nowhere");
        Finding::warning(Subject::Key, message, hint)
    };
    names.map(finding).collect()
}

/// What the pipeline leaves unsaid of these streams.
fn unsaid(project: &Project, streams: &[String]) -> Vec<Finding> {
    let chosen = project.chosen(streams).unwrap_or_default();
    let finding = |advice: Advice| Finding::warning(Subject::Files, advice.message, advice.hint);
    project.advice(&chosen).into_iter().map(finding).collect()
}
