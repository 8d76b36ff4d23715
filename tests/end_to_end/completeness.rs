//! Declared counts against the rows in the lake.

use convolake_simulator::Stream;
use serde_json::Value;

use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::Source;

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
        // Some records declare nothing, and are neither complete nor short.
        let (complete, all) = (found["complete"].as_u64().unwrap(), source.ids(ids).len() as u64);
        assert!(complete <= all && complete * 10 >= all * 9, "{complete} of {all}; {found}");
        assert_eq!((&found["short"], &found["over"]), (&Value::from(0), &Value::from(0)), "{found}");
    }
}

/// What counts is the lake: a second run that pulls nothing is as short as the first.
#[test]
fn conversations_without_all_their_messages_are_short() {
    let source = Source::tidy(200);
    let lake = Lake::new();
    let pull = || Convolake::pull("agentx", &source, &lake);
    pull().args(&["--stream", "messages", "--from", "2025-01-15"]).ends(0);
    let ended = pull().args(&["--stream", "conversations", "--strict"]).ends(66);
    let found = of(&ended, "conversations");
    let short = found["short"].as_u64().unwrap();
    assert!(short > 10, "{ended}");
    let example = &found["short_examples"][0];
    assert!(example["rows"].as_i64() < example["declared"].as_i64(), "{found}");
    assert!(source.ids(Stream::AgentxConversations).contains(example["id"].as_str().unwrap()), "{found}");

    let ended = pull().args(&["--strict"]).ends(66);
    assert_eq!(of(&ended, "conversations")["short"], short, "{ended}");
    // Without `--strict` it is told and no failure.
    let ended = pull().args(&["--stream", "conversations"]).ends(0);
    assert_eq!(of(&ended, "conversations")["short"], short, "{ended}");
}
