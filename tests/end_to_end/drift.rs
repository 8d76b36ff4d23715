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
    report_of("agentx/messages", std::slice::from_ref(file), lake)
}

#[track_caller]
fn report_of(stream: &str, files: &[PathBuf], lake: &Lake) -> Value {
    let call = files.iter().fold(Convolake::new(&["flatten", stream]), Convolake::arg);
    let call = call.arg("--to").arg(lake.path());
    call.set(param(stream)).json().without_keys().ends(0).report()
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

/// In a first run there is no earlier one: what most values are is what the others differ from.
#[test]
fn types_that_few_values_have_in_a_first_run() {
    let (folder, lake) = (TempDir::new().unwrap(), Lake::new());
    let path = page(&folder, "first", 40, |index, message| {
        if [5, 17, 30].contains(&index) {
            message["userInput"] = json!(index);
        }
    });
    let first = report(&path, &lake);
    assert_eq!(
        named(&first, "changed_types", &["field", "before", "now", "count", "first"]),
        [[
            json!("/userInput"),
            json!(["string"]),
            json!("number"),
            json!(3),
            json!(format!("{}#1 record 5", path.display()))
        ]]
    );
}

/// A source with ids for keys: a thousand are told by name, and how many others there are.
#[test]
fn more_new_fields_than_can_be_told() {
    let (folder, lake) = (TempDir::new().unwrap(), Lake::new());
    let path = page(&folder, "many", 40, |index, message| {
        for number in 0..50 {
            message[format!("f{:04}", 50 * index + number)] = json!(1);
        }
    });
    let report = report(&path, &lake);
    let fields = named(&report, "new_fields", &["field", "count", "first"]);
    let at = |index: usize| json!(format!("{}#1 record {index}", path.display()));
    assert_eq!(fields.len(), 1000);
    assert_eq!(fields[0], [json!("(others)"), json!(2000 - 999), at(19)]);
    assert_eq!(fields[1], [json!("/f0000"), json!(1), at(0)]);
    assert_eq!(fields[999], [json!("/f0998"), json!(1), at(19)]);
}

/// The words a column is known to hold are those of its stream's schema. Of several pages the earliest is told of,
/// whichever thread came first.
#[test]
fn words_of_another_stream_and_the_earliest_of_many_pages() {
    let (folder, lake) = (TempDir::new().unwrap(), Lake::new());
    let files: Vec<PathBuf> = (0..12)
        .map(|number| {
            let message =
                |kind: &str| json!({ "type": kind, "payload": { "message": "hello" }, "ts": 1_744_750_695 });
            let messages = [message("text"), message("UserInput"), message("Telepathy")];
            let conversation = json!({
                "metadata": { "ID": format!("c{number}") },
                "turns": [{ "from": "human", "messages": messages }],
            });
            let path = folder.path().join(format!("page-{number:02}.json"));
            std::fs::write(&path, json!({ "success": true, "data": [conversation] }).to_string()).unwrap();
            path
        })
        .collect();
    let report = report_of("convocore/export", &files, &lake);
    let first = json!(format!("{}#1 record 0", files[0].display()));
    let unknown = |word: &str| vec![json!("messages.type"), json!(word), json!(12), first.clone()];
    assert_eq!(
        named(&report, "unknown_words", &["field", "word", "count", "first"]),
        [unknown("Telepathy"), unknown("UserInput")]
    );
}
