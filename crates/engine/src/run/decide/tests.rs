//! Every part of the decision, by table.

use std::collections::BTreeMap;

use convolake_extractor::{Unfinished as FoundUnfinished, Window};
use convolake_model::ParamSet;
use serde_json::json;

use super::*;
use crate::Project;
use crate::report::stream_outcome::{Deletions, Refetch};
use crate::state::awaited::AwaitedVersion;
use crate::state::shortfalls::Shortfall;

const BEFORE: &str = "2025-06-01T00:00:00Z";
const STARTED: &str = "2025-06-10T00:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ids<T: FromIterator<String>>(ids: &[&str]) -> T {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// A stream of a built-in pipeline, and what a run of it goes by.
struct Scene {
    stream: Stream,
    goal: Goal,
    facts: Facts,
    is_list: bool,
    listed: Option<IndexMap<String, String>>,
    source_time: Option<Timestamp>,
    before: StreamState,
    outcome: StreamOutcome,
}

impl Scene {
    fn new(pipeline: &str, stream: &str) -> Self {
        let project = Project::load(pipeline, &[]).unwrap();
        let before = StreamState {
            watermark: Some(at(BEFORE)),
            last_full_walk: Some(at(BEFORE)),
            was_first_walk: true,
            origin: Some("https://elsewhere".to_owned()),
            ..StreamState::new(stream, &ParamSet::new())
        };
        let facts = Facts {
            begin: Timestamp::UNIX_EPOCH,
            watermark: before.watermark,
            now: at(STARTED),
            last_full_walk: before.last_full_walk,
            was_first_walk: true,
            unfinished: None,
            open: Vec::new(),
            reopened: before.reopened_windows(),
        };
        Self {
            stream: project.pipeline.streams[stream].clone(),
            goal: Goal::Incremental,
            facts,
            is_list: stream == "list",
            listed: None,
            source_time: None,
            before,
            outcome: StreamOutcome::default(),
        }
    }

