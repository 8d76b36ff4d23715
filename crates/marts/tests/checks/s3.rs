//! A lake in a bucket is checked as one in a folder is.

use std::process::Command;

use serde_json::{Value, json};

use crate::lake::Lake;
use crate::moto::Moto;
use crate::shop::NOW;

/// The lake's checks, without what names the place.
fn checks(lake: &Lake) -> (Value, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
    command.args(["checks", "--to", &lake.to, "--output", "json"]).env("CONVOLAKE_TEST_NOW", NOW);
    let output = command.envs(lake.environment.iter().map(|(name, value)| (name, value))).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    (report["tables"].clone(), output.status.code())
}

#[test]
fn tables_and_marts_in_a_bucket_have_the_checks_of_those_in_a_folder() {
    let Some(moto) = Moto::start() else { return };
    let (mut bucket, mut folder) = (moto.lake("s3://lakes/some/lake"), Lake::new());
    for lake in [&mut bucket, &mut folder] {
        lake.environment.push(("CONVOLAKE_TEST_NOW", NOW.to_owned()));
        let messages = json!([
            {"_id": "m1", "conversationId": "c1", "time": "2025-06-10T10:00:00Z", "type": "UserInput", "userInput": "hello"},
            {"_id": "m2", "conversationId": "lost", "time": "2025-06-10T10:00:05Z", "type": "Bot",
                "outMsg": {"steps": [{"text": "hi"}]}},
        ]);
        lake.flatten("agentx/messages", "bot_name=b", &messages);
        let conversations = json!([{"_id": "c1", "startTime": "2025-06-10T10:00:00Z", "locale": "en"}]);
        lake.flatten("agentx/conversations", "bot_name=b", &conversations);
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
        command.args(["mart", "--to", &lake.to]);
        let output =
            command.envs(lake.environment.iter().map(|(name, value)| (name, value))).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let found = checks(&bucket);
    assert_eq!(found, checks(&folder));
    let tables: Vec<&str> =
        found.0.as_array().unwrap().iter().filter_map(|one| one["table"].as_str()).collect();
    assert!(tables.contains(&"messages") && tables.contains(&"conversation_stats"), "{tables:?}");
    // A message without its conversation is found in the bucket, by its key.
    assert!(found.0.to_string().contains("conversation_id=lost"), "{:#}", found.0);
}
