//! A table that gets a column goes on as it is; any other change is refused, with a way that works for this lake.

use serde_json::{Value, json};

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;

const STREAM: &str = "{ path: /t, pages: {}, records: '', schema: x/t }";
const SCHEMA: &str = "u: { columns: { id: { at: /id }, at: { at: /at } } }\n";
const GROWN: &str = "u: { columns: { id: { at: /id }, at: { at: /at }, priority: { at: /priority } } }\n";

/// The same project with another table and mapping.
fn change(project: OwnProject, columns: &[&str], schema: &str) -> OwnProject {
    project.write("schemas/x/t.yaml", schema);
    project.table("u", columns)
}

fn verify(project: &OwnProject, lake: &Lake) -> Convolake {
    Convolake::new(&["verify", "pipelines/x.yaml"]).folder(project.path()).to(lake).without_keys()
}

#[test]
fn a_new_column_needs_no_rebuild() {
    let source = Script::start(|before, _| {
        let later = r#",{"id":"3","at":"2025-01-15T00:00:00Z","priority":"high"},{"id":"4","at":"2024-12-20T00:00:00Z","priority":"low"}"#;
        let more = if before == 0 { "" } else { later };
        Answer::json(format!(
            r#"[{{"id":"1","at":"2024-11-01T00:00:00Z","priority":"old"}},{{"id":"2","at":"2024-12-20T00:00:00Z"}}{more}]"#
        ))
    });
    let project = OwnProject::new(STREAM, SCHEMA).table("u", &[]);
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    let requests = source.asked().len();
    let before = lake.files_of("u", "x");
    let old = std::fs::read(&before[0]).unwrap();

    let project = change(project, &["priority: { type: string }"], GROWN);
    verify(&project, &lake).ends(0);
    project.run(&source.base_url(), &lake).ends(0);
    // No request more than usual.
    assert_eq!(source.asked().len(), 2 * requests);
    let priority = |id: &str| -> Value {
        let rows = lake.rows("u");
        rows.iter().find(|row| row["id"] == id).unwrap().get("priority").cloned().unwrap_or(Value::Null)
    };
    assert_eq!([priority("3"), priority("4")], [json!("high"), json!("low")]);
    python::reads(
        &lake,
        "u",
        &json!([
            {"id": "1", "priority": "old"},
            {"id": "2", "priority": null},
            {"id": "3", "priority": "high"},
            {"id": "4", "priority": "low"},
        ]),
    );
    assert_ne!(std::fs::read(&before[0]).unwrap(), old);
    verify(&project, &lake).ends(0);
    project.run(&source.base_url(), &lake).ends(0);
    verify(&project, &lake).ends(0);
}

/// What was flattened has no landed page, and grows all the same: files of before stay, byte for byte.
#[test]
fn a_new_column_where_no_page_has_landed() {
    let project = OwnProject::new(STREAM, SCHEMA).table("u", &[]);
    let lake = Lake::new();
    let first = project.write("1.json", r#"[{"id":"1","at":"2024-11-01T00:00:00Z","priority":"x"}]"#);
    let second = project.write("2.json", r#"[{"id":"2","at":"2024-12-01T00:00:00Z","priority":"y"}]"#);
    project.flatten(&[&first], &lake).ends(0);
    let file = lake.files_of("u", "x").remove(0);
    let before = std::fs::read(&file).unwrap();
    let project = change(project, &["priority: { type: string }"], GROWN);
    // Readers that go by the first file do not see it, and whoever loads is told.
    let ended = project.flatten(&[&second], &lake).ends(0);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let expected =
        json!({"columns": ["priority"], "files_with": 1, "files": 2, "remedy": "convolake replay x"});
    assert_eq!(report["tables"]["u"]["new_columns"], expected, "{ended}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    python::reads(&lake, "u", &json!([{"id": "1", "priority": null}, {"id": "2", "priority": "y"}]));
    verify(&project, &lake).ends(0);

    // Another type is another table. There is nothing to replay here, and nobody says so.
    let project = change(project, &["priority: { type: int64 }"], GROWN);
    let refused = project.flatten(&[&second], &lake).ends(2);
    refused.says(&["the table u", "`priority` is int64 and string", "convolake flatten", "new lake"]);
    let project = change(project, &["priority: { type: string, required: true }"], GROWN);
    project.flatten(&[&second], &lake).ends(2).says(&["`priority`"]);
    let project = change(project, &[], SCHEMA);
    project.flatten(&[&second], &lake).ends(2).says(&["only one of them has `priority`"]);
}

/// Where pages have landed, `replay` does what a merge cannot.
#[test]
fn another_type_needs_a_replay() {
    let source =
        Script::start(|_, _| Answer::json(r#"[{"id":"1","at":"2024-11-01T00:00:00Z","priority":7}]"#));
    let project = OwnProject::new(STREAM, GROWN).table("u", &["priority: { type: string }"]);
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u")[0]["priority"], "7");
    let project = change(project, &["priority: { type: int64 }"], GROWN);
    project
        .run(&source.base_url(), &lake)
        .ends(2)
        .says(&["`priority` is int64 and string", "convolake replay"]);
    let replay = Convolake::new(&["replay", "pipelines/x.yaml"]).folder(project.path()).to(&lake);
    replay.json().without_keys().ends(0);
    assert_eq!(lake.rows("u")[0]["priority"], 7);
    project.run(&source.base_url(), &lake).ends(0);
}
