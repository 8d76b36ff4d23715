//! Checks at the end of a command that writes.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::lake::Lake;
use crate::shop::{NOW, Shop, core, note};

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

/// What is built after a run stands in its report, in the lake too, and goes by what was set on the run's command line.
#[test]
fn derived_tables_of_a_run_stand_in_its_report() {
    let lake = Lake::new();
    let page = lake.beside("page.json");
    let time = "2025-03-30T23:30:00Z";
    let message = json!({"_id": "m1", "conversationId": "c1", "time": time, "type": "UserInput"});
    std::fs::write(&page, json!({"success": true, "data": [message], "cursor": null}).to_string()).unwrap();
    let flatten = |output: &str| {
        let mut command = Command::new(core());
        command.args(["flatten", "agentx/messages"]).arg(&page).args(["--to", &lake.to, "--output", output]);
        for set in ["params.bot_name=b", "marts=[daily_stats]", "meaning.zone=Europe/Berlin"] {
            command.args(["--set", set]);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default(), said)
    };
    let (report, _) = flatten("json");
    assert_eq!(report["marts"]["outcome"], "done", "{report:#}");
    assert_eq!(report["marts"]["report"]["sources"][0]["tables"]["daily_stats"]["rows"], 1, "{report:#}");
    let stored = format!("{}/_convolake/agentx/runs/{}.json", lake.to, report["run"].as_str().unwrap());
    let stored: Value = serde_json::from_slice(&std::fs::read(stored).unwrap()).unwrap();
    assert_eq!(stored["marts"], report["marts"]);
    // The day is that of the zone which the run was given.
    let file = lake.files("marts/daily_stats").pop().unwrap();
    assert!(file.to_string_lossy().contains("month=2025-03"), "{file:?}");
    let mut query = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
    query.args(["query", "--to", &lake.to, "--output", "csv", "SELECT day FROM daily_stats"]);
    assert_eq!(String::from_utf8(query.output().unwrap().stdout).unwrap(), "day\n2025-03-31\n");
    let (_, said) = flatten("human");
    assert!(said.contains("derived tables: "), "{said}");
}

/// Checks and derived tables are those of `convolake replay`, byte for byte, where the replay was one on a cluster.
#[test]
fn what_follows_a_replay_on_a_cluster_is_what_follows_a_replay() {
    let python =
        std::env::var_os("CONVOLAKE_PYTHON").filter(|_| std::env::var_os("CONVOLAKE_MODULE").is_some());
    let Some(python) = python else {
        eprintln!("skipped: the Python module was not built; `cargo xtask test` builds it");
        return;
    };
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let script = Path::new(&folder).join("../../tests/interop/after_replay.py");
    let output = Command::new(python).arg("-B").arg(script).arg(core()).arg("with").output().unwrap();
    let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{}", said.join("\n"));
    eprintln!("{}", said[0]);
}

/// How much is said, and in which form, is handed on.
#[test]
fn what_is_handed_over_is_said_as_the_core_was_told() {
    let lake = Lake::small();
    let query = |words: &[&str]| {
        let mut command = Command::new(core());
        command.args(words).args([
            "query",
            "--to",
            &lake.to,
            "SELECT count(*) AS n FROM messages WHERE month = '2025-04'",
        ]);
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(query(&["-v"]).contains("files read"), "{}", query(&["-v"]));
    assert_eq!(query(&[]), "");
    let line = query(&["-v", "--log-format", "json"]);
    let line: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    assert!(line["message"].as_str().unwrap().contains("files read"), "{line}");
}

/// A query knows no other now than a run does.
#[test]
fn now_is_what_tests_play() {
    let lake = Lake::small();
    let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
    command
        .args(["query", "--to", &lake.to, "--output", "csv", "SELECT now() AS n"])
        .env("CONVOLAKE_TEST_NOW", NOW);
    let answer = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(answer.contains("2025-06-11") && answer.contains("09:00:0"), "{answer}");
}
