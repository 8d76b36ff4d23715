//! How sources say that no more pages follow.

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;

fn project(pages: &str) -> OwnProject {
    OwnProject::new(
        &format!("{{ path: /t, pages: {{ {pages} }}, records: /data, id: /id, schema: x/t }}"),
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n",
    )
    .table("u", &[])
}

/// A page of two records of its own, and what else stands in it.
fn page(number: usize, tail: &str) -> Answer {
    let record = |n: usize| format!(r#"{{"id":"{number}-{n}","at":"2024-12-01T00:00:00Z"}}"#);
    Answer::json(format!(r#"{{"data": [{}, {}]{tail}}}"#, record(1), record(2)))
}

fn number(asked: &Asked) -> usize {
    asked.query("page").map_or(1, |number| number.parse().unwrap())
}

fn run(
    pages: &str,
    answer: impl Fn(usize, &Asked) -> Answer + Send + Sync + 'static,
) -> (Ended, usize, usize) {
    let source = Script::start(move |_, asked| answer(number(asked), asked));
    let lake = Lake::new();
    let ended = project(pages).run(&source.base_url(), &lake).args(&["--max-requests", "12"]).ends_somehow();
    (ended, lake.rows("u").len(), source.asked().len())
}

fn warnings(ended: &Ended) -> String {
    ended.report()["streams"][0]["warnings"].to_string()
}

/// The link is never null: a flag says which page is the last.
#[test]
fn a_flag_that_is_true_at_the_end() {
    let answer = |n: usize, _: &Asked| {
        let is_end = n == 3;
        page(n, &format!(r#", "end_of_stream": {is_end}, "next_page": "/t?page={}""#, n + 1))
    };
    let (ended, rows, requests) = run("next_link: /next_page, more: /end_of_stream, more_is: false", answer);
    assert_eq!((ended.code, rows, requests), (Some(0), 6, 3), "{ended}");
    assert_eq!(warnings(&ended), "[]");
}

/// The cursor on the last page is for the next poll.
#[test]
fn no_more_wins_over_a_cursor_that_is_there() {
    for flag in ["false", "\"false\"", "0"] {
        let answer = move |n: usize, _: &Asked| {
            let more = if n == 2 { flag } else { "true" };
            page(n, &format!(r#", "has_more": {more}, "cursor": "{}""#, n + 1))
        };
        let (ended, rows, requests) = run("cursor: /cursor, param: page, more: /has_more", answer);
        assert_eq!((ended.code, rows, requests), (Some(0), 4, 2), "{flag}: {ended}");
    }
}

#[test]
fn the_number_of_pages_is_the_end() {
    for first in [0, 1] {
        let answer = move |n: usize, _: &Asked| page(n, r#", "meta": {"total_pages": "3"}"#);
        let (ended, rows, requests) =
            run(&format!("number: page, first: {first}, last: /meta/total_pages"), answer);
        assert_eq!((ended.code, rows, requests), (Some(0), 6, 3), "from {first}: {ended}");
    }
    // An empty page among them leads on, and one that is turned down is no end.
    let answer = |n: usize, _: &Asked| match n {
        2 => Answer::json(r#"{"data": [], "pages": 4}"#),
        _ => page(n, r#", "pages": 4"#),
    };
    let (ended, rows, _) = run("number: page, last: /pages", answer);
    assert_eq!((ended.code, rows), (Some(0), 6), "{ended}");
    for status in [404, 416, 422] {
        let answer = move |n: usize, _: &Asked| match n {
            3 => Answer::status(status, r#"{"code": "offset_exceeded"}"#),
            _ => page(n, r#", "pages": 9"#),
        };
        let (ended, rows, _) = run(&format!("number: page, last: /pages, ends: [{status}]"), answer);
        assert_eq!((ended.code, rows), (Some(1), 4), "the depth ends there, and not the data; {ended}");
    }
}

#[test]
fn statuses_behind_the_last_page() {
    let answer = |status: u16| {
        move |n: usize, _: &Asked| match n {
            3 => Answer::status(status, r#"{"detail": "Invalid page."}"#),
            _ => page(n, ""),
        }
    };
    for status in [400, 404, 422] {
        let (ended, rows, _) = run("number: page", answer(status));
        assert_eq!((ended.code, rows), (Some(0), 4), "{ended}");
        assert!(warnings(&ended).contains(&format!("answered with {status}")), "{ended}");
        let (ended, rows, _) = run(&format!("number: page, ends: [{status}]"), answer(status));
        assert_eq!((ended.code, rows), (Some(0), 4), "{ended}");
        assert_eq!(warnings(&ended), "[]");
    }
    // Others are an end where the pipeline says so.
    for status in [410, 416] {
        assert_eq!(run("number: page", answer(status)).0.code, Some(1));
        let (ended, rows, _) = run(&format!("number: page, ends: [{status}]"), answer(status));
        assert_eq!((ended.code, rows), (Some(0), 4), "{ended}");
        assert_eq!(warnings(&ended), "[]");
    }
    // The first page is none of them: the path is wrong.
    let (ended, _, _) = run("number: page, ends: [404]", |_, _| Answer::status(404, "{}"));
    assert_eq!(ended.code, Some(1), "{ended}");
    // Behind a cursor, too.
    let answer = |n: usize, _: &Asked| match n {
        3 => Answer::status(404, "{}"),
        _ => page(n, &format!(r#", "next": "{}""#, n + 1)),
    };
    let (ended, rows, requests) = run("cursor: /next, param: page, ends: [404]", answer);
    assert_eq!((ended.code, rows, requests), (Some(0), 4, 3), "{ended}");
}

#[test]
fn null_records_and_a_way_on_that_is_left_out() {
    let answer = |n: usize, _: &Asked| match n {
        3 => Answer::json(r#"{"data": null}"#),
        _ => page(n, ""),
    };
    let (ended, rows, _) = run("number: page", answer);
    assert_eq!((ended.code, rows), (Some(0), 4), "{ended}");
    assert!(warnings(&ended).contains("null where the records should be"), "{ended}");
    let (ended, rows, _) = run("number: page, ends: [null_records]", answer);
    assert_eq!((ended.code, rows, warnings(&ended).as_str()), (Some(0), 4, "[]"), "{ended}");
    let lone = |_: usize, _: &Asked| page(1, "");
    let (ended, _, _) = run("cursor: /next, param: page", lone);
    assert!(warnings(&ended).contains("nothing stands at /next"), "{ended}");
    let (ended, rows, _) = run("cursor: /next, param: page, ends: [no_next]", lone);
    assert_eq!((ended.code, rows, warnings(&ended).as_str()), (Some(0), 2, "[]"), "{ended}");
}

/// A link that leads to itself once nothing is new: the pipeline says that this is how the source ends.
#[test]
fn a_link_that_leads_to_itself() {
    let answer = |n: usize, _: &Asked| page(n, &format!(r#", "next": "/t?page={}""#, (n + 1).min(3)));
    assert_eq!(run("next_link: /next", answer).0.code, Some(1));
    let (ended, rows, requests) = run("next_link: /next, ends: [repeat]", answer);
    assert_eq!((ended.code, rows, requests), (Some(0), 6, 3), "{ended}");
}

/// A first page as full as it can be, and no way to a second one: told by a run, an error of `check`.
#[test]
fn a_full_first_page_without_a_way_on() {
    for stream in [
        "{ path: /t, pages: { size: { param: limit, sizes: [2] } }, records: /data, id: /id, schema: x/t }",
        "{ path: /t, query: { limit: 2 }, pages: {}, records: /data, id: /id, schema: x/t }",
    ] {
        let source = Script::start(|_, _| page(1, ""));
        let schema = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";
        let (project, lake) = (OwnProject::new(stream, schema).table("u", &[]), Lake::new());
        let ended = project.run(&source.base_url(), &lake).ends(0);
        assert!(warnings(&ended).contains("its last page is full"), "{ended}");
        let check = Convolake::new(&["check", "pipelines/x.yaml"]).folder(project.path());
        let ended = check.set(&format!("base_url={}", source.base_url())).ends(2);
        ended.shows(&["the first page is full, and the pipeline names no way to a second one"]);
    }
}