    fn with_basis<T>(&self, use_basis: impl FnOnce(&Basis<'_>) -> T) -> T {
        use_basis(&Basis {
            stream: &self.stream,
            goal: self.goal,
            facts: &self.facts,
            is_list: self.is_list,
            listed: self.listed.as_ref(),
            run: &RunId::new(at(STARTED), 7),
            resumed_runs: &ids(&["resumed"]),
            started_at: at(STARTED),
            source_time: self.source_time,
        })
    }

    fn decide(&self) -> StreamState {
        self.with_basis(|basis| decide(&self.before, basis, &self.outcome))
    }

    fn left(&self) -> Unfinished {
        self.with_basis(|basis| unfinished(&self.before, basis, &self.outcome))
    }
}

fn runs(before: &[&str]) -> BTreeSet<String> {
    let this = RunId::new(at(STARTED), 7).to_string();
    ids::<BTreeSet<String>>(before).into_iter().chain(["resumed".to_owned(), this]).collect()
}

fn backfill() -> Goal {
    Goal::Backfill(Window { from: at("2025-01-01T00:00:00Z"), until: at("2025-02-01T00:00:00Z") })
}

#[test]
fn a_watermark_moves_only_when_the_stream_is_through_and_never_beyond_the_source_s_clock_or_back() {
    let (run, earlier) = (Goal::Incremental, "2025-06-09T00:00:00Z");
    for (goal, has_work_left, source_time, expected) in [
        (run, false, None, STARTED),
        (run, true, None, BEFORE),
        (run, false, Some(earlier), earlier),
        (run, false, Some("2025-06-11T00:00:00Z"), STARTED),
        (run, false, Some("2025-05-01T00:00:00Z"), BEFORE),
        (backfill(), false, None, BEFORE),
        (backfill(), true, None, BEFORE),
    ] {
        for (pipeline, stream) in
            [("agentx", "conversations"), ("convocore", "list"), ("convocore", "export")]
        {
            let mut scene = Scene::new(pipeline, stream);
            scene.goal = goal;
            scene.source_time = source_time.map(at);
            scene.outcome.has_work_left = has_work_left;
            let after = scene.decide();
            let case = format!("{stream}, {goal:?}, {has_work_left}, {source_time:?}");
            assert_eq!(after.watermark, Some(at(expected)), "{case}");
            assert_eq!(after.unfinished.is_some(), has_work_left, "{case}");
        }
    }
}

/// A fault that looks like an end costs one more walk, and no row.
#[test]
fn an_end_that_may_be_early_moves_no_watermark_and_is_no_full_walk() {
    let mut scene = Scene::new("convocore", "list");
    let before = scene.decide().last_full_walk;
    scene.outcome.is_full_walk = true;
    scene.outcome.may_have_ended_early = true;
    let after = scene.decide();
    assert_eq!((after.watermark, after.last_full_walk), (Some(at(BEFORE)), before));
    assert!(after.unfinished.is_none());
}

#[test]
fn what_was_resumed_is_as_old_as_its_first_page() {
    let seen_at = at("2025-06-09T12:00:00Z");
    let mut scene = Scene::new("convocore", "list");
    scene.facts.unfinished = Some(FoundUnfinished { seen_at, done: Vec::new(), begun: Vec::new() });
    assert_eq!(scene.decide().watermark, Some(seen_at));
    scene.outcome.has_work_left = true;
    assert_eq!(scene.decide().unfinished.unwrap().seen_at, seen_at);
}

#[test]
fn full_walks_are_noted_and_where_deletions_are_removed_only_once_all_is_through() {
    let (keep, remove) = (Gone::Keep, Gone::Remove { at_most: 0.1 });
    let run = Goal::Incremental;
    for (goal, gone, is_full_walk, has_work_left, is_noted) in [
        (run, keep, false, false, false),
        (run, keep, true, false, true),
        (run, keep, true, true, true),
        (run, remove, true, false, true),
        (run, remove, true, true, false),
        (backfill(), keep, true, false, false),
    ] {
        let mut scene = Scene::new("convocore", "export");
        scene.goal = goal;
        scene.stream.gone = gone;
        scene.outcome.is_full_walk = is_full_walk;
        scene.outcome.has_work_left = has_work_left;
        let after = scene.decide();
        let case = format!("{goal:?}, {gone:?}, {is_full_walk}, {has_work_left}");
        let expected = if is_noted { STARTED } else { BEFORE };
        assert_eq!(after.last_full_walk, Some(at(expected)), "{case}");
        assert_eq!(after.was_first_walk, !is_noted, "{case}");
        scene.before.last_full_walk = None;
        assert!(scene.decide().was_first_walk, "the first walk, or none yet; {case}");
    }
}

#[test]
fn a_walk_is_read_again_from_its_pages_where_the_next_run_needs_what_it_showed() {
    let whole = || vec![Slice::Whole.to_json()];
    let remove = Gone::Remove { at_most: 0.1 };
    for (stream, gone, is_full_walk, expected) in [
        ("list", Gone::Keep, false, whole()),
        ("list", Gone::Keep, true, whole()),
        ("export", Gone::Keep, true, Vec::new()),
        ("export", remove, true, whole()),
    ] {
        let mut scene = Scene::new("convocore", stream);
        scene.stream.gone = gone;
        scene.outcome.done = vec![Slice::Whole];
        scene.outcome.is_full_walk = is_full_walk;
        assert_eq!(scene.left().begun, expected, "{stream}, {gone:?}");
    }
}

#[test]
fn a_stopped_stream_leaves_its_slices_to_the_next_run() {
    let day = |day: u32| at(&format!("2025-01-{day:02}T00:00:00Z"));
    let window = |from, until| Slice::Window { from: day(from), until: day(until) };
    let mut scene = Scene::new("agentx", "messages");
    scene.before.unfinished = Some(Unfinished { runs: ids(&["earlier"]), ..Unfinished::new(day(1)) });
    let done = vec![Window { from: day(1), until: day(2) }];
    scene.facts.unfinished = Some(FoundUnfinished { seen_at: day(9), done, begun: Vec::new() });
    scene.outcome.has_work_left = true;
    scene.outcome.done = vec![window(5, 6), window(2, 3), window(3, 4)];
    scene.outcome.begun = vec![window(7, 8)];
    let expected = Unfinished {
        seen_at: day(9),
        runs: runs(&["earlier"]),
        done: vec![(day(1), day(4)), (day(5), day(6))],
        begun: vec![window(7, 8).to_json()],
        asked_up_to: None,
    };
    assert_eq!(scene.decide().unfinished, Some(expected));

    scene.outcome.has_work_left = false;
    assert_eq!(scene.decide().unfinished, None);
}

#[test]
fn a_backfill_remembers_how_far_it_has_asked() {
    let mut scene = Scene::new("convocore", "export");
    scene.goal = backfill();
    scene.outcome.asked_up_to = Some("c7".to_owned());
    scene.outcome.has_work_left = true;
    scene.source_time = Some(at("2025-06-09T00:00:00Z"));
    let unfinished = scene.decide().unfinished.unwrap();
    assert_eq!(unfinished.asked_up_to.as_deref(), Some("c7"));
    assert_eq!(Some(unfinished.seen_at), scene.source_time);
}

#[test]
fn a_list_stays_unfinished_while_a_stream_that_asks_by_it_is() {
    let left = || Unfinished { begun: vec![json!({"kind": "whole"})], ..Unfinished::new(at(STARTED)) };
    let own = || Unfinished::new(at(BEFORE));
    let state = |unfinished| StreamState { unfinished, ..StreamState::new("s", &ParamSet::new()) };
    for (list, asking, expected) in [
        (None, vec![], None),
        (None, vec![None], None),
        (None, vec![None, Some(own())], Some(left())),
        (Some(own()), vec![Some(left())], Some(own())),
        (Some(own()), vec![None], Some(own())),
    ] {
        let mut list = state(list);
        let asking: Vec<StreamState> = asking.into_iter().map(state).collect();
        keep_list(&mut list, left(), &asking);
        assert_eq!(list.unfinished, expected);
    }
}

#[test]
fn ids_without_an_answer_are_remembered_under_the_hash_they_are_listed_by() {
    let hashes = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(id, hash)| ((*id).to_owned(), (*hash).to_owned())).collect()
    };
    let before = [("same", "1"), ("changed", "1"), ("unlisted", "1"), ("removed", "1")];
    let listed = [("same", "1"), ("changed", "2"), ("new", "1"), ("answered", "1")];
    let kept = [("removed", "1"), ("same", "1"), ("changed", "1"), ("unlisted", "1")];
    let none: &[&str] = &[];
    for (has_list, unanswered, removed, expected) in [
        (true, none, none, &[("same", "1"), ("unlisted", "1"), ("removed", "1")][..]),
        (true, &["new", "x"], none, &[("same", "1"), ("unlisted", "1"), ("removed", "1"), ("new", "1")]),
        (true, &["changed"], &["removed"], &[("same", "1"), ("unlisted", "1"), ("changed", "2")]),
        (false, &["new"], none, &kept),
    ] {
        let mut scene = Scene::new("convocore", "export");
        scene.before.unanswered = hashes(&before).into_iter().collect();
        scene.listed = has_list.then(|| hashes(&listed).into_iter().collect());
        scene.outcome.unanswered = ids(unanswered);
        scene.outcome.deletions = Deletions { removed: ids(removed), ..Deletions::default() };
        let expected: BTreeMap<String, String> = hashes(expected).into_iter().collect();
        assert_eq!(scene.decide().unanswered, expected, "{has_list}, {unanswered:?}, {removed:?}");
    }
}

