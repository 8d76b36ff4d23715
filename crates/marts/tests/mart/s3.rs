//! A lake in a bucket.

use std::process::Command;

use serde_json::{Value, json};

use crate::build::{build, half_a_year, message, months};
use crate::call::csv;
use crate::lake::{Lake, core};
use crate::moto::Moto;

#[test]
fn derived_tables_in_a_bucket_are_those_of_a_folder() {
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.lake("s3://lakes/some/lake");
    let folder = Lake::new();
    for lake in [&bucket, &folder] {
        half_a_year(lake);
        build(lake, "agentx", &[]);
        let answer = message("c3-2", "c3-2-d", "2025-04-03T11:00:00Z", "Bot", "so am I");
        lake.flatten("agentx/messages", "bot_name=b", &json!([answer]));
        assert_eq!(months(lake, "agentx"), ["2025-03", "2025-04"]);
        assert_eq!(months(lake, "agentx").len(), 0);
    }
    for sql in [
        "SELECT * FROM conversation_stats ORDER BY conversation_id",
        "SELECT * FROM daily_stats ORDER BY day, locale",
        "SELECT * FROM response_times ORDER BY conversation_id, reply",
        "SELECT conversation_id, turn_index, role, message_count FROM turns ORDER BY conversation_id, turn_index",
    ] {
        let (found, expected) = (csv(&bucket, sql), csv(&folder, sql));
        assert!(expected.lines().count() > 6, "{expected}");
        assert_eq!(found, expected, "{sql}");
    }
}

/// What a run's derived tables came to is added to its report where that lies, and `verify` reads them there.
#[test]
fn a_run_into_a_bucket_stores_what_it_derived() {
    let Some(moto) = Moto::start() else { return };
    let lake = moto.lake("s3://lakes/run");
    let call = |words: &[&str], set: &str| {
        let mut command = Command::new(core());
        command.args(words).args(["--to", &lake.to, "--output", "json"]);
        command.envs(lake.environment.iter().map(|(name, value)| (name, value))).env("CONVOLAKE_SET", set);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let page = lake.beside("page.json");
    let question = message("c", "a", "2025-03-30T23:30:00Z", "UserInput", "hello");
    std::fs::write(&page, json!({"success": true, "data": [question], "cursor": null}).to_string()).unwrap();
    let set = "params.bot_name=b\nmarts=[daily_stats]\nmeaning.zone=Europe/Berlin";
    let report = call(&["flatten", "agentx/messages", page.to_str().unwrap()], set);
    assert_eq!(report["marts"]["outcome"], "done", "{report:#}");
    // The day is that of the zone which the run was given.
    assert_eq!(csv(&lake, "SELECT day FROM daily_stats"), "day\n2025-03-31\n");
    let status = call(&["status"], "");
    assert_eq!(status["pipelines"][0]["runs"][0]["run"], report["run"], "{status:#}");
    assert_eq!(call(&["verify"], "")["outcome"], "done");
}
