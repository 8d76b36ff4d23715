//! Sources that say how many records there are, and give fewer.

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::lake::Lake;

/// 2025-01-01.
const FIRST: i64 = 1_735_689_600;
const STEP: i64 = 600;
const MESSAGES: i64 = 1000;
const A_PAGE: usize = 50;
/// No more of a search are given.
const REACHABLE: usize = 300;

/// A search for messages of a stretch of time, of which the first 300 can be reached, by a cursor; it says that there are `beside`
/// more than there are.
fn search(beside: usize) -> Script {
    Script::start(move |_, asked| {
        let bound = |name| asked.query(name).map_or(i64::MIN, |at| at.parse().unwrap());
        let (from, to) = (bound("from"), asked.query("to").map_or(i64::MAX, |at| at.parse().unwrap()));
        let all = (0..MESSAGES).map(|n| FIRST + n * STEP).filter(|at| from <= *at && *at < to);
        let all: Vec<i64> = all.collect();
        let after: usize = asked.query("after").map_or(0, |after| after.parse().unwrap());
        let page: Vec<String> =
            all.iter().skip(after).take(A_PAGE).map(|at| format!(r#"{{"id":"{at}","t":{at}}}"#)).collect();
        let next = after + A_PAGE;
        let next = if next < all.len().min(REACHABLE) { format!("\"{next}\"") } else { "null".to_owned() };
        Answer::json(format!(
            r#"{{"total":{},"results":[{}],"next":{next}}}"#,
            all.len() + beside,
            page.join(",")
        ))
    })
}

fn project(slices: &str, total: &str) -> OwnProject {
    OwnProject::with_pipeline(
        &format!(
            "name: x\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\n\
             rate_limit: {{ requests_per_second: 500 }}\nbegin: 2025-01-01\nstreams:\n  t:\n    path: /search\n{slices}    \
             pages: {{ cursor: /next, param: after{total} }}\n    records: /results\n    id: /id\n    schema: x/t\n"
        ),
        "m:\n  columns:\n    id: { at: /id }\n    at: { at: /t, unit: seconds }\n",
    )
    .table("m", &[])
}

fn windows(length: &str) -> String {
    format!(
        "    slices: {{ window: {length}, from: from, until: to, format: unix_seconds, at: /t, lookback: 2d }}\n"
    )
}

/// `estuary/connectors#1906`, `airbytehq/airbyte#10700`: a search gives its first 10,000 results, and says how many there are.
#[test]
fn a_window_that_holds_more_than_the_source_gives_is_cut_until_it_gives_all() {
    for (total, is_whole) in [("", false), (", total: /total", true)] {
        let (source, lake, project) = (search(0), Lake::new(), project(&windows("1d"), total));
        for until in ["2025-02-20", "2025-02-21"] {
            let ended = project.run(&source.base_url(), &lake).args(&["--until", until]).ends(0);
            let beside = ended.report()["envelope_fields"].to_string();
            assert_eq!(
                beside.contains("/total"),
                !is_whole,
                "what the pipeline reads is nothing unknown: {beside}"
            );
        }
        assert_eq!(lake.rows("m").len() == MESSAGES as usize, is_whole, "{total}: {}", lake.rows("m").len());
    }
}

#[test]
fn what_no_shorter_window_brings_fails_and_holds_the_watermark() {
    // A window of the length that is named holds more than can be reached; or the source counts what it never gives.
    for (length, beside) in [("7d", 0), ("1d", 3)] {
        let (source, lake, project) =
            (search(beside), Lake::new(), project(&windows(length), ", total: /total"));
        let mut requests = Vec::new();
        for _ in 0..2 {
            source.forget();
            let ended = project.run(&source.base_url(), &lake).args(&["--until", "2025-02-20"]).ends(1);
            let stream = &ended.report()["streams"][0];
            assert_eq!(stream["watermark"], serde_json::Value::Null, "{ended}");
            let error = stream["error"].as_str().unwrap();
            assert!(
                error.contains("and the source says that there are") && error.contains("pages.total"),
                "{error}"
            );
            requests.push(source.asked().len());
        }
        assert!(requests.iter().all(|n| *n < 100), "{requests:?}");
    }
}

#[test]
fn a_list_that_ends_before_its_total_is_not_complete() {
    let (source, lake, project) = (search(0), Lake::new(), project("", ", total: /total"));
    let ended = project.run(&source.base_url(), &lake).ends(1);
    let stream = &ended.report()["streams"][0];
    let error = stream["error"].as_str().unwrap();
    assert!(
        error.contains("end after 300 records (page 6), and the source says that there are 1000"),
        "{error}"
    );
    assert_eq!(stream["watermark"], serde_json::Value::Null, "{ended}");
    assert_eq!(lake.rows("m").len(), REACHABLE, "what came stands");
}

/// A pointer that hits nothing would promise what nobody looks after.
#[test]
fn a_total_that_is_nowhere_is_the_pipelines_mistake() {
    let (source, lake, project) = (search(0), Lake::new(), project("", ", total: /totl"));
    let ended = project.run(&source.base_url(), &lake).ends(2);
    ended.says(&["nothing stands at /totl (pages.total)"]);
}
