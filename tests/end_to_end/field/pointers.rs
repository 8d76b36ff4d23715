//! Pointers of a pipeline: with array indexes, that hit nothing, and that make no sense.

use serde_json::json;

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;

const AT: &str = "2024-12-01T00:00:00Z";
const MAP: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";

/// 45 tickets, ten a page, with several ways on at once.
fn tickets(_: usize, asked: &Asked) -> Answer {
    let offset: usize = asked.query("cursor").map_or(0, |cursor| cursor.parse().unwrap());
    let records = (offset..45.min(offset + 10))
        .map(|n| json!({ "id": format!("t{n:02}"), "at": AT, "l": ["a", n.to_string()] }));
    let next = (offset + 10 < 45).then(|| (offset + 10).to_string());
    let body = json!({
        "tickets": records.collect::<Vec<_>>(),
        "pagination": { "next_cursor": next },
        "paging": [{ "rel": "next", "cursor": next }],
        "links": [{ "href": next.as_ref().map(|next| format!("/t?cursor={next}")) }],
    });
    Answer::json(body.to_string())
}

fn project(pages: &str, schema: &str) -> OwnProject {
    OwnProject::new(
        &format!("{{ path: /t, pages: {pages}, records: /tickets, id: /id, schema: x/t }}"),
        schema,
    )
    .table("u", &["x: { type: string }"])
}

fn check(project: &OwnProject, base_url: &str) -> Convolake {
    Convolake::new(&["check", "pipelines/x.yaml"])
        .folder(project.path())
        .set(&format!("base_url={base_url}"))
        .json()
}

#[test]
fn an_index_of_an_array_leads_on() {
    let source = Script::start(tickets);
    for pages in [
        "{ cursor: /paging/0/cursor, param: cursor }",
        "{ next_link: /links/0/href }",
        "{ cursor: /pagination/next_cursor, param: cursor }",
    ] {
        let project = project(pages, &format!("{MAP}    x: {{ at: /l/1 }}\n"));
        let lake = Lake::new();
        project.run(&source.base_url(), &lake).ends(0);
        let mut found: Vec<String> =
            lake.rows("u").iter().map(|row| row["x"].as_str().unwrap().to_owned()).collect();
        found.sort_by_key(|x| x.parse::<u32>().unwrap());
        assert_eq!(found, (0..45).map(|n| n.to_string()).collect::<Vec<_>>(), "{pages}");
        check(&project, &source.base_url()).ends(0);
    }
}

#[test]
fn a_pointer_that_hits_nothing_is_a_failure_with_a_hint() {
    let source = Script::start(tickets);
    for (pages, hint) in [
        ("{ cursor: /next_cursor, param: cursor }", "did you mean /pagination/next_cursor?"),
        ("{ cursor: /nextCursor, param: cursor }", "did you mean /pagination/next_cursor?"),
        ("{ cursor: /paging/cursor, param: cursor }", "did you mean /paging/0/cursor?"),
    ] {
        let project = project(pages, MAP);
        let run = project.run(&source.base_url(), &Lake::new()).ends(2);
        assert!(run.report().to_string().contains(hint), "{pages}: {run}");
        let checked = check(&project, &source.base_url()).ends(2);
        assert!(checked.report().to_string().contains(hint), "{pages}");
    }
    // Nothing that is meant is in sight: the only page is told of in a run, and a check takes its ten records for a full page.
    let project = project("{ cursor: /after, param: cursor }", MAP);
    let run = project.run(&source.base_url(), &Lake::new()).ends(0);
    assert!(run.report()["streams"][0]["warnings"].to_string().contains("/after"));
    let checked = check(&project, &source.base_url()).ends(1);
    assert!(checked.report().to_string().contains("10 records on a page, and none after it"));
}

#[test]
fn pointers_that_make_no_sense_are_refused_with_their_line() {
    let stream = |pages: &str, more: &str| {
        format!("{{ path: /t, pages: {pages}, records: /tickets, id: /id, {more} schema: x/t }}")
    };
    let fine = "{ cursor: /next, param: cursor }";
    for (stream, word) in [
        (
            stream("{ cursor: '/paging/*/cursor', param: cursor }", ""),
            "`cursor` names one value of an answer",
        ),
        (stream("{ cursor: '', param: cursor }", ""), "`cursor` names one value of an answer"),
        (stream("{ next_link: '/links/*/href' }", ""), "`next_link` names one value of an answer"),
        (stream("{ cursor: /next, param: cursor, more: '/m/*' }", ""), "`more` names one value of an answer"),
        (stream("{ cursor: next, param: cursor }", ""), "bad JSON Pointer `next`: it begins with `/`"),
        (stream("{ cursor: /a~b, param: cursor }", ""), "bad JSON Pointer `/a~b`"),
        (stream(fine, "success: '/s/*',"), "`success` names one value of an answer"),
        (stream(fine, "listed_at: '/s/*',"), "`listed_at` names one field of a record"),
    ] {
        let project = OwnProject::new(&stream, MAP).table("u", &[]);
        let ended = project.run("http://127.0.0.1:9", &Lake::new()).ends(2);
        ended.says(&[word, "pipelines/x.yaml:6"]);
    }
    for (column, word) in [
        ("x: { count: '/a/*' }", "`count: /a/*` names one array or object"),
        ("x: { at: a }", "bad JSON Pointer `a`"),
        ("x: { at: '/a/*' }", "a place with `*` and `join` belong together"),
        ("x: { from: page, at: '/a/*/b' }", "`*` in `/a/*/b` is none of the elements"),
        ("x: { key: /a }", "do not stand in an object `/a`"),
    ] {
        let project = project(fine, &format!("{MAP}    {column}\n"));
        project.run("http://127.0.0.1:9", &Lake::new()).ends(2).says(&[word, "t.yaml:5"]);
    }
}

/// A column whose pointer hits nothing in any record.
#[test]
fn a_column_that_finds_nothing_is_told_of() {
    let source = Script::start(tickets);
    let project = project(
        "{ cursor: /pagination/next_cursor, param: cursor }",
        &format!("{MAP}    x: {{ at: /sent_at }}\n"),
    );
    let ended = project.run(&source.base_url(), &Lake::new()).ends(0);
    let report = ended.report();
    let silent = &report["silent_places"][0];
    assert_eq!(silent["field"], "u.x");
    assert_eq!(silent["first"], "null in 45 of 45: nothing stands at /sent_at");
}
