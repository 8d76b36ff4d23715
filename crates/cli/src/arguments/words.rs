//! How a word of the command line goes on, for shells: pipelines, streams, settings.

use std::ffi::OsStr;

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use convolake_engine::{Project, known_pipelines};

/// A pipeline by its name or its path.
pub(super) fn pipelines(begun: &OsStr) -> Vec<CompletionCandidate> {
    let mut words = beginning_with(begun, known_pipelines());
    let is_yaml = |path: &std::path::Path| {
        path.is_dir() || path.extension().is_some_and(|end| end == "yaml" || end == "yml")
    };
    words.extend(PathCompleter::any().filter(is_yaml).complete(begun));
    words
}

/// A pipeline and one of its streams, as `flatten` takes them.
pub(super) fn pipeline_streams(begun: &OsStr) -> Vec<CompletionCandidate> {
    let of_pipeline = |name: String| {
        let streams = streams_of(&name);
        streams.into_iter().map(move |stream| format!("{name}/{stream}"))
    };
    let mut words: Vec<String> = known_pipelines().into_iter().flat_map(of_pipeline).collect();
    if let Some((path, _)) = begun.to_str().and_then(|begun| begun.rsplit_once('/'))
        && path.ends_with(".yaml")
    {
        words.extend(streams_of(path).into_iter().map(|stream| format!("{path}/{stream}")));
    }
    beginning_with(begun, words)
}

/// A stream of the pipeline on the line, else of any.
pub(super) fn streams(begun: &OsStr) -> Vec<CompletionCandidate> {
    let mut words: Vec<String> = asked_for().iter().flat_map(|pipeline| streams_of(pipeline)).collect();
    words.sort();
    words.dedup();
    beginning_with(begun, words)
}

/// A field of the pipeline on the line, else of any, up to its `=`.
pub(super) fn settings(begun: &OsStr) -> Vec<CompletionCandidate> {
    let fields = |name: &String| Project::load(name, &[]).map(|project| project.settable_fields()).ok();
    let mut words: Vec<String> = asked_for().iter().filter_map(fields).flatten().collect();
    words.sort();
    words.dedup();
    beginning_with(begun, words.into_iter().map(|field| field + "=").collect())
}

fn beginning_with(begun: &OsStr, words: Vec<String>) -> Vec<CompletionCandidate> {
    let begun = begun.to_string_lossy();
    let words = words.into_iter().filter(|word| word.starts_with(&*begun));
    words.map(CompletionCandidate::new).collect()
}

fn streams_of(pipeline: &str) -> Vec<String> {
    // A file with a mistake in it has no streams to offer.
    let project = Project::load(pipeline, &[]);
    project.map(|project| project.pipeline.streams.keys().cloned().collect()).unwrap_or_default()
}

/// The pipeline that stands on the line; all that are known where none does.
fn asked_for() -> Vec<String> {
    let known = known_pipelines();
    // The line follows the shell's own words behind `--`.
    let line: Vec<String> = std::env::args().skip_while(|word| word != "--").skip(2).collect();
    let is_one = |word: &&String| known.contains(word) || word.ends_with(".yaml") || word.ends_with(".yml");
    match line.iter().find(is_one) {
        Some(pipeline) => vec![pipeline.clone()],
        None => known,
    }
}
