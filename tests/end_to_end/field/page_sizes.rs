//! Pages that are too much: for the source, which turns them down in many ways, or for us.

use serde_json::{Value, json};

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::lake::Lake;

const N: usize = 300;

fn project(size: u32) -> OwnProject {
    OwnProject::new(
        &format!(
            "{{ path: /t, pages: {{ cursor: /next, param: cursor, size: {{ param: limit, sizes: [{size}] }} }}, records: /data, \
             id: /id, schema: x/t }}"
        ),
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n",
    )
    .table("u", &[])
}

fn limit(asked: &Asked) -> usize {
    asked.query("limit").unwrap().parse().unwrap()
}

/// Records by cursor, as many as are asked for; `refused` has a word first.
fn source(bytes: usize, refused: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Script {
    Script::start(move |_, asked| {
        if let Some(answer) = refused(asked) {
            return answer;
        }
        let first: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let until = (first + limit(asked)).min(N);
        let record = |number: usize| json!({"id": format!("r{number:03}"), "at": "2024-12-01T00:00:00Z", "text": "m".repeat(bytes)});
        let data: Vec<Value> = (first..until).map(record).collect();
        Answer::json(json!({"data": data, "next": (until < N).then(|| until.to_string())}).to_string())
    })
}

#[test]
fn a_size_that_is_turned_down_in_words_is_halved_until_it_is_taken() {
    for (status, words, most) in
        [(422, "limit must be between 1 and 100", 100), (400, "page size is too large", 999), (413, "no", 20)]
    {
        let source = source(1, move |asked| {
            (limit(asked) > most).then(|| Answer::status(status, json!({"message": words}).to_string()))
        });
        let lake = Lake::new();
        project(1000).run(&source.base_url(), &lake).ends(0);
        assert_eq!(lake.rows("u").len(), N, "{status}");
        let project = project(1000);
        source.forget();
        project.run(&source.base_url(), &lake).ends(0);
        assert!(source.asked().iter().all(|asked| limit(asked) <= most), "{status}: the next run knows");
    }
}

/// The gateway's patience ends before the source has gathered a page: 502, however often.
#[test]
fn a_page_that_times_out_each_time_is_asked_for_with_fewer_records() {
    let source = source(1, |asked| (limit(asked) > 25).then(|| Answer::status(502, "bad gateway")));
    let (project, lake) = (project(100), Lake::new());
    project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u").len(), N);
    let n = source.asked().iter().filter(|asked| limit(asked) > 25).count();
    assert!(n <= 8, "{n} requests in vain");
    source.forget();
    project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(source.asked().len(), N / 25, "the next run knows");
}

#[test]
fn a_page_larger_than_allowed_is_asked_for_with_fewer_records_and_the_limit_can_be_set() {
    let source = source(10_000, |_| None);
    let (project, lake) = (project(100), Lake::new());
    project.run(&source.base_url(), &lake).set("max_page_bytes=70000").ends(0);
    assert_eq!(lake.rows("u").len(), N);
    // One record that is larger than any page may be.
    let source = self::source(80_000, |_| None);
    let lake = Lake::new();
    let ended = project.run(&source.base_url(), &lake).set("max_page_bytes=70000").ends(1);
    assert!(ended.stderr.contains("larger than the 70000 bytes allowed"), "{ended}");
    assert!(ended.stderr.contains("--set max_page_bytes=N"), "{ended}");
    project.run(&source.base_url(), &lake).set("max_page_bytes=100000").ends(0);
    assert_eq!(lake.rows("u").len(), N);
}

#[test]
fn a_limit_that_the_memory_has_no_room_for_is_refused() {
    let (source, lake) = (source(1, |_| None), Lake::new());
    let ended = project(100).run(&source.base_url(), &lake).set("max_page_bytes=200000000").ends(2);
    assert!(ended.stderr.contains("it takes --memory 672MB"), "{ended}");
    project(100)
        .run(&source.base_url(), &lake)
        .set("max_page_bytes=200000000")
        .args(&["--memory", "700MB"])
        .ends(0);
    let ended = project(100).run(&source.base_url(), &lake).set("max_page_bytes=7").ends(2);
    assert!(ended.stderr.contains("at least 65536 bytes"), "{ended}");
    assert_eq!(source.asked().len(), 3);
}
