//! What comes after a run: the derived tables that the pipeline asks for.

use std::path::Path;

use serde_json::json;

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::Source;

/// `convolake-marts` has tests of its own; here it is absent.
#[test]
fn a_run_whose_derived_tables_cannot_be_built_has_committed_and_says_what_is_missing() {
    let marts = Path::new(env!("CARGO_BIN_EXE_convolake"))
        .with_file_name(format!("convolake-marts{}", std::env::consts::EXE_SUFFIX));
    if marts.is_file() {
        eprintln!("skipped: {} is there", marts.display());
        return;
    }
    let (source, lake) = (Source::tidy(20), Lake::on_disk());
    let run = || Convolake::pull("agentx", &source, &lake).set("marts=[daily_stats]").env("PATH", "");
    let ended = run().ends(1);
    ended.says(&[
        "they need the program convolake-marts",
        "cargo install --path crates/marts",
        "convolake mart --to",
    ]);
    let report = ended.report();
    assert_eq!(report["marts"]["outcome"], "failed");
    assert_eq!(report["exit_code"], 1);
    // The rows, and then what they tell of their parents.
    assert_eq!(report["commit"], json!(2));
    assert!(!lake.table_files().is_empty());
    // A run that is misused builds nothing, and has its own exit code.
    run().set("streams=3").ends(2);
    Convolake::pull("agentx", &source, &lake).ends(0);
}
