//! Walks that a source cuts short or turns down: cursors that die, windows that are too long, ends that are none, ids that
//! answer with an error each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::lately;
use crate::verify::is_sound;

const DAY: i64 = 86_400;

fn now() -> i64 {
    lately().unwrap()
}

fn by_cursor() -> OwnProject {
    OwnProject::new(
        "{ path: /t, pages: { cursor: /next, param: cursor, size: { param: limit, sizes: [10] } }, records: /data, \
         id: /id, schema: x/t }",
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n",
    )
    .table("u", &[])
}

fn page(from: usize, until: usize, next: Option<&str>) -> Answer {
    let record = |number: usize| json!({"id": format!("r{number:03}"), "at": "2024-12-01T00:00:00Z"});
    let data: Vec<Value> = (from..until).map(record).collect();
    Answer::json(json!({"data": data, "next": next}).to_string())
}

/// 30 pages of ten; a cursor is good for the life of the source alone.
fn short_lived(life: &Arc<AtomicUsize>, status: u16) -> Script {
    let life = Arc::clone(life);
    Script::start(move |_, asked| {
        let life = life.load(Ordering::SeqCst);
        let first = match asked.query("cursor").map(|cursor| cursor.split_once('-').unwrap()) {
            None => 0,
            Some((of, _)) if of != life.to_string() => {
                return Answer::status(status, r#"{"message":"no such scroll"}"#);
            }
            Some((_, first)) => first.parse().unwrap(),
        };
        let next = (first + 10 < 300).then(|| format!("{life}-{}", first + 10));
        page(first, first + 10, next.as_deref())
    })
}

#[test]
fn a_cursor_that_dies_between_runs_is_begun_anew_and_a_budget_too_small_for_that_is_told() {
    for status in [400, 404, 410] {
        let life = Arc::new(AtomicUsize::new(0));
        let source = short_lived(&life, status);
        let (project, lake) = (by_cursor(), Lake::new());
        for run in 0..5 {
            let ended = project.run(&source.base_url(), &lake).args(&["--max-requests", "6"]).ends(75);
            let is_told = ended.stderr.contains("--max-requests") && ended.stderr.contains("anew");
            assert_eq!(is_told, run > 0, "{status}: {ended}");
            life.fetch_add(1, Ordering::SeqCst);
            assert!(lake.rows("u").len() >= 60, "what has landed stays");
        }
        // Once a run may ask for all of it, it comes.
        project.run(&source.base_url(), &lake).args(&["--max-requests", "40"]).ends(0);
        assert_eq!(lake.rows("u").len(), 300, "{status}");
    }
}

#[test]
fn a_budget_that_is_small_is_enough_where_cursors_live() {
    let life = Arc::new(AtomicUsize::new(0));
    let source = short_lived(&life, 404);
    let (project, lake) = (by_cursor(), Lake::new());
    for _ in 0..4 {
        let ended = project.run(&source.base_url(), &lake).args(&["--max-requests", "7"]).ends(75);
        assert!(!ended.stderr.contains("anew"), "{ended}");
    }
    project.run(&source.base_url(), &lake).args(&["--max-requests", "7"]).ends(0);
    assert_eq!(lake.rows("u").len(), 300);
}

/// Another client has ended our cursor: the walk begins anew, once.
#[test]
fn a_cursor_that_is_not_known_any_more_in_mid_walk_is_no_end() {
    let source = Script::start(|before, asked| {
        let first: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
        match before {
            2 => Answer::status(404, r#"{"message":"scroll not found"}"#),
            _ => page(first, first + 10, (first + 10 < 50).then(|| (first + 10).to_string()).as_deref()),
        }
    });
    let lake = Lake::new();
    by_cursor().run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 50);
}

/// `null` where records should be, and no cursor, in the midst of a walk: for a moment, or for good.
#[test]
fn null_in_mid_walk_is_asked_for_again_before_it_is_an_end() {
    for (n_nulls, rows, is_told) in [(1, 50, false), (2, 20, true)] {
        let left = AtomicUsize::new(n_nulls);
        let source = Script::start(move |_, asked| {
            let first: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
            let is_null = first == 20
                && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
            match is_null {
                true => Answer::json(r#"{"data":null,"next":null}"#),
                false => {
                    page(first, first + 10, (first + 10 < 50).then(|| (first + 10).to_string()).as_deref())
                }
            }
        });
        let (project, lake) = (by_cursor(), Lake::new());
        let ended = project.run(&source.base_url(), &lake).ends(0);
        assert_eq!(lake.rows("u").len(), rows, "{ended}");
        assert_eq!(ended.stdout.contains("null where the records should be"), is_told, "{ended}");
        let watermark = &ended.report()["streams"][0]["watermark"];
        assert_eq!(watermark.is_null(), is_told, "behind a full page it may be a fault: {ended}");
        project.run(&source.base_url(), &lake).ends(0);
        assert_eq!(lake.rows("u").len(), 50);
    }
}

/// Records of a year, one a day; windows longer than 31 of these units are turned down.
fn month_at_most(unit: i64) -> Script {
    let began = now();
    Script::start(move |_, asked| {
        let instant = |name: &str| asked.query(name).unwrap().parse::<i64>().unwrap();
        let (from, until) = (instant("start_time"), instant("end_time"));
        if until - from > 31 * DAY {
            return Answer::status(400, r#"{"message":"no more than 2678400 seconds (31 days)"}"#);
        }
        let at = |number: i64| began - number * DAY;
        let rows = (0..365).filter(|number| (from / unit..until / unit).contains(&at(*number)));
        let rows: Vec<Value> = match asked.path().ends_with("/conversations") {
            true => {
                rows.map(|number| json!({"_id": format!("c{number:03}"), "startTime": at(number)})).collect()
            }
            false => Vec::new(),
        };
        Answer::json(json!({"data": rows, "cursor": null}).to_string())
    })
}

fn of_a_year(source: &Script, lake: &Lake) -> Convolake {
    let from = jiff::Timestamp::from_second(now() - 366 * DAY).unwrap();
    Convolake::run("agentx", &source.base_url(), lake)
        .set("rate_limit.requests_per_second=1000")
        .args(&["--from", &from.to_string()])
}

fn refused(source: &Script) -> usize {
    let seconds = |asked: &Asked, name: &str| asked.query(name).unwrap().parse::<i64>().unwrap();
    let asked = source.asked();
    asked.iter().filter(|asked| seconds(asked, "end_time") - seconds(asked, "start_time") > 31 * DAY).count()
}

#[test]
fn a_window_that_is_too_long_is_asked_for_in_halves_and_what_was_learnt_is_kept() {
    let source = month_at_most(1);
    let lake = Lake::new();
    let ended = of_a_year(&source, &lake).ends(0);
    // The newest is not a second old.
    assert!(lake.rows("conversations").len() >= 364, "{ended}");
    let n = refused(&source);
    println!("figure: a source of windows up to 31 days turns {n} down in the first run over a year");
    assert!((1..=12).contains(&n), "{n}");
    source.forget();
    of_a_year(&source, &lake).set("streams.conversations.full_walk=0s").ends(0);
    assert_eq!(refused(&source), 0, "the next run knows");
    assert!(source.asked().len() > 12, "and walks all of it");
    is_sound(&lake);
}

#[test]
fn a_source_that_reads_another_unit_is_suspected_where_no_window_is_short_enough() {
    let source = month_at_most(1000);
    let lake = Lake::new();
    let ended = of_a_year(&source, &lake)
        .set("streams.conversations.slices.format=unix_milliseconds")
        .set("streams.messages.slices.format=unix_milliseconds")
        .ends(1);
    assert!(ended.stderr.contains("no more than 2678400 seconds (31 days)"), "{ended}");
    assert!(ended.stdout.contains("another unit than `format: unix_milliseconds`"), "{ended}");
    assert!(source.asked().len() <= 40, "{} requests", source.asked().len());
}

#[test]
fn how_far_a_run_stays_behind_the_source_can_be_set() {
    let source = month_at_most(1);
    let lake = Lake::new();
    of_a_year(&source, &lake)
        .set("streams.conversations.slices.lag=10m")
        .set("streams.messages.slices.lag=10m")
        .ends(0);
    let ends =
        source.asked().iter().map(|asked| asked.query("end_time").unwrap().parse::<i64>().unwrap()).max();
    assert!(ends.unwrap() <= now() - 590, "{ends:?}");
    let ended =
        Convolake::run("agentx", &source.base_url(), &lake).set("streams.messages.slices.lag=soon").ends(2);
    assert!(ended.stderr.contains("bad length of time `soon`"), "{ended}");
}

/// A list of conversations and their export, of which some ids are answered with an error each time.
fn with_dead(n: Arc<AtomicUsize>, dead: &'static [&'static str], status: u16) -> Script {
    let began = now();
    Script::start(move |_, asked| {
        let n = n.load(Ordering::SeqCst);
        let meta = |number: usize| json!({"ID": format!("c{number:03}"), "ts": began - 60, "messagesNum": 0});
        let ids = asked.query("convo_ids").map(|ids| ids.replace("%2C", ","));
        if ids.as_ref().is_some_and(|ids| ids.split(',').any(|id| dead.contains(&id))) {
            return Answer::status(status, r#"{"message":"cannot be exported"}"#);
        }
        let is_asked = |number: &usize| {
            ids.as_ref().is_none_or(|ids| ids.split(',').any(|id| id == format!("c{number:03}")))
        };
        let is_export = asked.path().ends_with("/export");
        // The walk of a first run gives what is dead only later.
        let is_dead =
            |number: &usize| is_export && *number >= 4 && dead.contains(&format!("c{number:03}").as_str());
        let first = asked.query("page").is_none_or(|page| page == "1");
        let shown = (0..n).filter(|number| first && is_asked(number) && !is_dead(number));
        let data: Vec<Value> = match is_export {
            true => shown.map(|number| json!({"metadata": meta(number), "turns": []})).collect(),
            false => shown.map(meta).collect(),
        };
        Answer::json(json!({"success": true, "data": data}).to_string())
    })
}

fn convocore(source: &Script, lake: &Lake) -> Convolake {
    Convolake::run("convocore", &source.base_url(), lake)
        .set("rate_limit.requests_per_second=1000")
        .set(&format!("streams.export.base_url={}", source.base_url()))
}

fn warns(ended: &Ended, text: &str) -> bool {
    ended.stdout.contains(text)
}

/// The only conversation that is new cannot be exported: what comes after it is pulled all the same, run after run.
#[test]
fn one_id_that_fails_by_itself_does_not_stop_the_runs_after_it() {
    for status in [500, 403] {
        let n = Arc::new(AtomicUsize::new(4));
        let source = with_dead(Arc::clone(&n), &["c004"], status);
        let lake = Lake::new();
        convocore(&source, &lake).ends(0);
        n.store(5, Ordering::SeqCst);
        let ended = convocore(&source, &lake).ends(0);
        assert!(warns(&ended, "c004 was turned down, asked for by itself"), "{ended}");
        n.store(7, Ordering::SeqCst);
        let ended = convocore(&source, &lake).ends(0);
        assert_eq!(lake.rows("conversations").len(), 6, "{ended}");
    }
}

/// A source that fails as a whole is not taken for dead ids.
#[test]
fn a_source_that_gives_nothing_any_more_fails_the_run() {
    let n = Arc::new(AtomicUsize::new(4));
    let source = with_dead(Arc::clone(&n), &["c000", "c001", "c002", "c003", "c004"], 403);
    let lake = Lake::new();
    convocore(&source, &lake).ends(0);
    n.store(5, Ordering::SeqCst);
    convocore(&source, &lake).ends(77);
}

/// Limits in the spellings of their headers: seconds left, epochs of seconds and milliseconds, a time that has passed, JSON.
#[test]
fn a_limit_is_waited_for_however_its_header_is_spelt() {
    let source = Script::start(|before, asked| {
        let limited = |name: &str, value: &str| Answer::status(429, "{}").header(name, value);
        let soon = now() + 5;
        match before {
            0 => limited("X-RateLimit-Reset", &soon.to_string()),
            1 => limited("X-RateLimit-Reset", &(soon * 1000).to_string()),
            2 => limited("RateLimit-Reset", "1"),
            3 => limited("X-RateLimit-Reset", "1764410400"),
            4 => limited("X-RateLimit", r#"{"remaining":0,"until":"2016-01-01T12:00:20Z"}"#),
            _ => {
                let first: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
                page(first, first + 10, (first < 20).then(|| (first + 10).to_string()).as_deref())
            }
        }
    });
    let lake = Lake::new();
    let ended = by_cursor().run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 30, "{ended}");
    assert_eq!(source.asked().len(), 5 + 3);
}

/// A list that its source sorts by nothing: what is new stands on the last of its pages, behind pages that are wholly old.
#[test]
fn a_list_in_no_order_is_walked_to_its_end_and_that_is_told() {
    let n_records = Arc::new(AtomicUsize::new(40));
    let known = Arc::clone(&n_records);
    let source = Script::start(move |_, asked| {
        let n_page: usize = asked.query("page").map_or(1, |page| page.parse().unwrap());
        let record = |n: usize| {
            let days_ago = if n < 40 { 10 + n * 23 % 40 } else { 0 };
            let at = now() - i64::try_from(days_ago).unwrap() * DAY;
            json!({"id": format!("r{n:03}"), "at": at})
        };
        let n_records = known.load(Ordering::SeqCst);
        let data: Vec<Value> = ((n_page - 1) * 10..n_records.min(n_page * 10)).map(record).collect();
        Answer::json(json!({"data": data, "more": n_page * 10 < n_records}).to_string())
    });
    let project = OwnProject::new(
        "{ path: /t, pages: { number: page, more: /more, size: { param: limit, sizes: [10] } }, records: /data, id: /id, \
         listed_at: /at, lookback: 2d, full_walk: 30d, schema: x/t }",
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n",
    )
    .table("u", &[]);
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 40);
    n_records.store(41, Ordering::SeqCst);
    let report = project.run(&source.base_url(), &lake).ends(0).report();
    assert_eq!(lake.rows("u").len(), 41, "{report:#}");
    assert!(report.to_string().contains("not newest first"), "{report:#}");
}
