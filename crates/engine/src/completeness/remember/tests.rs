//! What is remembered and what is complete, by table.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::ingest::tally::Counts;
use crate::report::completeness::Completeness;
use crate::report::stream_outcome::StreamOutcome;
use crate::state::streams::Unfinished;

fn ended(stream: &str) -> EndedStream {
    EndedStream {
        stream: stream.to_owned(),
        params: ParamSet::new(),
        outcome: StreamOutcome::default(),
        counts: Counts::default(),
        watermark: None,
        unanswered: Vec::new(),
        n_stale: 0,
    }
}

fn comparison(ids: &[&str]) -> Option<Comparison> {
    let found = |id: &&str| FoundShortfall { id: (*id).to_owned(), declared: 2, since: None };
    let shortfalls = ids.iter().map(found).collect();
    Some(Comparison { completeness: Completeness::default(), shortfalls })
}

fn state(streams: &[&str]) -> State {
    let mut state = State::default();
    for stream in streams {
        let watermark = Some(Timestamp::UNIX_EPOCH);
        state.set(StreamState { watermark, ..StreamState::new(stream, &ParamSet::new()) });
    }
    state
}

/// What goes wrong with a stream in a run.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    None,
    /// It has an error.
    Error,
    /// It is through, but for slices that are left to the next run.
    Unfinished,
}

#[test]
fn shortfalls_are_remembered_where_both_streams_are_through() {
    use Trouble::{Error, None, Unfinished as Left};
    let project = Project::load("agentx", &[]).unwrap();
    for (declaring, refetched, is_remembered) in [
        (None, None, true),
        (Error, None, false),
        (None, Error, false),
        (Left, None, false),
        (None, Left, false),
    ] {
        let mut streams = [ended("conversations"), ended("messages")];
        let mut state = state(&["conversations", "messages"]);
        for (ended, trouble) in streams.iter_mut().zip([declaring, refetched]) {
            match trouble {
                None => {}
                Error => ended.outcome.fault.error = Some("stopped".to_owned()),
                Left => {
                    let before = state.get_or_new(&ended.stream, &ParamSet::new());
                    let unfinished = Some(Unfinished::new(Timestamp::UNIX_EPOCH));
                    state.set(StreamState { unfinished, ..before });
                }
            }
        }
        let comparisons = [comparison(&["c1"]), Option::None];
        let changed = remember(&project, &streams, &comparisons, &state);
        let case = format!("{declaring:?}, {refetched:?}");
        let remembered: BTreeMap<&str, Vec<&str>> = changed
            .iter()
            .map(|state| (state.stream.as_str(), state.shortfalls.keys().map(String::as_str).collect()))
            .collect();
        let expected =
            if is_remembered { BTreeMap::from([("messages", vec!["c1"])]) } else { BTreeMap::new() };
        assert_eq!(remembered, expected, "{case}");
    }
}

#[test]
fn nothing_changes_where_the_same_is_short_or_the_refetched_stream_was_not_pulled() {
    let project = Project::load("agentx", &[]).unwrap();
    let both = [ended("conversations"), ended("messages")];
    let mut state = state(&["conversations", "messages"]);
    let comparisons = [comparison(&["c1"]), None];
    assert!(remember(&project, &both[..1], &comparisons, &state).is_empty());
    let changed = remember(&project, &both, &comparisons, &state);
    changed.into_iter().for_each(|changed| state.set(changed));
    assert!(remember(&project, &both, &comparisons, &state).is_empty());
    let complete = [comparison(&[]), None];
    assert_eq!(remember(&project, &both, &complete, &state).len(), 1, "it is forgotten once it is complete");
}

#[test]
fn a_refetched_id_is_complete_unless_it_is_short_still() {
    let project = Project::load("agentx", &[]).unwrap();
    for (asked, short, expected) in
        [(&[][..], &["c1"][..], None), (&["c1", "c2"], &[], Some(2)), (&["c1", "c2"], &["c2", "c3"], Some(1))]
    {
        let mut messages = ended("messages");
        messages.outcome.refetch.asked = asked.iter().map(|id: &&str| (*id).to_owned()).collect();
        let streams = [ended("conversations"), messages];
        let complete = refetched_complete(&project, &streams, &[comparison(short), None]);
        assert_eq!(complete, [None, expected], "{asked:?}, {short:?}");
        let not_compared = refetched_complete(&project, &streams, &[None, None]);
        assert_eq!(not_compared, [None, None], "{asked:?}");
    }
}
