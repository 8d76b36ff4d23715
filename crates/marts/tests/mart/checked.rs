//! Derived tables are judged as the others are.

use std::process::Command;

use serde_json::Value;

use crate::build::{build, half_a_year};
use crate::lake::Lake;

#[test]
fn each_table_is_judged_once_where_a_source_has_derived_tables_too() {
    let lake = Lake::new();
    half_a_year(&lake);
    build(&lake, "agentx", &[]);
    let mut checks = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
    let output = checks.args(["checks", "--output", "json", "--to"]).arg(lake.path()).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let tables: Vec<&str> =
        report["tables"].as_array().unwrap().iter().map(|table| table["table"].as_str().unwrap()).collect();
    let mut once = tables.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(tables.len(), once.len(), "{tables:?}");
    assert!(tables.contains(&"daily_stats") && tables.contains(&"messages"), "{tables:?}");
}
