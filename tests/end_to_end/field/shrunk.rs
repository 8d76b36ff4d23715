//! A conversation that comes back with less than the lake has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::script::{Answer, Script};
use crate::convolake::{Convolake, param};
use crate::lake::Lake;

/// An export of one conversation: what it declares, when it was modified, its turns of messages.
fn export(declared: Option<u32>, modified: u32, turns: &[&[&str]]) -> String {
    let message = |text: &&str| json!({ "type": "text", "payload": text });
    let turn =
        |texts: &&[&str]| json!({ "from": "bot", "messages": texts.iter().map(message).collect::<Vec<_>>() });
    let mut metadata = json!({ "ID": "c1", "ts": 1_735_689_600, "lastModified": modified });
    if let Some(declared) = declared {
        metadata["messagesNum"] = declared.into();
    }
    let turns: Vec<Value> = turns.iter().map(turn).collect();
    json!({ "success": true, "data": [{ "metadata": metadata, "turns": turns }] }).to_string()
}

fn texts(lake: &Lake) -> Vec<String> {
    lake.rows("messages").iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
}

/// One answer a run, the list changed each time.
fn source(answers: Vec<String>) -> (Script, Arc<AtomicUsize>) {
    let run = Arc::new(AtomicUsize::new(0));
    let at = Arc::clone(&run);
    let source = Script::start(move |_, asked| {
        let n = at.load(Ordering::SeqCst);
        match asked.path().ends_with("/export") {
            true if matches!(asked.query("page"), None | Some("1")) => Answer::json(answers[n].clone()),
            true => Answer::json(r#"{"success":true,"data":[]}"#),
            false => {
                let list = json!({ "success": true, "hasMore": false, "data": [{ "ID": "c1", "ts": 1_735_689_600, "title": n.to_string() }] });
                Answer::json(list.to_string())
            }
        }
    });
    (source, run)
}

fn run(source: &Script, lake: &Lake) -> Value {
    Convolake::run("convocore", &source.base_url(), lake)
        .set(&format!("streams.export.base_url={}", source.base_url()))
        .ends(0)
        .report()
}

const SIX: [&[&str]; 3] = [&["a", "b"], &["c", "d"], &["e", "f"]];

/// The source trims a conversation to its last messages and goes on declaring all of them: what the lake has stays, since nothing
/// says that it is gone. Once the conversation itself declares fewer, it has fewer.
#[test]
fn messages_that_are_declared_and_do_not_come_stay() {
    let (source, at) = source(vec![
        export(Some(6), 100, &SIX),
        export(Some(6), 200, &SIX[2..]),
        export(Some(2), 300, &SIX[2..]),
    ]);
    let lake = Lake::new();
    run(&source, &lake);
    let whole = lake.rows("messages");
    assert_eq!(texts(&lake), ["a", "b", "c", "d", "e", "f"]);

    at.store(1, Ordering::SeqCst);
    let report = run(&source, &lake);
    assert_eq!(lake.rows("messages"), whole, "positions have shifted, so that none of the rows is touched");
    let shrunk = &report["tables"]["messages"]["shrunk"];
    assert_eq!((&shrunk["parents"], &shrunk["rows"]), (&json!(1), &json!(4)), "{report}");
    assert!(shrunk["first"].as_str().unwrap().contains("conversation_id=c1"));
    assert!(shrunk["page"].as_str().unwrap().starts_with("raw/convocore/export/"));
    assert_eq!(lake.rows("turns").len(), 3);

    // A rebuild decides as the runs did, and the lake is sound.
    let before = (lake.contents(), lake.table_files());
    Convolake::replay("convocore", &lake).ends(0);
    assert_eq!((lake.contents(), lake.table_files()), before);
    Convolake::new(&["verify"]).to(&lake).json().without_keys().ends(0);

    at.store(2, Ordering::SeqCst);
    let report = run(&source, &lake);
    assert_eq!(texts(&lake), ["e", "f"]);
    let reduced = &report["tables"]["messages"]["reduced"];
    assert_eq!((&reduced["parents"], &reduced["rows"]), (&json!(1), &json!(4)), "{report}");
    Convolake::replay("convocore", &lake).ends(0);
    assert_eq!(texts(&lake), ["e", "f"]);
    Convolake::new(&["verify"]).to(&lake).json().without_keys().ends(0);
}

/// Where the beginning is the same, what came is taken and what did not come stays.
#[test]
fn the_beginning_of_a_conversation_is_taken_over_and_its_end_stays() {
    let folder = TempDir::new().unwrap();
    let lake = Lake::new();
    let flatten = |name: &str, text: String| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let call =
            Convolake::new(&["flatten", "convocore/export"]).arg(&file).to(&lake).set(param("convocore"));
        call.json().without_keys().ends(0).report()
    };
    flatten("1.json", export(Some(6), 100, &SIX));
    let report = flatten("2.json", export(Some(6), 200, &[&["a", "b"], &["c", "D"]]));
    assert_eq!(texts(&lake), ["a", "b", "c", "D", "e", "f"]);
    assert_eq!(report["tables"]["messages"]["shrunk"]["rows"], 2);
    // Nothing came, and six are declared.
    let report = flatten("3.json", export(Some(6), 300, &[]));
    assert_eq!(texts(&lake), ["a", "b", "c", "D", "e", "f"]);
    assert_eq!(report["tables"]["messages"]["shrunk"]["rows"], 6);
    // Nothing is declared: the answer is all there is to go by, and what goes is told of.
    let report = flatten("4.json", export(None, 400, &SIX[..1]));
    assert_eq!(texts(&lake), ["a", "b"]);
    assert_eq!(report["tables"]["messages"]["reduced"]["rows"], 4);
}

