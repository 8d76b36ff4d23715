//! The report says how the records of a run differ from the schema and from what earlier runs have met.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;

/// A page file of so many messages, each made by `change` from a plain one.
fn page(folder: &TempDir, name: &str, n: usize, change: impl Fn(usize, &mut Value)) -> PathBuf {
    let message = |index: usize| {
        let mut message = json!({
            "_id": format!("{name}-{index}"),
            "conversationId": "c1",
            "time": 1_744_750_695.25,
            "type": "UserInput",
            "userActionType": "TextInput",
            "userInput": "hello",
        });
        change(index, &mut message);
        message
    };
    let records: Vec<Value> = (0..n).map(message).collect();
    let path = folder.path().join(format!("{name}.json"));
    std::fs::write(&path, json!({ "cursor": null, "data": records }).to_string()).unwrap();
    path
}

#[track_caller]
fn report(file: &PathBuf, lake: &Lake) -> Value {
    let call = Convolake::new(&["flatten", "agentx/messages"]).arg(file).arg("--to").arg(lake.path());
    let ended = call.set(param("agentx")).json().without_keys().ends(0);
    ended.report()
}

/// What a part of the report names, by its fields in this order.
fn named(report: &Value, part: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let entries = report[part].as_array().unwrap_or_else(|| panic!("no {part} in {report}"));
    entries.iter().map(|entry| fields.iter().map(|field| entry[*field].clone()).collect()).collect()
}

#[test]
fn new_and_vanished_fields_changed_types_and_unknown_words() {
    let (folder, lake) = (TempDir::new().unwrap(), Lake::new());
    let plain = report(&page(&folder, "plain", 40, |_, _| {}), &lake);
    for part in ["new_fields", "vanished_fields", "changed_types", "unknown_words", "mismatches"] {
        assert_eq!(plain[part], json!([]), "{part}");
    }

    let path = page(&folder, "other", 40, |index, message| {
        let fields = message.as_object_mut().unwrap();
        fields.remove("userActionType");
        if index >= 30 {
            fields.insert("mood".to_owned(), json!("glad"));
        }
        if index == 7 {
            fields.insert("type".to_owned(), json!("Telepathy"));
            fields.insert("userInput".to_owned(), json!(7));
            fields.insert("time".to_owned(), json!("some day"));
        }
    });
    let other = report(&path, &lake);
    let at = |index: usize| format!("{}#1 record {index}", path.display());
    assert_eq!(
        named(&other, "new_fields", &["stream", "field", "count", "first"]),
        [[json!("messages"), json!("/mood"), json!(10), json!(at(30))]]
    );
    assert_eq!(
        named(&other, "vanished_fields", &["stream", "field", "count"]),
        [[json!("messages"), json!("/userActionType"), json!(40)]]
    );
    let changed = named(&other, "changed_types", &["field", "before", "now", "count", "first"]);
    let change = |field: &str, before: &str, now: &str| {
        vec![json!(field), json!([before]), json!(now), json!(1), json!(at(7))]
    };
    assert_eq!(changed, [change("/time", "number", "string"), change("/userInput", "string", "number")]);
    let told = |part: &str| named(&other, part, &["stream", "field", "count", "first"]);
    let once = |field: &str| vec![json!("messages"), json!(field), json!(1), json!(at(7))];
    assert_eq!(told("unknown_words"), [once("messages.type")]);
    assert_eq!(named(&other, "unknown_words", &["word"]), [[json!("Telepathy")]]);
    assert_eq!(told("mismatches"), [once("messages.sent_at")]);

    // What is known by now is no news, but for what a schema does not expect.
    let again = report(&path, &lake);
    assert_eq!(again["changed_types"], json!([]));
    assert_eq!(named(&again, "unknown_words", &["word"]), [[json!("Telepathy")]]);
}
