//! Declared counts against the rows in the lake.

use std::collections::BTreeMap;

use convolake_simulator::{ChangeRequest, Stream};
use serde_json::Value;

use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{Source, lately};

fn of(ended: &Ended, stream: &str) -> Value {
    let report = ended.report();
    let streams = report["streams"].as_array().cloned().unwrap_or_default();
    let found = streams.iter().find(|report| report["stream"] == stream);
    found.unwrap_or_else(|| panic!("no stream {stream}; {ended}"))["completeness"].clone()
}

#[test]
fn a_full_pull_is_complete() {
    let source = Source::tidy(200);
    let lake = Lake::new();
    for (pipeline, stream, ids) in [
        ("agentx", "conversations", Stream::AgentxConversations),
        ("convocore", "export", Stream::ConvocoreExport),
    ] {
        let ended = Convolake::pull(pipeline, &source, &lake).args(&["--strict"]).ends(0);
        let found = of(&ended, stream);
        // A record that declares nothing is neither complete nor short.
        let declaring = source.declared(ids).len();
        assert_eq!(found["complete"], declaring, "{found}");
        assert_eq!((&found["short"], &found["over"]), (&Value::from(0), &Value::from(0)), "{found}");
    }
}

/// How many of AgentX's conversations declare more messages of the person than came from this instant on.
fn n_short_from(source: &Source, from: &str) -> usize {
    let from = from.parse::<jiff::Timestamp>().unwrap().as_second() as f64;
    let mut counted: BTreeMap<String, i64> = BTreeMap::new();
    for message in source.running.records(Stream::AgentxMessages) {
        let message: Value = serde_json::from_slice(&message).unwrap();
        if message["type"] == "UserInput" && message["time"].as_f64().unwrap() >= from {
            *counted.entry(message["conversationId"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    let declared = source.declared(Stream::AgentxConversations);
    declared.iter().filter(|(id, declared)| counted.get(*id).unwrap_or(&0) < declared).count()
}

/// What counts is the lake: a second run that pulls nothing is as short as the first.
#[test]
fn conversations_without_all_their_messages_are_short() {
    let source = Source::tidy(200);
    let lake = Lake::new();
    let pull = || Convolake::pull("agentx", &source, &lake);
    let from = "2025-01-15";
    pull().args(&["--stream", "messages", "--from", from]).ends(0);
    let ended = pull().args(&["--stream", "conversations", "--strict"]).ends(66);
    let found = of(&ended, "conversations");
    let short = n_short_from(&source, &format!("{from}T00:00:00Z"));
    assert_eq!(found["short"], short, "{ended}");
    let example = &found["short_examples"][0];
    assert!(example["rows"].as_i64() < example["declared"].as_i64(), "{found}");
    assert!(source.ids(Stream::AgentxConversations).contains(example["id"].as_str().unwrap()), "{found}");

    let ended = pull().args(&["--strict"]).ends(66);
    assert_eq!(of(&ended, "conversations")["short"], short, "{ended}");
    // Without `--strict` it is told and no failure.
    let ended = pull().args(&["--stream", "conversations"]).ends(0);
    assert_eq!(of(&ended, "conversations")["short"], short, "{ended}");
}

const COUNTS_ALL: &str = "counting all rows";

/// What was counted is kept; a run counts what it touches, and comes to what a count of all rows gives.
#[test]
fn a_run_counts_only_what_it_has_touched() {
    let source = Source::tidy(200);
    let lake = Lake::new();
    for (pipeline, stream) in [("agentx", "conversations"), ("convocore", "export")] {
        let pull = || Convolake::pull(pipeline, &source, &lake).args(&["-vv"]);
        // From a day on, so that some conversations are short of messages.
        let first = pull().args(&["--from", "2025-01-15"]).ends(0);
        first.says(&[COUNTS_ALL]);
        // What is short, or has changed, is asked for once more and counted, until there is nothing new.
        let settled = || {
            let (mut before, mut again) = (pull().ends(0), pull().ends(0));
            for _ in 0..5 {
                if of(&again, stream) == of(&before, stream) && again.total("files_written") == 0 {
                    break;
                }
                (before, again) = (again, pull().ends(0));
            }
            assert_eq!(of(&again, stream), of(&before, stream), "{again}");
            assert!(!again.stderr.contains(COUNTS_ALL), "{again}");
            of(&again, stream)
        };
        settled();
        for seed in [1, 2] {
            drop(source.running.change(ChangeRequest { percent: 5.0, seed, at: lately() }));
            pull().ends(0);
        }
        Convolake::new(&["verify"]).to(&lake).ends(0);
        let kept = settled();
        Convolake::new(&["verify"]).to(&lake).ends(0);
        // Whoever rebuilds has all counted anew, and it is the same.
        Convolake::replay(pipeline, &lake).ends(0);
        let recounted = pull().ends(0);
        recounted.says(&[COUNTS_ALL]);
        assert_eq!(of(&recounted, stream), kept, "{recounted}");
    }
}

#[test]
fn counts_that_are_wrong_are_found_and_made_anew() {
    let source = Source::tidy(50);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).ends(0);
    lake.change_newest_commit("agentx", |commit| {
        let counted = commit["state"]["counted"].as_object_mut().unwrap();
        let counts = counted.values_mut().next().unwrap();
        counts["complete"] = Value::from(counts["complete"].as_u64().unwrap() + 1);
    });
    Convolake::new(&["verify", "--tables-only"]).to(&lake).ends(1).shows(&["convolake replay agentx"]);
    Convolake::replay("agentx", &lake).ends(0);
    Convolake::pull("agentx", &source, &lake).ends(0);
    Convolake::new(&["verify", "--tables-only"]).to(&lake).ends(0);
}
