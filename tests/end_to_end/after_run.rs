//! What comes after a run: the derived tables that the pipeline asks for. How they are built has tests beside `convolake-marts`.

use serde_json::{Value, json};

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::Source;

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
