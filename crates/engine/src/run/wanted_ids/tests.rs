//! What is asked for, by table.

use convolake_extractor::Window;
use convolake_model::ParamSet;
use jiff::Timestamp;

use super::*;
use crate::state::awaited::AwaitedVersion;
use crate::state::shortfalls::Shortfall;
use crate::state::streams::Unfinished;

const RUN: Goal = Goal::Incremental;
const BACKFILL: Goal = Goal::Backfill(Window { from: Timestamp::UNIX_EPOCH, until: Timestamp::UNIX_EPOCH });

const LOOKBACK: Span = Span::days(2);

fn now() -> Timestamp {
    "2025-06-10T00:00:00Z".parse().unwrap()
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// Each id under the hash `1`.
fn hashes<T: FromIterator<(String, String)>>(of: &[&str]) -> T {
    ids(of).into_iter().map(|id| (id, "1".to_owned())).collect()
}

fn shortfall(asked: bool) -> Shortfall {
    Shortfall { declared: 1, since: None, until: Timestamp::UNIX_EPOCH, asked }
}

#[test]
fn what_is_listed_is_asked_for_unless_it_is_known_answered_or_has_no_answer() {
    let listed: IndexMap<String, String> = hashes(&["d", "c", "b", "a"]);
    let none: &[&str] = &[];
    for (goal, in_lake, removed, answered, unanswered, expected) in [
        (RUN, none, none, none, none, &["d", "c", "b", "a"][..]),
        (RUN, &["c", "a"], none, none, none, &["d", "b"]),
        (RUN, &["c", "a"], &["c"], none, none, &["d", "c", "b"]),
        (RUN, &["c", "a"], &["c"], &["c"], &["d"], &["b"]),
        (BACKFILL, &["c", "a"], none, none, none, &["d", "c", "b", "a"]),
        (BACKFILL, none, none, &["d"], &["a"], &["c", "b"]),
    ] {
        let state = StreamState { unanswered: hashes(unanswered), ..StreamState::new("s", &ParamSet::new()) };
        let wanted = WantedIds::choose(&Known {
            goal,
            listed: &listed,
            in_lake: &hashes(in_lake),
            removed: &ids(removed).into_iter().collect(),
            answered: &ids(answered).into_iter().collect(),
            state: &state,
            lookback: LOOKBACK,
            now: now(),
        });
        let case = format!("{goal:?}, {in_lake:?}, {removed:?}, {answered:?}, {unanswered:?}");
        assert_eq!(wanted.changed, ids(expected), "{case}");
    }
}

#[test]
fn an_id_is_asked_for_again_once_it_is_listed_under_another_hash() {
    let listed: IndexMap<String, String> = hashes(&["a", "b", "c"]);
    let other = |id: &str| BTreeMap::from([(id.to_owned(), "0".to_owned())]);
    let state = StreamState { unanswered: other("b"), ..StreamState::new("s", &ParamSet::new()) };
    let none = BTreeSet::new();
    let in_lake: BTreeMap<String, String> = other("a").into_iter().chain(hashes::<Vec<_>>(&["c"])).collect();
    let known = Known {
        goal: RUN,
        listed: &listed,
        in_lake: &in_lake,
        removed: &none,
        answered: &none,
        state: &state,
        lookback: LOOKBACK,
        now: now(),
    };
    assert_eq!(WantedIds::choose(&known).changed, ids(&["a", "b"]));
}

#[test]
fn what_is_short_is_refetched_unless_the_run_pulls_it_anyway() {
    let listed: IndexMap<String, String> = hashes(&["listed"]);
    let none: &[&str] = &[];
    for (goal, refetched, pulled_anyway) in
        [(RUN, &["left"][..], &["answered", "listed"][..]), (BACKFILL, none, none)]
    {
        let shortfalls = [("answered", false), ("asked", true), ("left", false), ("listed", false)];
        let shortfalls =
            shortfalls.map(|(id, asked)| (id.to_owned(), shortfall(asked))).into_iter().collect();
        let state = StreamState { shortfalls, ..StreamState::new("s", &ParamSet::new()) };
        let wanted = WantedIds::choose(&Known {
            goal,
            listed: &listed,
            in_lake: &BTreeMap::new(),
            removed: &BTreeSet::new(),
            answered: &BTreeSet::from(["answered".to_owned()]),
            state: &state,
            lookback: LOOKBACK,
            now: now(),
        });
        assert_eq!(wanted.refetched, ids(refetched), "{goal:?}");
        assert_eq!(wanted.pulled_anyway, ids(pulled_anyway), "{goal:?}");
        assert_eq!(wanted.all(), [ids(&["listed"]), ids(refetched)].concat(), "{goal:?}");
    }
}

#[test]
fn a_backfill_goes_on_behind_the_last_id_that_was_asked_for() {
    let listed: IndexMap<String, String> = hashes(&["d", "c", "b", "a"]);
    let none: &[&str] = &[];
    for (goal, before, changed, asked, after) in [
        (BACKFILL, None, &["d", "c", "b", "a"][..], none, None),
        (BACKFILL, None, &["d", "c", "b", "a"], &["d", "c", "a"], Some("c")),
        (BACKFILL, Some("c"), &["b", "a"], none, Some("c")),
        (BACKFILL, Some("c"), &["b", "a"], &["b"], Some("b")),
        // The list does not show it any more.
        (BACKFILL, Some("x"), &["d", "c", "b", "a"], &["d"], Some("d")),
        (RUN, Some("c"), &["d", "c", "b", "a"], none, None),
    ] {
        let unfinished =
            Unfinished { asked_up_to: before.map(str::to_owned), ..Unfinished::new(Timestamp::UNIX_EPOCH) };
        let unfinished = Some(unfinished);
        let state = StreamState { unfinished, ..StreamState::new("s", &ParamSet::new()) };
        let wanted = WantedIds::choose(&Known {
            goal,
            listed: &listed,
            in_lake: &BTreeMap::new(),
            removed: &BTreeSet::new(),
            answered: &BTreeSet::new(),
            state: &state,
            lookback: LOOKBACK,
            now: now(),
        });
        assert_eq!(wanted.changed, ids(changed), "{before:?}");
        let asked = ids(asked).into_iter().collect();
        assert_eq!(wanted.asked_up_to(&listed, &asked).as_deref(), after, "{before:?}, {asked:?}");
    }
}

#[test]
fn what_was_not_given_as_listed_is_asked_for_within_the_lookback() {
    let listed: IndexMap<String, String> = hashes(&["listed"]);
    let none: &[&str] = &[];
    let (lately, long_ago) = ("2025-06-09T00:00:00Z", "2025-06-08T00:00:00Z");
    for (id, hash, since, in_lake, unanswered, answered, changed, awaited) in [
        // Never answered.
        ("listed", "1", lately, none, &["listed"][..], none, &["listed"][..], none),
        ("listed", "1", long_ago, none, &["listed"], none, none, none),
        // Answered with an older version.
        ("listed", "1", lately, &["listed"][..], none, none, &["listed"], none),
        ("listed", "1", long_ago, &["listed"], none, none, none, none),
        ("listed", "1", lately, &["listed"], none, &["listed"][..], none, none),
        // Another version is listed by now, and the lake has it.
        ("listed", "0", lately, &["listed"], none, none, none, none),
        // The list was not walked so far back.
        ("unlisted", "1", lately, &["listed", "unlisted"], none, none, none, &["unlisted"][..]),
        ("unlisted", "1", long_ago, &["listed", "unlisted"], none, none, none, none),
        ("unlisted", "1", lately, &["listed"], &["unlisted"], &["unlisted"], none, none),
    ] {
        let version = AwaitedVersion { hash: hash.to_owned(), since: since.parse().unwrap() };
        let state = StreamState {
            unanswered: hashes(unanswered),
            awaited: BTreeMap::from([(id.to_owned(), version)]),
            ..StreamState::new("s", &ParamSet::new())
        };
        let wanted = WantedIds::choose(&Known {
            goal: RUN,
            listed: &listed,
            in_lake: &hashes(in_lake),
            removed: &BTreeSet::new(),
            answered: &ids(answered).into_iter().collect(),
            state: &state,
            lookback: LOOKBACK,
            now: now(),
        });
        let case = format!("{id}, {hash}, {since}, {in_lake:?}, {unanswered:?}, {answered:?}");
        assert_eq!((&wanted.changed, &wanted.awaited), (&ids(changed), &ids(awaited)), "{case}");
        assert_eq!(wanted.all().len(), changed.len() + awaited.len(), "{case}");
    }
}
