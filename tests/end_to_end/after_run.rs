//! What comes after a run: the derived tables that the pipeline asks for. How they are built has tests beside `convolake-marts`.

use serde_json::{Value, json};

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::Source;
#[cfg(unix)]
use crate::until::until;

/// What is stored of a run.
fn stored(lake: &Lake, report: &Value) -> Value {
    let run = report["run"].as_str().unwrap();
    let path = lake.path().join(format!("_convolake/agentx/runs/{run}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// getgauge/gauge#1552, codeceptjs/CodeceptJS#2186: what failed after a run was not in its report, and the exit code was 0.
#[test]
fn a_run_whose_derived_tables_cannot_be_built_has_committed_and_says_what_is_missing() {
    let alone = tempfile::TempDir::new().unwrap();
    let (source, lake) = (Source::tidy(20), Lake::on_disk());
    let run = || Convolake::pull("agentx", &source, &lake).set("marts=[daily_stats]").alone_in(alone.path());
    let report = run().ends(1).report();
    let error = report["marts"]["error"].as_str().unwrap();
    for words in ["needs the program convolake-marts", "cargo install --path crates/marts"] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!((&report["marts"]["outcome"], &report["exit_code"]), (&json!("failed"), &json!(1)));
    // The same stands in the lake.
    let stored = stored(&lake, &report);
    assert_eq!((&stored["marts"], &stored["exit_code"]), (&report["marts"], &json!(1)));
    // The rows, and then what they tell of their parents.
    assert_eq!(report["commit"], json!(2));
    assert!(!lake.table_files().is_empty());
    // People are told, too.
    let base_url = format!("base_url={}", source.base_url());
    let human = Convolake::new(&["run", "agentx", "--set", &base_url]).to(&lake).set(param("agentx"));
    let human = human.set("marts=[daily_stats]").alone_in(alone.path());
    human.ends(1).says(&["derived tables are not up to date", error]);
    // A run that is misused builds nothing, and has its own exit code.
    run().set("streams=3").ends(2);
    Convolake::pull("agentx", &source, &lake).ends(0);
}

#[test]
fn a_run_that_asks_for_nothing_tells_of_nothing() {
    let (source, lake) = (Source::tidy(20), Lake::on_disk());
    let report = Convolake::pull("agentx", &source, &lake).ends(0).report();
    assert_eq!((report.get("marts"), report.get("checks")), (None, None));
}

/// airflow#852: what a scheduler ends is the process it has started; the one that does the work stayed, as a child of nobody.
#[cfg(unix)]
#[test]
fn a_command_that_is_handed_over_is_ended_with_its_process() {
    use std::os::unix::fs::PermissionsExt;
    let alone = tempfile::TempDir::new().unwrap();
    let (told, program) = (alone.path().join("pid"), alone.path().join("convolake-marts"));
    std::fs::write(&program, format!("#!/bin/sh\necho $$ > {}\nexec /bin/sleep 60\n", told.display()))
        .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let query = Convolake::new(&["query", "SELECT 1"]).alone_in(alone.path()).start();
    let mut pid = String::new();
    until("the program has told its process", || {
        pid = std::fs::read_to_string(&told).unwrap_or_default();
        pid.ends_with('\n')
    });
    assert_eq!(pid.trim(), query.child.id().to_string());
    query.kill();
}
