//! Shapes of pages and of records: objects in place of arrays, what stands beside the records, texts in pieces.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::Ended;
use crate::lake::Lake;

const AT: &str = "2024-12-01T00:00:00Z";
const MAP: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";

/// A project of files whose records stand at `records`.
fn project(records: &str, schema: &str, columns: &[&str]) -> OwnProject {
    OwnProject::new(&format!("{{ path: /t, pages: {{}}, records: \"{records}\", schema: x/t }}"), schema)
        .table("u", columns)
}

/// Flattens one file into a lake of its own.
fn flattened(project: &OwnProject, name: &str, body: &str, code: i32) -> (Lake, Ended) {
    let lake = Lake::new();
    let file: PathBuf = project.write(name, body);
    let ended = project.flatten(&[&file], &lake).ends(code);
    (lake, ended)
}

/// A column of a table's rows, by id.
fn column(lake: &Lake, table: &str, name: &str) -> Vec<Value> {
    let mut rows = lake.rows(table);
    rows.sort_by_key(|row| row["id"].to_string());
    rows.into_iter().map(|row| row[name].clone()).collect()
}

#[test]
fn records_in_every_shape_are_rows() {
    let record = |id: &str| format!(r#"{{"id":"{id}","at":"{AT}"}}"#);
    let (one, two) = (record("1"), record("2"));
    for (records, name, body, expected) in [
        ("", "a.json", one.clone(), 1),
        ("", "a.json", format!("[{one},{two}]"), 2),
        ("", "a.jsonl", format!("{one}\n{two}\n"), 2),
        ("", "a.json", format!("{one}\n{two}\n"), 2),
        ("", "a.json", "{}".to_owned(), 0),
        ("/data", "a.json", format!(r#"{{"data":{one}}}"#), 1),
        ("/data", "a.json", r#"{"data":{}}"#.to_owned(), 0),
        ("/docs/*", "a.json", format!(r#"{{"docs":{{"a":{one},"b":{two}}}}}"#), 2),
        ("/docs/*", "a.json", format!(r#"{{"docs":{{"0":{one},"1":{two}}}}}"#), 2),
        ("/docs/*", "a.json", format!(r#"{{"docs":[[{one}],[{two}]]}}"#), 2),
        ("/*", "a.json", format!(r#"{{"2024-12-01":[{one}],"2024-12-02":[{two}]}}"#), 2),
        ("/data/*/data/object", "a.json", format!(r#"{{"data":[{{"data":{{"object":{one}}}}}]}}"#), 1),
    ] {
        let (lake, _) = flattened(&project(records, MAP, &[]), name, &body, 0);
        assert_eq!(column(&lake, "u", "id").len(), expected, "{records} of {body}");
    }
}

#[test]
fn what_is_no_record_is_told_of() {
    for (records, body, pointer) in [
        ("/docs/*", format!(r#"{{"docs":{{"a":{{"id":"1","at":"{AT}"}},"n":7}}}}"#), "/docs/n"),
        (
            "/data/*/data/object",
            format!(r#"{{"data":[{{"id":"e"}},{{"data":{{"object":{{"id":"1","at":"{AT}"}}}}}}]}}"#),
            "/data/0",
        ),
        (
            "/docs/*",
            format!(r#"{{"docs":{{"a":{{"id":"1","at":"{AT}"}},"b":{{"id":"2","at":NaN}}}}}}"#),
            "/docs/b",
        ),
    ] {
        let (lake, _) = flattened(&project(records, MAP, &[]), "a.json", &body, 65);
        assert_eq!(column(&lake, "u", "id"), ["1"], "{body}");
        let quarantined = lake.quarantined("x");
        assert_eq!(quarantined[0]["pointer"], pointer, "{quarantined:?}");
    }
}

/// One record on its last page and an object in its place: both in one chain.
#[test]
fn an_object_for_exactly_one() {
    let source = Script::start(|_, asked| match asked.query("cursor") {
        None => {
            let records: Vec<String> = (0..20).map(|n| format!(r#"{{"ID":"c{n}","at":"{AT}"}}"#)).collect();
            Answer::json(format!(r#"{{"data":[{}],"next":"n2"}}"#, records.join(",")))
        }
        Some("n2") => Answer::json(format!(r#"{{"data":{{"ID":"c20","at":"{AT}"}},"next":"n3"}}"#)),
        Some(_) => Answer::json(r#"{"data":{},"next":null}"#),
    });
    let project = OwnProject::new(
        "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /ID, schema: x/t }",
        "u: { columns: { id: { at: /ID }, at: { at: /at } } }",
    )
    .table("u", &[]);
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    assert_eq!(lake.rows("u").len(), 21);
    assert_eq!(source.asked().len(), 3);
}

/// An object that is no record, where an array of records is usual: a failure, and no end.
#[test]
fn an_answer_of_failure_is_no_record() {
    let source = Script::start(|_, _| Answer::json(r#"{"error":"try later"}"#));
    for id in ["", "id: /id, "] {
        let project =
            OwnProject::new(&format!("{{ path: /t, pages: {{}}, records: \"\", {id}schema: x/t }}"), MAP)
                .table("u", &[]);
        let lake = Lake::new();
        let ended = project.run(&source.base_url(), &lake).args(&["--max-duration", "4s"]).ends_somehow();
        assert!(matches!(ended.code, Some(69 | 75)), "{ended}");
        assert_eq!(lake.rows("u").len(), 0);
        assert_eq!(ended.report()["streams"][0]["watermark"], Value::Null);
    }
}

#[test]
fn rows_in_an_object_are_rows_and_other_values_are_told_of() {
    let schema = "u: { columns: { id: { at: /id }, at: { at: /at } } }\n\
                  v: { rows: '/mapping/*', columns: { id: { key: /mapping }, at: { at: /at }, parent: { from: record, at: /id } } }";
    let project = project("", schema, &[]).table("v", &["parent: { type: string }"]);
    let body = format!(
        r#"[{{"id":"1","at":"{AT}","mapping":{{"n1":{{"at":"{AT}","x":1}},"n2":{{"at":"{AT}"}}}}}}]"#
    );
    let (lake, _) = flattened(&project, "a.json", &body, 0);
    assert_eq!(column(&lake, "v", "id"), ["n1", "n2"]);
    assert_eq!(column(&lake, "v", "parent"), ["1", "1"]);
    let (lake, ended) =
        flattened(&project, "b.json", &format!(r#"[{{"id":"1","at":"{AT}","mapping":"n1"}}]"#), 0);
    assert_eq!(lake.rows("v").len(), 0);
    assert_eq!(column(&lake, "u", "extra"), [format!(r#"{{"mapping":"n1","at":"{AT}"}}"#)]);
    let report = ended.report();
    let silent = &report["silent_places"][0];
    assert_eq!((&silent["field"], &silent["count"]), (&json!("/mapping (rows of v)"), &json!(1)));
}

#[test]
fn fields_beside_the_records_fill_columns_or_are_told_of() {
    let body = format!(
        r#"{{"messages":[{{"id":"1","at":"{AT}"}},{{"id":"2","at":"{AT}"}}],"channel":{{"id":"7","name":"general"}},"count":2}}"#
    );
    let (_, ended) = flattened(&project("/messages", MAP, &[]), "a.json", &body, 0);
    let report = ended.report();
    let fields: Vec<&str> = report["envelope_fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["/channel", "/count"]);
    let schema =
        format!("{MAP}    c: {{ from: page, at: /channel/name }}\n    n: {{ from: page, at: /count }}\n");
    let project = project("/messages", &schema, &["c: { type: string }", "n: { type: int64 }"]);
    let (lake, ended) = flattened(&project, "a.json", &body, 0);
    assert_eq!(column(&lake, "u", "c"), ["general", "general"]);
    assert_eq!(column(&lake, "u", "n"), [2, 2]);
    // All that a column takes of the channel is its name.
    let report = ended.report();
    assert_eq!(report["envelope_fields"].as_array().unwrap().len(), 1);
    assert_eq!(report["envelope_fields"][0]["field"], "/channel/id");
}

/// Two channels, and a message of one `ts` in each: the channel stands beside the messages, and is of the key.
#[test]
fn a_key_from_beside_the_records() {
    let schema = "u: { columns: { id: { template: '{channel}.{ts}' }, at: { at: /at }, ts: { at: /ts }, channel: { from: page, at: /channel/id } } }";
    let project = project("/messages", schema, &["ts: { type: string }", "channel: { type: string }"]);
    let lake = Lake::new();
    let files = ["C1", "C2"].map(|channel| {
        project.write(
            &format!("{channel}.json"),
            format!(
                r#"{{"channel":{{"id":"{channel}"}},"messages":[{{"ts":"1700000000.000100","at":"{AT}"}}]}}"#
            ),
        )
    });
    project.flatten(&[&files[0], &files[1]], &lake).ends(0);
    assert_eq!(column(&lake, "u", "id"), ["C1.1700000000.000100", "C2.1700000000.000100"]);
}

/// The envelope around each record, as of an event around its object.
#[test]
fn columns_from_the_elements_around_a_record() {
    let schema = format!("{MAP}    event: {{ from: page, at: '/data/*/id' }}\n");
    let body = format!(
        r#"{{"data":[{{"data":{{"object":{{"id":"1","at":"{AT}"}}}},"id":"e1"}},{{"id":"e2","data":{{"object":{{"id":"2","at":"{AT}"}}}}}}]}}"#
    );
    let project = project("/data/*/data/object", &schema, &["event: { type: string }"]);
    let (lake, _) = flattened(&project, "a.json", &body, 0);
    assert_eq!(column(&lake, "u", "event"), ["e1", "e2"]);
}

/// Records without a key of their own: keyed by position, all of them are rows, and a second time they are the same.
#[test]
fn a_key_by_position() {
    let schema = "u: { columns: { id: { template: '{turn}.{n}' }, at: { at: /at }, turn: { at: /turn }, n: { position: record }, x: { at: /x } } }";
    let columns = ["turn: { type: string }", "n: { type: int64 }", "x: { type: string }"];
    let record = |x: usize| format!(r#"{{"turn":"1","at":"{AT}","x":"m{x}"}}"#);
    let records: Vec<String> = (0..3).map(record).collect();
    for (name, body) in [("a.json", format!("[{}]", records.join(","))), ("a.jsonl", records.join("\n"))] {
        let project = project("", schema, &columns);
        let (lake, _) = flattened(&project, name, &body, 0);
        assert_eq!(column(&lake, "u", "x"), ["m0", "m1", "m2"], "{name}");
        let again = project.flatten(&[&project.path().join(name)], &lake).ends(0);
        assert_eq!(again.report()["tables"]["u"]["rows_added"], 0, "{name}");
        assert_eq!(lake.rows("u").len(), 3, "{name}");
    }
}

#[test]
fn texts_in_pieces_are_joined_in_order() {
    let schema = format!(
        "{MAP}    text: {{ at: [/text, '/text/*', '/text/*/text'], join: '' }}\n    tags: {{ at: '/tags/*/name' }}\n"
    );
    let project = project("", &schema, &["text: { type: string }", "tags: { type: list<string> }"]);
    let record = |id: usize, text: &str| {
        format!(r#"{{"id":"{id}","at":"{AT}","text":{text},"tags":[{{"name":"a"}},{{"name":"b"}}]}}"#)
    };
    let texts = [r#""plain""#, r#"["Hi ", {"type": "bold", "text": "you"}, "!"]"#, r#""""#];
    let records: Vec<String> = texts.iter().enumerate().map(|(id, text)| record(id, text)).collect();
    let (lake, _) = flattened(&project, "a.json", &format!("[{}]", records.join(",")), 0);
    assert_eq!(column(&lake, "u", "text"), ["plain", "Hi you!", ""]);
    assert!(column(&lake, "u", "extra")[1].as_str().unwrap().contains(r#"{"type": "bold", "text": "you"}"#));
}
