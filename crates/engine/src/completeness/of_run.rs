//! The comparison of a run's streams: of what it touches before its rows are in the tables, and once they are.

use std::collections::BTreeSet;

use convolake_loader::{Commit, Lake, Load, LoadError};
use convolake_model::{ParamSet, Stream};

use crate::completeness::compare::{Comparison, Counted, Remembering, compare};
use crate::completeness::kept::KnownCounts;
use crate::memory::MemoryBudget;
use crate::report::stream_report::EndedStream;
use crate::state::streams::State;
use crate::{Event, Observer, Project, with_causes};

/// The comparison of a run's streams, which begins before its rows are merged.
pub(crate) struct RunComparison<'a> {
    pub(crate) lake: &'a Lake,
    pub(crate) project: &'a Project,
    pub(crate) memory: MemoryBudget,
    pub(crate) observer: &'a dyn Observer,
}

impl RunComparison<'_> {
    /// Counts what the load is about to touch, stream by stream in their order, as far as that is of use.
    pub(crate) fn before_merge(
        &self,
        state: &State,
        head: Option<&Commit>,
        streams: &[EndedStream],
        load: &Load,
    ) -> Vec<Option<KnownCounts>> {
        let known = |ended: &EndedStream| {
            let stream = self.project.pipeline.streams.get(&ended.stream)?;
            let of = (stream, &ended.params);
            KnownCounts::before_merge(self.lake, self.project, of, state, head?, load, self.memory)
        };
        streams.iter().map(known).collect()
    }

    /// Compares what the run's streams declare with the lake, stream by stream in their order. The data is safe by now: what
    /// cannot be compared is a warning.
    pub(crate) fn after_merge(
        &self,
        state: &State,
        streams: &[EndedStream],
        known: &[Option<KnownCounts>],
    ) -> Vec<Option<Comparison>> {
        let pulled: BTreeSet<&str> = streams.iter().map(|ended| ended.stream.as_str()).collect();
        let compare_stream = |(ended, known): (&EndedStream, &Option<KnownCounts>)| {
            let stream = self.project.pipeline.streams.get(&ended.stream)?;
            let is_known =
                |name: &str, params: &ParamSet| pulled.contains(name) || state.get(name, params).is_some();
            if !are_rows_pulled(self.project, stream, |name| is_known(name, &ended.params)) {
                return None;
            }
            let compared = self.stream(stream, &ended.params, state, known.as_ref());
            compared.unwrap_or_else(|error| {
                let why = with_causes(&error, ": ");
                let message = format!("completeness of {} was not compared: {why}", ended.stream);
                self.observer.on(&Event::Warning { message: &message });
                None
            })
        };
        streams.iter().zip(known).map(compare_stream).collect()
    }

    fn stream(
        &self,
        stream: &Stream,
        params: &ParamSet,
        state: &State,
        known: Option<&KnownCounts>,
    ) -> Result<Option<Comparison>, LoadError> {
        let Self { lake, project, memory, .. } = *self;
        let remembering = project.refetched_for(stream).map(|refetched| Remembering {
            known: state.get(&refetched.name, params).map(|state| &state.shortfalls),
            since: refetched.by_parent.as_ref().and_then(|by_parent| by_parent.since.as_deref()),
        });
        if let Some(known) = known
            && let Some(comparison) =
                known.after_merge(lake, project, (stream, params), remembering, memory)?
        {
            return Ok(Some(comparison));
        }
        tracing::debug!(stream = stream.name, "counting all rows");
        compare(lake, project, stream, params, remembering, memory.counted_rows(), Counted::All)
    }
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
