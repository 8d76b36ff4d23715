//! Which stretch of time is asked for: nothing between two runs is left out, and no bound says half of what was meant.

use jiff::Timestamp;
use serde_json::Value;

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;

const SCHEMA: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";

fn project(begin: &str) -> OwnProject {
    let pipeline = format!(
        "name: x\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\n\
         rate_limit: {{ requests_per_second: 500 }}\nbegin: {begin}\nstreams:\n  t:\n    path: /t\n    \
         slices: {{ window: 1d, from: from, until: until, format: unix_seconds, at: /at, lookback: 1h }}\n    \
         pages: {{ cursor: /next, param: cursor }}\n    records: /data\n    id: /id\n    schema: x/t\n"
    );
    OwnProject::with_pipeline(&pipeline, SCHEMA).table("u", &[])
}

/// Records at these Unix seconds, each in the windows that hold it.
fn source(at: impl Fn() -> Vec<i64> + Send + Sync + 'static) -> Script {
    Script::start(move |_, asked| {
        let (from, until) = window(asked);
        assert!(from < until, "{}", asked.target);
        let records = at().into_iter().filter(|at| (from..until).contains(at));
        let records: Vec<String> = records.map(|at| format!(r#"{{"id":"{at}","at":{at}}}"#)).collect();
        Answer::json(format!(r#"{{"data":[{}],"next":null}}"#, records.join(",")))
    })
}

fn window(asked: &Asked) -> (i64, i64) {
    let bound = |name| asked.query(name).unwrap().parse().unwrap();
    (bound("from"), bound("until"))
}

fn seconds(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

fn watermark(report: &Value) -> i64 {
    seconds(report["streams"][0]["watermark"].as_str().unwrap())
}

/// singer-io/tap-google-search-console 44: windows without rows move nothing further than the windows that were asked for.
#[test]
fn windows_touch_from_the_beginning_to_the_watermark() {
    let days = [1, 2, 9, 10, 40, 41];
    let source = source(move || days.map(|day| seconds("2024-12-01T12:00:00Z") + day * 86_400).to_vec());
    let (project, lake) = (project("2024-12-01"), Lake::new());
    let mut last = 0;
    for until in ["2024-12-03T06:00:00", "2024-12-20", "2025-01-03T00:00:00.7", "2025-01-15", ""] {
        let run = project.run(&source.base_url(), &lake);
        let run = if until.is_empty() { run } else { run.args(&["--until", until]) };
        last = watermark(&run.ends(0).report());
    }
    let mut asked: Vec<(i64, i64)> = source.asked().iter().map(window).collect();
    asked.sort_unstable();
    let mut covered = seconds("2024-12-01T00:00:00Z");
    for (from, until) in asked {
        assert!(from <= covered, "nothing was asked for between {covered} and {from}");
        covered = covered.max(until);
    }
    assert!(covered >= last, "the watermark {last} lies behind what was asked for, {covered}");
    assert_eq!(lake.rows("u").len(), days.len());
}

/// airbytehq/airbyte 82722: an end that lies ahead is cut to now, so what comes until then is still asked for.
#[test]
fn an_end_in_the_future_is_cut_to_now() {
    let start = now_s();
    let source = source(move || {
        let now = now_s();
        [start - 7200, start - 100, start + 1].into_iter().filter(|at| *at <= now).collect()
    });
    let (project, lake) = (project("2026-01-01"), Lake::new());
    let ended = project.run(&source.base_url(), &lake).args(&["--until", "2099-01-01"]).ends(0);
    let now = now_s();
    assert!(watermark(&ended.report()) <= now, "{ended}");
    assert!(source.asked().iter().all(|asked| window(asked).1 <= now), "{ended}");
    std::thread::sleep(std::time::Duration::from_secs(3));
    project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 3);
}

/// PostHog/posthog 84015: a later beginning takes nothing away of what the lake has.
#[test]
fn a_later_beginning_keeps_what_is_there() {
    let source = source(|| vec![seconds("2024-06-01T00:00:00Z"), seconds("2025-06-01T00:00:00Z")]);
    let (project, lake) = (project("2024-01-01"), Lake::new());
    project.run(&source.base_url(), &lake).ends(0);
    project.run(&source.base_url(), &lake).set("begin=2026-01-01").ends(0);
    Convolake::new(&["replay", "pipelines/x.yaml", "--set", "begin=2026-01-01"])
        .folder(project.path())
        .to(&lake)
        .without_keys()
        .ends(0);
    assert_eq!(lake.rows("u").len(), 2);
}

/// airbytehq/airbyte 17320 and 82722, BerriAI/litellm 37380: no request is made, and nothing is noted.
#[test]
fn bounds_without_sense_are_refused_before_any_request() {
    let source = source(Vec::new);
    for (begin, options) in [
        ("2099-01-01", &[][..]),
        ("2024-01-01", &["--from", "2026-11-02", "--until", "2026-11-01"]),
        ("2024-01-01", &["--from", "2026-11-01", "--until", "2026-11-01"]),
        ("2024-01-01", &["--from", "2026-11-01T00:00:00Z", "--until", "2026-11-01T02:00:00+02:00"]),
        ("2024-01-01", &["--until", "2023-12-31"]),
        ("2024-01-01", &["--from", "2099-01-01"]),
        ("2024-01-01", &["--from", "20991231"]),
    ] {
        let lake = Lake::new();
        project(begin).run(&source.base_url(), &lake).args(options).ends(2);
        assert_eq!(source.asked().len(), 0, "{begin}, {options:?}");
        assert!(!lake.path().join("_convolake").exists(), "{begin}, {options:?}");
    }
    // Within one second, which is the unit: that second.
    let lake = Lake::new();
    let options = ["--from", "2026-11-01T10:00:00.2Z", "--until", "2026-11-01T10:00:00.8Z"];
    project("2024-01-01").run(&source.base_url(), &lake).args(&options).ends(0);
    let second = seconds("2026-11-01T10:00:00Z");
    assert_eq!(source.asked().iter().map(window).collect::<Vec<_>>(), [(second, second + 1)]);
}

/// airbytehq/airbyte 25665, fivetran/community_connectors 28: an offset counts, no zone means UTC, what is left over refuses.
#[test]
fn a_bound_is_understood_as_a_whole_or_refused() {
    for (zone, from, expected) in [
        ("America/New_York", "2026-11-27T10:00:00", "2026-11-27T10:00:00Z"),
        ("Asia/Kolkata", "2026-11-27 10:00", "2026-11-27T10:00:00Z"),
        ("Asia/Kolkata", "2026-11-27", "2026-11-27T00:00:00Z"),
        ("UTC", "2026-11-27T10:00:00+05:30", "2026-11-27T04:30:00Z"),
        ("UTC", "2026-11-27T10:00:00-01:00", "2026-11-27T11:00:00Z"),
        ("UTC", "20261127", "2026-11-27T00:00:00Z"),
    ] {
        let (source, lake) = (source(Vec::new), Lake::new());
        project("2024-01-01").run(&source.base_url(), &lake).env("TZ", zone).args(&["--from", from]).ends(0);
        let first = source.asked().iter().map(|asked| window(asked).0).min();
        assert_eq!(first, Some(seconds(expected)), "{zone}, {from}");
    }
    let source = source(Vec::new);
    for from in [
        "2026-11-27 10:00 IST",
        "2026-11-27T10:00:00 +05:30",
        "2026-11-27Z",
        "2026-11",
        "2026",
        "1764237600000",
        "1764237600.5",
        "1e9",
        "yesterday",
        "27.11.2026",
        "2026-02-30",
        "2026-11-27T25:00:00",
        "",
    ] {
        let lake = Lake::new();
        project("2024-01-01").run(&source.base_url(), &lake).args(&[&format!("--from={from}")]).ends(2);
        assert_eq!(source.asked().len(), 0, "{from}");
    }
}

/// Seconds since 1970-01-01 UTC.
fn now_s() -> i64 {
    i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}