#[test]
fn what_was_not_answered_is_awaited_since_it_was_asked_for_first() {
    let long_ago = "2025-06-08T00:00:00Z";
    let lately = "2025-06-09T00:00:00Z";
    let version = |hash: &str, since: &str| AwaitedVersion { hash: hash.to_owned(), since: at(since) };
    let none: &[&str] = &[];
    for (before, unanswered, rejected, answered, is_unanswered, expected) in [
        (None, &["c"][..], none, none, true, Some(("1", STARTED))),
        (Some(("1", lately)), &["c"], none, none, true, Some(("1", lately))),
        (Some(("0", lately)), &["c"], none, none, true, Some(("1", STARTED))),
        (Some(("0", lately)), none, none, none, false, None),
        // The lookback is over.
        (Some(("1", long_ago)), &["c"], none, none, true, None),
        // What the source turned down is not asked for again.
        (Some(("1", lately)), none, &["c"][..], none, true, None),
        (None, none, &["c"], none, true, None),
        // Whether it is the version that is listed is compared later.
        (Some(("1", lately)), none, none, &["c"][..], false, Some(("1", lately))),
    ] {
        let mut scene = Scene::new("convocore", "export");
        let before_version = before.map(|(hash, since)| ("c".to_owned(), version(hash, since)));
        scene.before.unanswered =
            before.map(|(hash, _)| ("c".to_owned(), hash.to_owned())).into_iter().collect();
        scene.before.awaited = before_version.into_iter().collect();
        scene.listed = Some([("c".to_owned(), "1".to_owned())].into_iter().collect());
        scene.outcome.unanswered = ids(unanswered);
        scene.outcome.rejected = ids(rejected);
        scene.outcome.answered = answered.iter().map(|id| ((*id).to_owned(), "1".to_owned())).collect();
        let after = scene.decide();
        let case = format!("{before:?}, {unanswered:?}, {rejected:?}, {answered:?}");
        let expected = expected.map(|(hash, since)| version(hash, since));
        assert_eq!(after.awaited.get("c"), expected.as_ref(), "{case}");
        assert_eq!(after.unanswered.contains_key("c"), is_unanswered, "{case}");
    }
}

