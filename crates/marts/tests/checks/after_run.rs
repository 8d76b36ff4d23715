//! Checks at the end of a command that writes.

use std::process::Command;

use serde_json::{Value, json};

use crate::shop::{Shop, core, note};

const CHECKS: &str = "roles: { accepted_values: { column: role, values: [human] } }";

#[test]
fn a_pipeline_that_asks_for_it_is_checked_after_each_run() {
    let shop = Shop::new(CHECKS);
    let asked = ["--set", "checks=after_run", "--output", "json"];
    let output = shop.flatten(&[note("1", json!({"role": "human"}))], &asked);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &report["checks"]["outcome"]), (Some(0), &json!("done")), "{report:#}");
    let output = shop.flatten(&[note("2", json!({"role": "owl"}))], &asked);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &report["outcome"]), (Some(66), &json!("short")), "{report:#}");
    let check = &report["checks"]["report"]["tables"][0]["checks"][0];
    assert_eq!((&check["name"], &check["failing"]), (&json!("roles"), &json!(1)));
    // The same stands in the lake.
    let stored = shop.lake().join(format!("_convolake/shop/runs/{}.json", report["run"].as_str().unwrap()));
    let stored: Value = serde_json::from_slice(&std::fs::read(stored).unwrap()).unwrap();
    assert_eq!(stored["checks"]["outcome"], "short");
    // People are told, too.
    let output = shop.flatten(&[note("3", json!({"role": "human"}))], &["--set", "checks=after_run"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("notes of shop: roles") && output.status.code() == Some(66), "{said}");
}

#[test]
fn a_pipeline_that_does_not_ask_is_not_checked() {
    let shop = Shop::new(CHECKS);
    let output = shop.flatten(&[note("1", json!({"role": "owl"}))], &["--output", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), report.get("checks")), (Some(0), None));
}

#[test]
fn without_the_program_that_checks_a_run_says_what_it_lacks() {
    let shop = Shop::new(CHECKS);
    let alone = tempfile::TempDir::new().unwrap();
    let program = alone.path().join("convolake");
    std::fs::copy(core(), &program).unwrap();
    let page = alone.path().join("page.json");
    std::fs::write(&page, json!({"data": [note("1", json!({}))]}).to_string()).unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.arg("flatten").arg(format!("{}/notes", shop.pipeline().display())).arg(&page);
        command.arg("--to").arg(shop.lake()).args(words).env("PATH", alone.path());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(run(&[]).0, Some(0));
    let (code, said) = run(&["--set", "checks=after_run"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("needs the program convolake-marts"), "{said}");
}
