//! Records that cannot be rows are kept letter for letter, told of, and rows once their schema is mended.

use std::fs::File;

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::lake::Lake;

const SCHEMA: &str = "u: { columns: { id: { at: /id }, at: { at: /at } } }\n";

fn project() -> OwnProject {
    OwnProject::new("{ path: /t, pages: {}, records: '', schema: x/t }", SCHEMA).table("u", &[])
}

/// The text of all quarantine files.
fn quarantine(lake: &Lake) -> String {
    let files = lake.quarantine_files("x").into_iter();
    let text = |path| String::from_utf8(zstd::decode_all(File::open(path).unwrap()).unwrap()).unwrap();
    files.map(text).collect()
}

#[test]
fn a_record_is_kept_letter_for_letter() {
    let records = [
        r#"{"big":123456789012345678901234567890,"f":1.10}"#,
        r#"{"n": 9223372036854775808 , "n":1.10,"a":"\u00e9\/","a":"é"}"#,
        r#"{"id":null,"text":"for you","text":"","e":1E+2}"#,
    ];
    let project = project();
    let lake = Lake::new();
    let file = project.write("a.json", format!("[{}, {{\"id\":\"good\"}}]", records.join(",")));
    project.flatten(&[&file], &lake).ends(65);
    let lines = quarantine(&lake);
    for record in records {
        assert!(lines.contains(&format!("\"record\":{record}")), "{record} is not in {lines}");
    }
    assert_eq!(lake.rows("u").len(), 1);
    // Every line is JSON.
    assert_eq!(lake.quarantined("x").len(), records.len());
}

/// Line breaks between the parts of a record would break the lines; what common readers refuse is a text with the same letters.
#[test]
fn a_line_is_json_whatever_the_record() {
    let project = project();
    let lake = Lake::new();
    let page = "[{\n  \"n\": 1.10,\r\n  \"t\": \"x\"\n}, {\"cut\":\"\\ud83d\",\"n\":1.10}, {\"x\":NaN,\"n\":1.10}, {\"w\":1e400}, 7.0]";
    let file = project.write("a.json", page);
    project.flatten(&[&file], &lake).ends(65);
    let lines = lake.quarantined("x");
    assert_eq!(lines.len(), 5);
    let text = quarantine(&lake);
    assert!(text.contains("{   \"n\": 1.10,    \"t\": \"x\" }"), "{text}");
    assert_eq!(lines[1]["record"], r#"{"cut":"\ud83d","n":1.10}"#);
    assert_eq!(lines[2]["record"], r#"{"x":NaN,"n":1.10}"#);
    assert_eq!(lines[3]["record"], r#"{"w":1e400}"#);
    assert!(text.contains("\"record\":7.0,"), "{text}");
}

/// What is in quarantine already is not counted again, which is said.
#[test]
fn the_same_bad_file_again_is_told_of() {
    let project = project();
    let lake = Lake::new();
    let file = project.write("a.json", r#"[{"a":1.10},{"a":2}]"#);
    project.flatten(&[&file], &lake).ends(65);
    let again = project.flatten(&[&file], &lake).ends(0);
    again.shows(&["2 of 2 records gave no row again: they are in quarantine since an earlier run"]);
    let stream = &again.report()["streams"][0];
    assert_eq!((&stream["quarantined"], &stream["quarantined_earlier"]), (&0.into(), &2.into()));
    // One that differs in a digit no double has is another record.
    let other = project.write("b.json", r#"[{"a":1.1}]"#);
    project.flatten(&[&other], &lake).ends(65);
    assert_eq!(lake.quarantined("x").len(), 3);
}

#[test]
fn a_mended_schema_turns_them_into_rows() {
    let source = Script::start(|_, _| {
        Answer::json(r#"[{"key":1,"at":"2024-12-01T00:00:00Z"},{"key":"2"},{"key":true}]"#)
    });
    let project = project();
    let lake = Lake::new();
    let ended = project.run(&source.base_url(), &lake).ends(65);
    assert_eq!(ended.report()["streams"][0]["quarantined"], 3);
    let replay = || {
        crate::convolake::Convolake::new(&["replay", "pipelines/x.yaml"])
            .folder(project.path())
            .to(&lake)
            .json()
            .without_keys()
    };
    let unmended = replay().ends(0);
    assert_eq!(unmended.report()["streams"][0]["quarantined_earlier"], 3);
    project.write("schemas/x/t.yaml", "u: { columns: { id: { at: /key }, at: { at: /at } } }\n");
    let mended = replay().ends(0).report();
    assert_eq!(mended["streams"][0]["quarantined_earlier"], 0);
    assert_eq!(mended["tables"]["u"]["rows_added"], 3);
    let mut ids: Vec<String> = lake.rows("u").iter().map(|row| row["id"].to_string()).collect();
    ids.sort();
    assert_eq!(ids, ["\"1\"", "\"2\"", "\"true\""]);
}
