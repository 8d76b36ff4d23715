//! Streams that are pulled one after the other: a list, then those that ask for what it shows.

use std::sync::Arc;

use convolake_model::{ParamSet, Stream};

use crate::run::context::RunContext;
use crate::run::decide::{keep_list, unfinished};
use crate::run::stream::{EndedPull, StreamPull};
use crate::{EngineError, Event};

/// Streams that go one after the other, with one set of params: a list and the streams that ask for what it shows.
pub(crate) struct StreamGroup<'a> {
    pub(crate) params: Arc<ParamSet>,
    pub(crate) streams: Vec<&'a Stream>,
}

/// The groups of the chosen streams. A stream whose list is not chosen stands alone.
pub(crate) fn stream_groups<'a>(chosen: &[&'a Stream], param_sets: &[ParamSet]) -> Vec<StreamGroup<'a>> {
    let list_of = |stream: &Stream| stream.changed.as_ref().map(|changed| changed.list.clone());
    let mut groups = Vec::new();
    for params in param_sets {
        let params = Arc::new(params.clone());
        let group = |streams| StreamGroup { params: Arc::clone(&params), streams };
        for stream in chosen.iter().filter(|stream| stream.changed.is_none()) {
            let asks = |other: &&&Stream| list_of(other).as_ref() == Some(&stream.name);
            let asking = chosen.iter().filter(asks).copied();
            groups.push(group(std::iter::once(*stream).chain(asking).collect()));
        }
        let is_alone = |stream: &&&Stream| {
            list_of(stream).is_some_and(|list| chosen.iter().all(|other| other.name != list))
        };
        groups.extend(chosen.iter().filter(is_alone).map(|stream| group(vec![*stream])));
    }
    groups
}

impl RunContext<'_> {
    /// Pulls the streams of a group, one after the other.
    pub(crate) async fn pull_group(&self, group: StreamGroup<'_>) -> Result<Vec<EndedPull>, EngineError> {
        let asking: Vec<&Stream> =
            group.streams.iter().filter(|stream| stream.changed.is_some()).copied().collect();
        let observer = &self.session.seams.observer;
        let (mut ended, mut listing, mut list_left) = (Vec::new(), None, None);
        for stream in group.streams {
            let sink = self.sinks.of(&self.session.project, stream, &group.params)?;
            observer.on(&Event::StreamStarted { stream: &stream.name, params: &group.params });
            let mut pull = StreamPull::new(self, stream, &group.params, &sink);
            let facts = pull.facts().await?;
            match &stream.changed {
                Some(changed) => pull.changed_ids(&facts, changed, listing.as_ref()).await?,
                None => {
                    listing = Some(pull.own_slices(&facts, &asking).await?);
                    list_left = Some(unfinished(&pull.before, &pull.basis(&facts, None), &pull.outcome));
                }
            }
            let pulled = pull.conclude(&facts, listing.as_ref());
            let error = pulled.outcome.fault.error.as_deref();
            observer.on(&Event::StreamEnded { stream: &stream.name, error });
            ended.push(pulled);
        }
        if let (Some(left), [list, asking @ ..]) = (list_left, ended.as_mut_slice()) {
            keep_list(&mut list.state, left, asking.iter().map(|pulled| &pulled.state));
        }
        Ok(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn a_list_goes_before_those_that_ask_for_what_it_shows() {
        for (pipeline, chosen, expected) in [
            ("agentx", &[][..], &[&["conversations"][..], &["messages"]][..]),
            ("convocore", &[], &[&["list", "export"]]),
            ("convocore", &["list"], &[&["list"]]),
            ("convocore", &["export"], &[&["export"]]),
        ] {
            let project = Project::load(pipeline, &[]).unwrap();
            let chosen: Vec<String> = chosen.iter().map(|name: &&str| (*name).to_owned()).collect();
            let streams = project.chosen(&chosen).unwrap();
            let sets = ["1", "2"].map(|value| ParamSet::from([("p".to_owned(), value.to_owned())]));
            let groups = stream_groups(&streams, &sets);
            let names: Vec<Vec<&str>> = groups
                .iter()
                .map(|group| group.streams.iter().map(|stream| stream.name.as_str()).collect())
                .collect();
            assert_eq!(names, [expected, expected].concat(), "{pipeline}, {chosen:?}");
            let params: Vec<&ParamSet> = groups.iter().map(|group| &*group.params).collect();
            let per_set = expected.len();
            assert!(params[..per_set].iter().all(|params| **params == sets[0]), "{pipeline}");
            assert!(params[per_set..].iter().all(|params| **params == sets[1]), "{pipeline}");
        }
    }
}