/// An answer that does not speak of messages at all, as a list of Intercom's leaves the parts of its conversations out, is no word that
/// there are none: what the lake has stays, whatever stands where they should. An empty array is such a word.
#[test]
fn an_answer_that_says_nothing_of_messages_takes_none_away() {
    let folder = TempDir::new().unwrap();
    let lake = Lake::new();
    let flatten = |name: &str, text: String| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let call =
            Convolake::new(&["flatten", "convocore/export"]).arg(&file).to(&lake).set(param("convocore"));
        call.json().without_keys().ends(0).report()
    };
    flatten("whole.json", export(None, 100, &SIX));
    let silent = [
        ("absent", ""),
        ("null", r#","turns":null"#),
        ("text", r#","turns":"omitted""#),
        ("without", r#","turns":[{"from":"bot"},{"from":"human"}]"#),
    ];
    for (n, (name, turns)) in (1..).zip(silent) {
        let record =
            format!(r#"{{"metadata":{{"ID":"c1","ts":1735689600,"lastModified":{}}}{turns}}}"#, 100 + n);
        let report = flatten(&format!("{name}.json"), format!(r#"{{"success":true,"data":[{record}]}}"#));
        assert_eq!(texts(&lake), ["a", "b", "c", "d", "e", "f"], "{name}");
        assert_eq!(report["tables"]["messages"]["shrunk"]["rows"], 6, "{name}: {report}");
        assert!(report["tables"]["messages"]["reduced"].is_null(), "{name}: {report}");
    }
    let report = flatten("none.json", export(None, 200, &[]));
    assert_eq!(texts(&lake), Vec::<String>::new());
    assert_eq!(report["tables"]["messages"]["reduced"]["rows"], 6, "{report}");
}

/// A cache in front of the source answers with what it was before: what was fetched last counts, and that it is older is told.
#[test]
fn an_answer_older_than_what_the_lake_has_is_told() {
    let (source, n) = source(vec![
        export(None, 1_735_700_200, &SIX),
        export(None, 1_735_700_150, &SIX[..2]),
        export(None, 1_735_700_300, &SIX),
    ]);
    let lake = Lake::new();
    assert!(run(&source, &lake)["tables"]["conversations"].get("went_back").is_none());
    n.store(1, Ordering::SeqCst);
    let report = run(&source, &lake);
    let told = &report["tables"]["conversations"]["went_back"];
    assert_eq!(told["rows"], 1, "{report:#}");
    assert!(told["key"].as_str().unwrap().contains("c1"), "{report:#}");
    assert_eq!(report["tables"]["messages"]["reduced"]["rows"], 2, "{report:#}");
    n.store(2, Ordering::SeqCst);
    let report = run(&source, &lake);
    assert!(report["tables"]["conversations"].get("went_back").is_none(), "{report:#}");
    assert_eq!(texts(&lake).len(), 6);
}
