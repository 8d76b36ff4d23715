//! What is settled and told of older answers, by table.

use std::collections::BTreeMap;

use convolake_model::{ParamSet, Span};

use super::*;

fn at(day: u32) -> Timestamp {
    format!("2025-06-{day:02}T00:00:00Z").parse().unwrap()
}

fn awaited(pairs: &[(&str, &str, u32)]) -> BTreeMap<String, AwaitedVersion> {
    let version = |hash: &str, day: u32| AwaitedVersion { hash: hash.to_owned(), since: at(day) };
    pairs.iter().map(|(id, hash, day)| ((*id).to_owned(), version(hash, *day))).collect()
}

#[test]
fn what_is_older_stays_awaited_since_it_was_first_and_what_is_not_no_more() {
    let before = [("level", "1", 1), ("older", "1", 1), ("other", "1", 1), ("unasked", "1", 1)];
    let answered = [("level", "1"), ("older", "1"), ("other", "2"), ("new", "1"), ("good", "1")];
    for (older, expected) in [
        (&[][..], &[("unasked", "1", 1)][..]),
        (
            &["new", "older", "other"],
            &[("new", "1", 2), ("older", "1", 1), ("other", "2", 2), ("unasked", "1", 1)],
        ),
    ] {
        let mut state = StreamState { awaited: awaited(&before), ..StreamState::new("s", &ParamSet::new()) };
        let answered = answered.map(|(id, hash)| (id.to_owned(), hash.to_owned())).into();
        let outcome = StreamOutcome { answered, ..StreamOutcome::default() };
        let older: Vec<String> = older.iter().map(|id| (*id).to_owned()).collect();
        settle(&mut state, &outcome, &older, at(2));
        assert_eq!(state.awaited, awaited(expected), "{older:?}");
    }
}

#[test]
fn what_is_stale_is_told_of_for_as_long_as_it_is() {
    let of = |day: u32| {
        let state = StreamState {
            awaited: awaited(&[("a", "1", 1), ("b", "1", 2), ("unanswered", "1", 2)]),
            unanswered: BTreeMap::from([("unanswered".to_owned(), "1".to_owned())]),
            ..StreamState::new("s", &ParamSet::new())
        };
        warnings(&state, |awaited| awaited.is_due(Span::days(2), at(day)))
    };
    let older = |n_ids, examples: &[&str]| Warning::AnsweredOlder {
        n_ids,
        examples: examples.iter().map(|id| (*id).to_owned()).collect(),
    };
    let stays = |n_ids, examples: &[&str]| Warning::StaysOlder {
        n_ids,
        examples: examples.iter().map(|id| (*id).to_owned()).collect(),
    };
    assert_eq!(of(2), [older(2, &["a", "b"])]);
    assert_eq!(of(3), [older(1, &["b"]), stays(1, &["a"])]);
    assert_eq!(of(4), [stays(2, &["a", "b"])]);
}
