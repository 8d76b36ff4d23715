//! A list that is ahead of the export it leads to: conversations that the export does not have yet, has in an older version,
//! or does not give out any more.

use std::collections::BTreeSet;

use convolake_simulator::{ChangeRequest, DeadIds, HabitPlan, Habits, Lag, Stream, Version, Which};
use serde_json::Value;

use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{Source, asked_ids, lately};
use crate::verify::is_sound;

const EXPORT: Stream = Stream::ConvocoreExport;
/// Ids in one request.
const BATCH: usize = 20;

fn pull(source: &Source, lake: &Lake) -> Convolake {
    Convolake::pull("convocore", source, lake)
}

fn habits(source: &Source, habits: Habits) {
    source.running.set_habits(&HabitPlan::at(EXPORT, habits));
}

/// The export is behind until this is switched off.
fn lag(source: &Source, of: Which, version: Version) {
    let lag = Some(Lag { requests: None, seconds: None, of, version });
    habits(source, Habits { lag, ..Habits::default() });
}

fn catch_up(source: &Source) {
    source.running.set_habits(&HabitPlan::default());
}

/// Lets a share of the conversations go on; gives those that did.
fn change(source: &Source, percent: f64, seed: u64) -> BTreeSet<String> {
    let changed = source.running.change(ChangeRequest { percent, seed, at: lately() });
    changed.convocore.into_iter().collect()
}

fn asked(source: &Source) -> BTreeSet<String> {
    source.requests(EXPORT).iter().flat_map(|request| asked_ids(&request.query)).collect()
}

fn export(ended: &Ended) -> Value {
    let report = ended.report();
    let streams = report["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["stream"] == "export").cloned().unwrap()
}

fn warns(ended: &Ended, text: &str) -> bool {
    let warnings = export(ended)["warnings"].as_array().cloned().unwrap_or_default();
    warnings.iter().any(|warning| warning.as_str().is_some_and(|warning| warning.contains(text)))
}

fn whole(source: &Source) -> Lake {
    let whole = Lake::new();
    pull(source, &whole).ends(0);
    whole
}

#[test]
fn what_the_export_does_not_have_yet_is_asked_for_until_it_has_it() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    lag(&source, Which::Newest(3), Version::Absent);
    let ended = pull(&source, &lake).ends(0);
    let missing = asked(&source);
    assert_eq!(missing.len(), 3, "{ended}");
    assert_eq!(export(&ended)["unanswered"].as_array().unwrap().len(), 3, "{ended}");
    for _ in 0..2 {
        source.forget();
        let ended = pull(&source, &lake).ends(0);
        assert_eq!(asked(&source), missing, "{ended}");
        assert!(source.requests(EXPORT).len() <= 2, "{ended}");
    }
    catch_up(&source);
    let ended = pull(&source, &lake).ends(0);
    assert_eq!(export(&ended)["unanswered"], serde_json::json!([]), "{ended}");
    lake.holds_just(&whole(&source).contents());
    is_sound(&lake);
    source.forget();
    pull(&source, &lake).ends(0);
    assert_eq!(asked(&source), BTreeSet::new());
}

#[test]
fn what_the_export_has_in_an_older_version_is_asked_for_until_it_has_the_one_that_is_listed() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    pull(&source, &lake).ends(0);
    lag(&source, Which::None, Version::Older);
    let changed = change(&source, 10.0, 1);
    assert!(changed.len() > 3, "{changed:?}");
    for _ in 0..3 {
        source.forget();
        let ended = pull(&source, &lake).ends(0);
        assert_eq!(asked(&source), changed, "{ended}");
        assert!(source.requests(EXPORT).len() <= changed.len().div_ceil(BATCH), "{ended}");
        assert!(warns(&ended, "an older version than its list shows"), "{ended}");
    }
    catch_up(&source);
    let ended = pull(&source, &lake).ends(0);
    assert!(!warns(&ended, "an older version"), "{ended}");
    lake.holds_just(&whole(&source).contents());
    is_sound(&lake);
    source.forget();
    pull(&source, &lake).ends(0);
    assert_eq!(asked(&source), BTreeSet::new());
}

