//! What cannot be built is told of, with a remedy.

use std::process::Command;

use serde_json::{Value, json};

use crate::build::{build, half_a_year, mart};
use crate::call::{csv, refused};
use crate::lake::{Lake, core};

#[track_caller]
fn told(lake: &Lake, words: &[&str], code: i32) -> String {
    let output = mart(lake, words);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    stderr
}

#[test]
fn misuse_is_told_of_with_the_right_word() {
    let lake = Lake::new();
    let nothing = told(&lake, &[], 2);
    assert!(nothing.contains("is no lake"), "{nothing}");
    half_a_year(&lake);
    for (words, expected) in [
        (&["dayly_stats"][..], "did you mean `daily_stats`?"),
        (&["--source", "agentxx"], "did you mean `agentx`?"),
        (&["--source", "convocore"], "the lake has nothing of the source `convocore`"),
        (&["--zone", "Europe/Nowhere"], "`Europe/Nowhere` is no time zone"),
        (&["--as-of", "yesterday"], "--as-of"),
    ] {
        let told = told(&lake, words, 2);
        assert!(told.contains(expected), "{told}");
    }
}

/// What the core binary's `verify` finds first, and its exit code.
fn verified(lake: &Lake) -> (Value, Option<i32>) {
    let output =
        Command::new(core()).args(["verify", "--to", &lake.to, "--output", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    (report["pipelines"][0]["findings"][0].clone(), output.status.code())
}

#[test]
fn a_file_that_is_not_what_the_commit_names_is_no_answer_and_is_built_again() {
    let lake = Lake::new();
    half_a_year(&lake);
    build(&lake, "agentx", &[]);
    let file = "marts/daily_stats/source=agentx/month=2025-04/part-0.parquet";
    let whole = std::fs::read(lake.path().join(file)).unwrap();
    std::fs::write(lake.path().join(file), &whole[..whole.len() - 9]).unwrap();
    let told = refused(&lake, "SELECT sum(messages) AS n FROM daily_stats", 1);
    assert!(told.contains(file), "{told}");
    // The core binary finds it too, and names what helps.
    let (found, code) = verified(&lake);
    assert_eq!((code, &found["kind"], &found["place"]), (Some(1), &json!("file_changed"), &json!(file)));
    let remedy = found["remedy"].as_str().unwrap();
    assert_eq!(remedy, format!("convolake mart --to {} --source agentx --anew", lake.to));
    build(&lake, "agentx", &["--anew"]);
    assert_eq!(verified(&lake), (Value::Null, Some(0)));
    assert_eq!(std::fs::read(lake.path().join(file)).unwrap(), whole);
    assert_eq!(csv(&lake, "SELECT sum(messages) AS n FROM daily_stats"), "n\n30\n");
}
