//! Streams that are pulled one after the other: a list, then those that ask for what it shows.

use std::sync::Arc;

use convolake_model::{ConfigError, ParamSet, Stream};

use crate::error::with_params;
use crate::run::context::RunContext;
use crate::run::decide::{keep_list, unfinished};
use crate::run::stream::{EndedPull, StreamPull};
use crate::{EngineError, Event};

/// Streams that go one after the other, with one set of params: a list and the streams that ask for what it shows.
pub(crate) struct StreamGroup<'a> {
    pub(crate) params: Arc<ParamSet>,
    pub(crate) streams: Vec<&'a Stream>,
}

/// The groups of the chosen streams, each with each of its sets of params. A stream whose list is not chosen stands alone.
pub(crate) fn stream_groups<'a>(
    chosen: &[&'a Stream],
    param_sets: impl Fn(&Stream) -> Result<Vec<ParamSet>, ConfigError>,
) -> Result<Vec<StreamGroup<'a>>, ConfigError> {
    let list_of = |stream: &Stream| stream.changed.as_ref().map(|changed| changed.list.clone());
    let leads = chosen.iter().filter(|stream| stream.changed.is_none()).map(|stream| {
        let asks = |other: &&&Stream| list_of(other).as_ref() == Some(&stream.name);
        let asking = chosen.iter().filter(asks).copied();
        std::iter::once(*stream).chain(asking).collect()
    });
    let is_alone =
        |stream: &&&Stream| list_of(stream).is_some_and(|list| chosen.iter().all(|other| other.name != list));
    let alone = chosen.iter().filter(is_alone).map(|stream| vec![*stream]);
    // A list and those that ask by it have the same sets.
    let of_lead = |streams: Vec<&'a Stream>| {
        let sets = streams.first().map_or_else(|| Ok(Vec::new()), |lead| param_sets(lead))?;
        Ok((streams, sets))
    };
    let leads: Vec<_> = leads.chain(alone).map(of_lead).collect::<Result<_, ConfigError>>()?;
    let n_sets = leads.iter().map(|(_, sets)| sets.len()).max().unwrap_or_default();
    let nth = |n: usize| {
        leads.iter().filter_map(move |(streams, sets)| {
            Some(StreamGroup { params: Arc::new(sets.get(n)?.clone()), streams: streams.clone() })
        })
    };
    Ok((0..n_sets).flat_map(nth).collect())
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
            let error = pulled.outcome.fault.error.as_ref();
            let error = error.map(|error| with_params(error, &group.params));
            observer.on(&Event::StreamEnded {
                stream: &stream.name,
                params: &group.params,
                error: error.as_deref(),
            });
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
            let groups = stream_groups(&streams, |_| Ok(sets.to_vec())).unwrap();
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
