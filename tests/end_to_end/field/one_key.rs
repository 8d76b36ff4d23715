//! Several rows of one key: which one counts, and that the others are told of.

use std::path::Path;

use serde_json::{Value, json};

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;

const AT: &str = "2024-12-01T00:00:00Z";
const SCHEMA: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n    x: { at: /x }\n";

fn project(stream: &str) -> OwnProject {
    OwnProject::new(stream, SCHEMA).table("u", &["x: { type: string }"])
}

fn files() -> OwnProject {
    project("{ path: /t, pages: { cursor: /next, param: cursor }, records: \"\", id: /id, schema: x/t }")
}

fn records(of: &[(&str, &str)]) -> String {
    let record = |(id, x): &(&str, &str)| format!(r#"{{"id":"{id}","at":"{AT}","x":"{x}"}}"#);
    let records: Vec<String> = of.iter().map(record).collect();
    format!("[{}]", records.join(","))
}

fn values(lake: &Lake) -> Vec<Value> {
    lake.rows("u").iter().map(|row| row["x"].clone()).collect()
}

fn gave_way(report: &Value) -> &Value {
    &report["tables"]["u"]["gave_way"]
}

/// Rows of a report have one of date, campaign and country, and the key names two of the three.
#[test]
fn a_key_that_is_too_narrow_is_told_of() {
    let project = files();
    let lake = Lake::new();
    let file = project.write("a.json", records(&[("1", "DE"), ("1", "FR"), ("1", "IT"), ("2", "DE")]));
    for _ in 0..2 {
        let report = project.flatten(&[&file], &lake).ends(0).report();
        let found = gave_way(&report);
        assert_eq!(
            (&found["rows"], &found["key"], &found["columns"]),
            (&json!(2), &json!("id=1"), &json!(["x"]))
        );
        assert_eq!(found["page"], found["to_page"]);
        assert!(found["page"].as_str().unwrap().ends_with("a.json#1"));
        assert_eq!(values(&lake).len(), 2);
    }
    let human = Convolake::new(&["flatten", "pipelines/x.yaml/t"]).folder(project.path()).arg(&file);
    let said = human.to(&Lake::new()).without_keys().ends(0).stderr;
    assert!(
        said.contains("u: 2 rows gave way to another of the same key in the same load, as id=1"),
        "{said}"
    );
}

/// A message's time is its id within one channel only: two channels in two files.
#[test]
fn rows_of_several_files_give_way_too() {
    let project = files();
    let lake = Lake::new();
    let channels: Vec<_> = ["C1", "C2"]
        .map(|channel| project.write(&format!("{channel}.json"), records(&[("1700000000.000100", channel)])))
        .into();
    let paths: Vec<&Path> = channels.iter().map(AsRef::as_ref).collect();
    let report = project.flatten(&paths, &lake).ends(0).report();
    assert_eq!(gave_way(&report)["rows"], 1);
    assert!(gave_way(&report)["page"].as_str().unwrap().ends_with("C1.json#1"));
    assert!(gave_way(&report)["to_page"].as_str().unwrap().ends_with("C2.json#1"));
}

/// Equal rows are one row, and nothing to tell of.
#[test]
fn what_comes_twice_and_is_equal_is_not_told_of() {
    let project = files();
    let lake = Lake::new();
    let file = project.write("a.json", records(&[("1", "a"), ("1", "a"), ("2", "b")]));
    let report = project.flatten(&[&file, &file], &lake).ends(0).report();
    assert_eq!(gave_way(&report), &Value::Null);
    assert_eq!(values(&lake).len(), 2);
}

/// Pages of one walk share keys in which they differ; what a later run brings is an update.
#[test]
fn pages_of_one_walk_are_told_of_and_later_runs_are_not() {
    let source = Script::start(|n, asked| match (n / 2, asked.query("cursor")) {
        (0, None) => {
            Answer::json(format!(r#"{{"data":{},"next":"n2"}}"#, records(&[("1", "a"), ("2", "a")])))
        }
        (0, Some(_)) => {
            Answer::json(format!(r#"{{"data":{},"next":null}}"#, records(&[("1", "b"), ("3", "a")])))
        }
        (_, None) => Answer::json(format!(r#"{{"data":{},"next":"n2"}}"#, records(&[("1", "c")]))),
        (_, Some(_)) => Answer::json(format!(r#"{{"data":{},"next":null}}"#, records(&[("2", "c")]))),
    });
    let project = project(
        "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /id, schema: x/t }",
    );
    let lake = Lake::new();
    let report = project.run(&source.base_url(), &lake).ends(0).report();
    assert_eq!(gave_way(&report)["rows"], 1);
    let checked = Convolake::new(&["check", "pipelines/x.yaml"])
        .folder(project.path())
        .set(&format!("base_url={}", source.base_url()))
        .json()
        .ends(0)
        .report();
    assert_eq!(checked["streams"][0]["gave_way"], Value::Null);
    let report = project.run(&source.base_url(), &lake).ends(0).report();
    assert_eq!(gave_way(&report), &Value::Null);
    let mut values: Vec<String> = values(&lake).iter().map(|x| x.as_str().unwrap().to_owned()).collect();
    values.sort();
    assert_eq!(values, ["a", "c", "c"]);
}

/// `check` sees it on the page it asks for.
#[test]
fn check_warns_of_a_key_that_is_too_narrow() {
    let source = Script::start(|_, _| {
        Answer::json(format!(r#"{{"data":{},"next":null}}"#, records(&[("1", "a"), ("1", "b")])))
    });
    let project = project(
        "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /id, schema: x/t }",
    );
    let checked = Convolake::new(&["check", "pipelines/x.yaml"])
        .folder(project.path())
        .set(&format!("base_url={}", source.base_url()))
        .json()
        .ends(0)
        .report();
    assert_eq!(checked["streams"][0]["gave_way"][0]["rows"], 1);
    let warned = checked["findings"].as_array().unwrap().iter().any(|finding| {
        finding["level"] == "warning"
            && finding["message"].as_str().unwrap().contains("would give way")
            && finding["hint"].as_str().unwrap().contains("(id) is too narrow")
    });
    assert!(warned, "{checked}");
}

/// The file that is named last counts, whatever the files are called, and the report names the order.
#[test]
fn of_two_files_the_one_named_last_counts() {
    for (names, expected) in
        [(["e-9.json", "e-10.json"], "1"), (["e-10.json", "e-9.json"], "1"), (["x.json.gz", "x.json"], "1")]
    {
        let project = files();
        let lake = Lake::new();
        let paths: Vec<_> = names
            .iter()
            .zip(0..)
            .map(|(name, n)| {
                let text = records(&[("1", &n.to_string())]);
                match name.ends_with("gz") {
                    true => {
                        let path = project.write(name, "");
                        let mut file = flate2::write::GzEncoder::new(
                            std::fs::File::create(&path).unwrap(),
                            flate2::Compression::fast(),
                        );
                        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
                        file.finish().unwrap();
                        path
                    }
                    false => project.write(name, text),
                }
            })
            .collect();
        let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
        let report = project.flatten(&paths, &lake).ends(0).report();
        assert_eq!(values(&lake), [expected], "{names:?}");
        let order: Vec<&str> =
            report["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
        assert!(order.iter().zip(names).all(|(file, name)| file.ends_with(name)), "{order:?}");
        // A file that was there before gives way to one that comes in a later call.
        project.flatten(&paths[..1], &lake).ends(0);
        assert_eq!(values(&lake), ["0"], "{names:?}");
    }
}

/// The files of a folder come in no order that anybody has chosen.
#[test]
fn a_folder_is_refused() {
    let project = files();
    project.write("pages/e-9.json", records(&[("1", "ninth")]));
    let refused = project.flatten(&[Path::new("pages")], &Lake::new()).ends(2);
    assert!(refused.stderr.contains("pages: this is a folder, not a page file"), "{refused}");
    assert!(refused.stderr.contains("in the order in which they are to count"), "{refused}");
}
