//! Calls of `mart`, and records to build from.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::lake::Lake;

/// `mart --to LAKE WORDS`, to its end.
pub(crate) fn mart(lake: &Lake, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
    command.args(["mart", "--to", &lake.to, "--output", "json"]).args(words).stdin(Stdio::null());
    command.envs(lake.environment.iter().map(|(name, value)| (name, value))).output().unwrap()
}

/// Builds, and gives what is told of the source.
#[track_caller]
pub(crate) fn build(lake: &Lake, source: &str, words: &[&str]) -> Value {
    let output = mart(lake, words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_source = told["sources"].as_array().unwrap().iter().find(|told| told["source"] == source);
    of_source.unwrap().clone()
}

/// The months that a build made anew.
#[track_caller]
pub(crate) fn months(lake: &Lake, source: &str) -> Vec<String> {
    let told = build(lake, source, &[]);
    told["months"].as_array().unwrap().iter().map(|month| month.as_str().unwrap().to_owned()).collect()
}

/// The derived files by name.
pub(crate) fn contents(lake: &Lake) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.strip_prefix(lake.path()).unwrap().to_str().unwrap().to_owned();
    lake.files("marts").iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

/// What a build from nothing gives.
pub(crate) fn from_nothing(lake: &Lake) -> BTreeMap<String, Vec<u8>> {
    std::fs::remove_dir_all(lake.path().join("marts")).unwrap();
    std::fs::remove_dir_all(lake.path().join("_convolake/.marts")).unwrap();
    assert!(mart(lake, &[]).status.success());
    contents(lake)
}

/// A message of AgentX; `time` as in `2025-03-30T10:00:00Z`.
pub(crate) fn message(conversation: &str, id: &str, time: &str, kind: &str, text: &str) -> Value {
    let mut record = json!({"_id": id, "conversationId": conversation, "time": time, "type": kind});
    match kind {
        "UserInput" => record["userInput"] = json!(text),
        _ => record["outMsg"] = json!({"steps": [{"text": text}]}),
    }
    record
}

/// A conversation of AgentX.
pub(crate) fn conversation(id: &str, time: &str, locale: &str) -> Value {
    json!({"_id": id, "startTime": time, "lastActionAt": time, "locale": locale, "tags": [], "metadata": {}})
}

/// Two conversations a month, from January to June; the second goes on in the next month.
pub(crate) fn half_a_year(lake: &Lake) {
    let (mut conversations, mut messages) = (Vec::new(), Vec::new());
    for month in 1..=6 {
        for (number, day) in [(1, 5), (2, 28)] {
            let id = format!("c{month}-{number}");
            let time = |hour: u32| format!("2025-{month:02}-{day:02}T{hour:02}:00:00Z");
            conversations.push(conversation(&id, &time(9), "en"));
            messages.push(message(&id, &format!("{id}-a"), &time(9), "UserInput", "good morning"));
            messages.push(message(&id, &format!("{id}-b"), &time(10), "Bot", "hello there"));
            if number == 2 {
                let later = format!("2025-{:02}-03T09:00:00Z", month + 1);
                messages.push(message(&id, &format!("{id}-c"), &later, "UserInput", "still here"));
            }
        }
    }
    lake.flatten("agentx/messages", "bot_name=b", &json!(messages));
    lake.flatten("agentx/conversations", "bot_name=b", &json!(conversations));
}
