//! What an operator is told of a lake that something was done to.

use std::path::Path;

use tempfile::TempDir;

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::{Convolake, Ended};
use crate::lake::{Lake, files_below};
use crate::until::until;

const STREAM: &str =
    "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /id, schema: x/t }";
const SCHEMA: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";

fn project() -> OwnProject {
    OwnProject::new(STREAM, SCHEMA).table("u", &[])
}

/// A record a month, each month a file.
fn months(months: std::ops::RangeInclusive<u32>) -> String {
    let record = |month| format!(r#"{{"id":"{month}","at":"2024-{month:02}-01T00:00:00Z"}}"#);
    let records: Vec<String> = months.map(record).collect();
    format!(r#"{{"data":[{}],"next":null}}"#, records.join(","))
}

fn status(lake: &Lake) -> Ended {
    Convolake::new(&["status"]).to(lake).json().without_keys().ends(1)
}

/// One report, one quarantine file and one table file that do not read keep nothing else from who asks.
#[test]
fn status_tells_what_does_not_read_and_all_else() {
    let source = Script::start(|_, _| Answer::json(months(1..=3)));
    let (project, lake) = (project(), Lake::new());
    for _ in 0..2 {
        project.run(&source.base_url(), &lake).ends(0);
    }
    let reports = files_below(&lake.path().join("_convolake/x/runs"));
    // The newest, which repeats the one before.
    std::fs::write(&reports[1], "{").unwrap();
    let seen = status(&lake).report();
    let pipeline = &seen["pipelines"][0];
    assert_eq!(pipeline["runs"].as_array().unwrap().len(), 1);
    assert_eq!(pipeline["tables"]["u"]["rows"], 3);
    let name = reports[1].file_name().unwrap().to_str().unwrap();
    assert!(pipeline["unreadable"][0].as_str().unwrap().contains(name), "{seen}");

    std::fs::write(&reports[0], "no JSON").unwrap();
    let seen = status(&lake).report();
    assert_eq!(seen["pipelines"][0]["unreadable"].as_array().unwrap().len(), 2, "{seen}");
    let human = Convolake::new(&["status"]).to(&lake).without_keys().ends(1).stdout;
    assert_eq!(human.matches("does not read, and is left out:").count(), 2, "{human}");
}

/// Twenty findings that one command mends name it once.
#[test]
fn a_remedy_stands_once_below_what_it_mends() {
    let source = Script::start(|_, _| Answer::json(months(1..=12)));
    let (project, lake) = (project(), Lake::new());
    project.run(&source.base_url(), &lake).ends(0);
    for file in lake.files_of("u", "x") {
        std::fs::remove_file(file).unwrap();
    }
    let found =
        Convolake::new(&["verify", "pipelines/x.yaml"]).folder(project.path()).to(&lake).without_keys();
    let said = found.ends(1).stdout;
    assert!(said.matches("file_missing").count() >= 12, "{said}");
    assert_eq!(said.matches("convolake replay").count(), 1, "{said}");
}

/// A verification that is interrupted leaves nothing in TMPDIR.
#[test]
fn an_interrupted_verification_leaves_nothing_behind() {
    let source = crate::source::Source::tidy(300);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).ends(0);
    let scratch = TempDir::new().unwrap();
    let tmp = scratch.path().to_str().unwrap().to_owned();
    let is_there = |folder: &Path| std::fs::read_dir(folder).unwrap().next().is_some();
    let verify = Convolake::new(&["verify"]).to(&lake).json().without_keys().env("TMPDIR", &tmp).start();
    until("it works in TMPDIR", || is_there(scratch.path()));
    verify.signal("INT");
    verify.ends(130);
    assert!(!is_there(scratch.path()), "{:?}", files_below(scratch.path()));
}
