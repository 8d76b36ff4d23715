//! Answers of a good status that are failures, in the spellings that sources have for them.

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;

const RECORD: &str = r#"{"id":"1","at":"2024-12-01T00:00:00Z"}"#;

fn project(more: &str) -> OwnProject {
    OwnProject::new(
        &format!(
            "{{ path: /t, pages: {{ next_link: /next }}, records: /data, success: /success, id: /id, schema: x/t{more} }}"
        ),
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n",
    )
    .table("u", &[])
}

/// A source that answers so, and nothing else; the run is ended while it is still tried again.
fn run(project: &OwnProject, body: &str) -> (Ended, Lake) {
    let body = body.to_owned();
    let source = Script::start(move |_, _| Answer::json(body.clone()));
    let lake = Lake::new();
    let call = project.run(&source.base_url(), &lake).args(&["--max-duration", "1s"]);
    (call.ends_somehow(), lake)
}

#[test]
fn what_says_that_it_failed_is_no_page() {
    let usual = project("");
    for (body, words) in [
        (r#"{"success": "false", "errorMsg": "x", "data": []}"#, "false stands at /success"),
        (r#"{"success": 0, "code": 500, "data": []}"#, "0 stands at /success"),
        (r#"{"success": null, "data": []}"#, "null stands at /success"),
        (r#"{"success": "true", "data": []}"#, "true stands at /success"),
        (
            r#"{"errors": [{"message": "Your token has insufficient scope"}], "data": null}"#,
            "Your token has insufficient scope",
        ),
        (r#"{"errors": "timed out", "data": []}"#, "timed out"),
        (r#"{"ok": false, "error": "missing_scope", "data": []}"#, "missing_scope"),
        (r#"{"status": "error", "message": "try later", "data": []}"#, "try later"),
        (r#"{"status": "ERROR", "data": null}"#, "stands at /status"),
    ] {
        let (ended, lake) = run(&usual, body);
        assert_eq!(ended.code, Some(75), "it is tried again; {body}: {ended}");
        ended.says(&["attempt failed, trying again"]);
        assert!(ended.stderr.replace(['"', '\\'], "").contains(words), "{words}: {ended}");
        assert!(ended.report()["streams"][0]["watermark"].is_null(), "{body}: {ended}");
        assert!(lake.table_files().is_empty());
    }
    // Beside records success alone counts, and where nothing is wrong nothing is.
    let failed = format!(r#"{{"success": "no", "data": [{RECORD}]}}"#);
    assert_eq!(run(&usual, &failed).0.code, Some(75));
    for body in [
        r#"{"success": true, "errors": [], "error": null, "status": "ok", "data": []}"#,
        r#"{"errors": {}, "ok": true, "data": []}"#,
    ] {
        assert_eq!(run(&usual, body).0.code, Some(0), "{body}");
    }
}

#[test]
fn further_signs_are_named_in_the_pipeline() {
    let words = project(
        ", failed: [{ at: /state, is: [PARTIAL, 7] }, { at: /code, not: [0, ok] }, { at: /meta/warnings/0 }, { at: /x, is: null }]",
    );
    for (tail, code) in [
        (r#""state": "PARTIAL""#, 75),
        (r#""state": 7"#, 75),
        (r#""code": 500"#, 75),
        (r#""code": "E7""#, 75),
        (r#""meta": {"warnings": ["shard 3 is gone"]}"#, 75),
        (r#""x": null"#, 75),
        (r#""state": "WHOLE", "code": 0, "meta": {"warnings": []}, "x": 1"#, 0),
        (r#""code": "ok""#, 0),
        (r#""other": 1"#, 0),
    ] {
        let (ended, _) = run(&words, &format!(r#"{{"data": [{RECORD}], "next": null, {tail}}}"#));
        assert_eq!(ended.code, Some(code), "{tail}: {ended}");
    }
}

/// A part that came is kept, and what is missing of it told with its number.
#[test]
fn errors_beside_records_are_told_with_their_number() {
    let source = Script::start(|_, asked| match asked.query("page") {
        None => Answer::json(format!(
            r#"{{"data": [{RECORD}], "errors": [{{"message": "shard 3 timed out"}}, {{"message": "shard 4 too"}}], "next": "/t?page=2"}}"#
        )),
        Some(_) => Answer::json(
            r#"{"data": [{"id":"2","at":"2024-12-01T00:00:00Z"}], "errors": ["shard 3"], "next": null}"#,
        ),
    });
    let (project, lake) = (project(""), Lake::new());
    let ended = project.run(&source.base_url(), &lake).ends(0);
    let warnings = ended.report()["streams"][0]["warnings"].to_string();
    assert!(warnings.contains("3 errors beside the records of 2 pages"), "{warnings}");
    assert!(warnings.contains("shard 3 timed out") && warnings.contains("`failed`"), "{warnings}");
    assert_eq!(lake.rows("u").len(), 2);
    let check = Convolake::new(&["check", "pipelines/x.yaml"]).folder(project.path());
    check
        .set(&format!("base_url={}", source.base_url()))
        .ends(0)
        .shows(&["2 errors stand beside the records"]);
}

/// A file of pages is held against the same rule.
#[test]
fn success_in_a_file_of_pages() {
    let (project, lake) = (project(""), Lake::new());
    let file = project.write("pages.jsonl", format!("{{\"success\": \"false\", \"data\": [{RECORD}]}}\n"));
    let ended = project.flatten(&[&file], &lake).ends(65);
    assert_eq!(lake.rows("u").len(), 0, "{ended}");
    assert_eq!(lake.quarantined("x").len(), 1, "{ended}");
}
