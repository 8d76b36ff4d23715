//! The comparison of a run's streams, once its rows are in the tables.

use std::collections::BTreeSet;

use convolake_loader::Lake;
use convolake_model::{ParamSet, Stream};

use crate::completeness::compare::{Comparison, Remembering, compare};
use crate::memory::MemoryBudget;
use crate::report::stream_report::EndedStream;
use crate::state::streams::State;
use crate::{Event, Observer, Project, with_causes};

/// Compares what the run's streams declare with the lake, stream by stream in their order. The data is safe by now: what
/// cannot be compared is a warning.
pub(crate) fn compare_streams(
    lake: &Lake,
    project: &Project,
    state: &State,
    streams: &[EndedStream],
    memory: MemoryBudget,
    observer: &dyn Observer,
) -> Vec<Option<Comparison>> {
    let pulled: BTreeSet<&str> = streams.iter().map(|ended| ended.stream.as_str()).collect();
    let compare_stream = |ended: &EndedStream| {
        let stream = project.pipeline.streams.get(&ended.stream)?;
        let is_known =
            |name: &str, params: &ParamSet| pulled.contains(name) || state.get(name, params).is_some();
        if !are_rows_pulled(project, stream, |name| is_known(name, &ended.params)) {
            return None;
        }
        let remembering = project.refetched_for(stream).map(|refetched| Remembering {
            known: state.get(&refetched.name, &ended.params).map(|state| &state.shortfalls),
            since: refetched.by_parent.as_ref().and_then(|by_parent| by_parent.since.as_deref()),
        });
        let compared = compare(lake, project, stream, &ended.params, remembering, memory.counted_rows());
        compared.unwrap_or_else(|error| {
            let why = with_causes(&error, ": ");
            let message = format!("completeness of {} was not compared: {why}", ended.stream);
            observer.on(&Event::Warning { message: &message });
            None
        })
    };
    let with_unanswered = |ended: &EndedStream, comparison: Comparison| Comparison {
        completeness: comparison.completeness.with_unanswered(&ended.unanswered),
        ..comparison
    };
    let compared = streams.iter().map(|ended| Some(with_unanswered(ended, compare_stream(ended)?)));
    compared.collect()
}

/// True where a stream declares counts of rows that were ever pulled: whoever never pulled them is not told that they are
/// missing.
fn are_rows_pulled(project: &Project, declaring: &Stream, is_known: impl Fn(&str) -> bool) -> bool {
    let Some(declares) = &declaring.declares else { return false };
    let mut streams = project.pipeline.streams.keys();
    streams.find(|name| project.feeds(name, &declares.rows)).is_some_and(|name| is_known(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_that_were_ever_pulled_are_compared() {
        for (pipeline, stream, known, expected) in [
            ("agentx", "conversations", &["conversations"][..], false),
            ("agentx", "conversations", &["conversations", "messages"], true),
            ("agentx", "messages", &["conversations", "messages"], false),
            ("convocore", "export", &["export"], true),
            ("convocore", "list", &["list", "export"], false),
        ] {
            let project = Project::load(pipeline, &[]).unwrap();
            let declaring = &project.pipeline.streams[stream];
            let is_pulled = are_rows_pulled(&project, declaring, |name| known.contains(&name));
            assert_eq!(is_pulled, expected, "{pipeline}, {stream}, {known:?}");
        }
    }
}