#[test]
fn what_was_refetched_or_pulled_anyway_is_not_asked_for_again() {
    let shortfall = |asked| Shortfall { declared: 3, since: None, until: at(BEFORE), asked };
    let mut scene = Scene::new("convocore", "export");
    scene.before.shortfalls =
        ["anyway", "asked", "left"].into_iter().map(|id| (id.to_owned(), shortfall(false))).collect();
    scene.outcome.refetch =
        Refetch { asked: ids(&["asked", "unknown"]), pulled_anyway: ids(&["anyway"]), begun: Vec::new() };
    for has_work_left in [false, true] {
        scene.outcome.has_work_left = has_work_left;
        let after = scene.decide().shortfalls;
        let asked: Vec<(&str, bool)> =
            after.iter().map(|(id, shortfall)| (id.as_str(), shortfall.asked)).collect();
        assert_eq!(asked, [("anyway", true), ("asked", true), ("left", false)]);
    }
}

#[test]
fn a_refetch_that_was_begun_is_left_to_the_next_run_of_the_same_goal() {
    let slice = Slice::Of { parents: ids(&["c1"]), within: None };
    let before = Unfinished { runs: ids(&["earlier"]), ..Unfinished::new(at(BEFORE)) };
    let left =
        Unfinished { runs: runs(&["earlier"]), begun: vec![slice.to_json()], ..Unfinished::new(at(STARTED)) };
    let run = Goal::Incremental;
    for (goal, has_work_left, begun, expected) in [
        (run, false, vec![slice], Some(left)),
        (run, false, Vec::new(), None),
        // It was not asked for anything.
        (run, true, Vec::new(), Some(before.clone())),
        (backfill(), false, Vec::new(), Some(before.clone())),
    ] {
        let mut scene = Scene::new("agentx", "messages");
        scene.goal = goal;
        scene.before.refetch = Some(before.clone());
        scene.outcome.has_work_left = has_work_left;
        scene.outcome.refetch.begun = begun;
        assert_eq!(scene.decide().refetch, expected, "{goal:?}, {has_work_left}");
    }
}

#[test]
fn a_stream_is_of_an_origin_once_a_page_came() {
    for (goal, has_page, expected) in [
        (Goal::Incremental, false, "https://elsewhere"),
        (Goal::Incremental, true, "https://base"),
        (backfill(), true, "https://base"),
    ] {
        let mut scene = Scene::new("agentx", "messages");
        scene.goal = goal;
        scene.stream.base_url = "https://base/v1".parse().unwrap();
        scene.outcome.has_page = has_page;
        assert_eq!(scene.decide().origin.as_deref(), Some(expected), "{goal:?}, {has_page}");
    }
}

#[test]
fn what_has_changed_stays_to_be_asked_for_until_its_windows_are_pulled() {
    let window = |from: &str, until: &str| {
        (at(&format!("2025-0{from}T00:00:00Z")), at(&format!("2025-0{until}T00:00:00Z")))
    };
    let done = |(from, until): (Timestamp, Timestamp)| Slice::Window { from, until };
    for (pulled, expected) in [
        (vec![], vec![window("1-05", "1-06"), window("2-01", "2-03")]),
        (vec![window("1-05", "1-06")], vec![window("2-01", "2-03")]),
        (vec![window("2-02", "2-04")], vec![window("1-05", "1-06"), window("2-01", "2-02")]),
        (vec![window("1-01", "6-01")], vec![]),
    ] {
        let mut scene = Scene::new("agentx", "conversations");
        scene.before.reopened = vec![window("1-05", "1-06"), window("2-01", "2-03")];
        scene.outcome.done = pulled.into_iter().map(done).collect();
        assert_eq!(scene.decide().reopened, expected);
    }
}

#[test]
fn what_was_learnt_of_a_source_is_kept_and_a_page_size_for_a_week() {
    let known = |records: u32, since: &str| Some(LearntSize { records, since: at(since) });
    let lately = "2025-06-08T00:00:00Z";
    for (before, has_page, learnt, expected) in [
        (None, true, None, None),
        (None, true, Some(20), known(20, STARTED)),
        (known(20, lately), true, Some(20), known(20, lately)),
        (known(20, lately), true, Some(5), known(5, STARTED)),
        (known(20, lately), false, None, known(20, lately)),
        // After a week the larger one was tried, and taken.
        (known(20, "2025-06-01T00:00:00Z"), true, None, None),
        (known(20, "2025-06-01T00:00:00Z"), true, Some(20), known(20, STARTED)),
    ] {
        let mut scene = Scene::new("agentx", "conversations");
        (scene.before.page_size, scene.before.longest_window) = (before, Some(86_400));
        (scene.outcome.has_page, scene.outcome.page_size) = (has_page, learnt);
        let after = scene.decide();
        assert_eq!(
            (after.page_size, after.longest_window),
            (expected, Some(86_400)),
            "{before:?} {learnt:?}"
        );
    }
}