/// A first run, of conversations that are over for long.
#[test]
fn an_older_version_is_known_for_one_by_what_both_views_declare() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    lag(&source, Which::Every(10), Version::Older);
    pull(&source, &lake).ends(0);
    catch_up(&source);
    for _ in 0..2 {
        pull(&source, &lake).ends(0);
    }
    lake.holds_just(&whole(&source).contents());
}

#[test]
fn once_the_lookback_is_over_what_was_not_given_is_told_and_asked_for_no_more() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    let run = || pull(&source, &lake).set("streams.export.lookback=0s");
    lag(&source, Which::Newest(3), Version::Absent);
    run().ends(0);
    let changed = change(&source, 10.0, 1);
    run().ends(0);
    source.forget();
    let ended = run().ends(0);
    assert_eq!(asked(&source), BTreeSet::new(), "{ended}");
    assert!(!export(&ended)["unanswered"].as_array().unwrap().is_empty(), "{ended}");
    assert!(warns(&ended, "are stale"), "{ended}");
    // Another version is another reason to ask.
    catch_up(&source);
    let changed_again = change(&source, 100.0, 2);
    assert!(changed_again.is_superset(&changed));
    run().ends(0);
    assert!(asked(&source).is_superset(&changed_again));
    run().set("streams.export.full_walk=0s").ends(0);
    lake.holds_just(&whole(&source).contents());
}

#[test]
fn one_id_that_cannot_be_asked_for_keeps_no_other_from_coming() {
    for status in [404, 403, 400, 410] {
        let source = Source::tidy(100);
        let lake = Lake::new();
        pull(&source, &lake).ends(0);
        let n_messages = lake.rows("messages").len();
        let changed = change(&source, 20.0, 1);
        let dead = changed.iter().nth(3).unwrap().clone();
        let dead_ids = Some(DeadIds { of: Which::Conversations(vec![dead.clone()]), status });
        habits(&source, Habits { dead_ids, ..Habits::default() });
        source.forget();
        let ended = pull(&source, &lake).ends(0);
        let n_requests = source.requests(EXPORT).len();
        let bound = changed.len().div_ceil(BATCH) + 2 * 5;
        assert!(n_requests <= bound, "{n_requests} requests; {ended}");
        assert!(warns(&ended, &dead) && warns(&ended, &status.to_string()), "{ended}");
        assert_eq!(export(&ended)["unanswered"], serde_json::json!([dead]), "{ended}");
        // Each went on by one message.
        assert_eq!(lake.rows("messages").len(), n_messages + changed.len() - 1, "{status}; {ended}");
        source.forget();
        let ended = pull(&source, &lake).ends(0);
        assert_eq!(asked(&source), BTreeSet::new(), "{status}; {ended}");

        catch_up(&source);
        pull(&source, &lake).set("streams.export.full_walk=0s").ends(0);
        lake.holds_just(&whole(&source).contents());
        is_sound(&lake);
    }
}

/// Where every id is turned down, it is not the ids.
#[test]
fn a_source_that_turns_all_ids_down_is_told_and_asked_again() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    pull(&source, &lake).ends(0);
    let changed = change(&source, 20.0, 1);
    let dead_ids = Some(DeadIds { of: Which::All, status: 403 });
    habits(&source, Habits { dead_ids, ..Habits::default() });
    source.forget();
    let ended = pull(&source, &lake).ends_somehow();
    assert_ne!(ended.code, Some(0), "{ended}");
    // The batch, halves of it down to two ids, and one id that the lake knows.
    assert!(source.requests(EXPORT).len() <= 12 * changed.len().div_ceil(BATCH), "{ended}");
    catch_up(&source);
    pull(&source, &lake).ends(0);
    lake.holds_just(&whole(&source).contents());
}
