//! Landed pages that are dated after all that could be fetched by now.

use serde_json::Value;

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;

const STREAM: &str = "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, schema: x/t }";
const SCHEMA: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n    x: { at: /x }\n";
/// 2027-06-01, in Unix seconds: after the clock of every other call.
const AHEAD: i64 = 1_811_808_000;
/// 2026-01-01.
const NOW: i64 = 1_767_225_600;

fn project() -> OwnProject {
    OwnProject::new(STREAM, SCHEMA).table("u", &["x: { type: string }"])
}

/// A source whose one record has the number of the answer.
fn counting() -> Script {
    Script::start(|nth, _| {
        Answer::json(format!(
            r#"{{"data":[{{"id":"1","at":"2024-12-01T00:00:00Z","x":"{nth}"}}],"next":null}}"#
        ))
    })
}

fn value(lake: &Lake) -> Value {
    lake.rows("u")[0]["x"].clone()
}

/// gsd-task-manager#446: one line from a machine whose clock was ahead won over all that came later, without a word.
#[test]
fn a_landed_page_of_a_later_date_is_not_flattened() {
    let (project, source) = (project(), counting());
    let (ahead, lake) = (Lake::new(), Lake::new());
    project.run(&source.base_url(), &ahead).at(AHEAD).ends(0);
    project.run(&source.base_url(), &lake).at(NOW).ends(0);
    let landed = ahead.raw_files("x", "t");
    let files: Vec<_> = landed.iter().map(AsRef::as_ref).collect();
    let told = landed[0].display().to_string();
    project.flatten(&files, &lake).at(NOW).ends(2).says(&[
        &told,
        ":1:",
        "2027-06-01",
        "2026-01-01",
        "jq -r .body",
    ]);
    assert_eq!(value(&lake), "1");
    project.run(&source.base_url(), &lake).at(NOW + 60).ends(0);
    assert_eq!(value(&lake), "2");
    // Whose clock has come there takes it.
    project.flatten(&files, &lake).at(AHEAD + 60).ends(0);
    assert_eq!(value(&lake), "0");
}

/// The raw zone alone, of a run whose clock was ahead: what a replay makes of it is older than what is pulled next.
#[test]
fn what_comes_after_a_replay_is_newer_than_its_pages() {
    let (project, source, lake) = (project(), counting(), Lake::new());
    project.run(&source.base_url(), &lake).at(AHEAD).ends(0);
    lake.keep_raw_only();
    let replay =
        Convolake::new(&["replay", "pipelines/x.yaml"]).folder(project.path()).to(&lake).without_keys();
    replay.at(NOW).ends(0).says(&["is dated 2027-06-01", "what comes until then is dated after it"]);
    // The first one takes up what has landed.
    for minute in 1..=2 {
        project.run(&source.base_url(), &lake).at(NOW + 60 * minute).ends(0);
    }
    assert_eq!((source.asked().len(), value(&lake)), (2, "1".into()));
}
