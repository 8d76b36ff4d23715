//! What counts as a change of a list's record: not the order of its keys, nor a URL that is signed anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use convolake_simulator::{Corpus, HabitPlan, Habits, KeyOrder, SignedUrls, Stream};

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::{Source, tidy, unlimited};

/// Runs the project once for each list, and gives how many requests for ids each but the first made.
fn asked_per_run(changed: &str, lists: &[&str]) -> Vec<usize> {
    let project = OwnProject::with_pipeline(
        &format!(
            "name: x\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\n\
             rate_limit: {{ requests_per_second: 500 }}\nstreams:\n  \
             list: {{ path: /list, pages: {{ number: page }}, records: /data, id: /id, schema: x/list }}\n  \
             t: {{ path: /export, pages: {{ number: page }}, records: /data, id: /id, schema: x/t, full_walk: 7d,\n       \
             changed: {{ list: list, param: ids, batch: 20{changed} }} }}\n"
        ),
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n    _listed: { listed: id }\n",
    );
    project.write("schemas/x/list.yaml", "l:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n");
    let project = project.table("l", &[]).table("u", &["_listed: { type: string }"]);
    let at_run = Arc::new(AtomicUsize::new(0));
    let (of_source, served): (_, Vec<String>) =
        (Arc::clone(&at_run), lists.iter().map(|list| (*list).to_owned()).collect());
    let source = Script::start(move |_, asked| {
        let is_first = matches!(asked.query("page"), None | Some("1"));
        match (asked.path(), is_first) {
            ("/list", true) => {
                Answer::json(format!(r#"{{"data": [{}]}}"#, served[of_source.load(Ordering::SeqCst)]))
            }
            ("/export", true) => Answer::json(r#"{"data": [{"id": "1", "at": "2024-12-01T00:00:00Z"}]}"#),
            _ => Answer::json(r#"{"data": []}"#),
        }
    });
    let lake = Lake::new();
    let mut asked = Vec::new();
    for run in 0..lists.len() {
        at_run.store(run, Ordering::SeqCst);
        source.forget();
        project.run(&source.base_url(), &lake).ends(0);
        asked.push(source.asked().iter().filter(|asked| asked.query("ids").is_some()).count());
    }
    asked.split_off(1)
}

#[test]
fn the_order_of_keys_and_the_white_space_are_no_change() {
    let lists = [
        r#"{"id":"1","at":"2024-12-01T00:00:00Z","m":{"a":1,"b":[1,2]},"t":"ü"}"#,
        r#"{ "t": "\u00fc", "m": { "b": [1, 2], "a": 1 }, "at": "2024-12-01T00:00:00Z", "id": "1" }"#,
        r#"{"id":"1","at":"2024-12-01T00:00:00Z","m":{"a":1,"b":[2,1]},"t":"ü"}"#,
        r#"{"id":"1","at":"2024-12-01T00:00:00Z","m":{"a":1,"b":[2,1]},"t":"u"}"#,
    ];
    assert_eq!(asked_per_run("", &lists), [0, 1, 1], "the order of an array is content");
    assert_eq!(asked_per_run(", unordered: [/m/b]", &lists), [0, 0, 1]);
}

#[test]
fn what_is_left_out_is_no_change_at_any_depth() {
    let list = |sig: u32, block: &str, text: &str| {
        format!(
            r#"{{"id":"1","at":"2024-12-01T00:00:00Z","userImage":"https://x/y.png?X-Amz-Signature={sig}","blocks":[{{"block_id":"{block}","text":"{text}"}}]}}"#
        )
    };
    let lists = [list(1, "dRF", "x"), list(2, "0Xuo9", "x"), list(3, "0Xuo9", "y")];
    let lists: Vec<&str> = lists.iter().map(String::as_str).collect();
    assert_eq!(asked_per_run("", &lists), [1, 1]);
    assert_eq!(asked_per_run(", ignore: [/userImage]", &lists), [1, 1]);
    assert_eq!(asked_per_run(", ignore: [/userImage, /blocks/*/block_id]", &lists), [0, 1]);
}

/// The built-in pipeline, against a source that signs pictures anew and orders keys otherwise in each answer.
#[test]
fn a_list_that_is_signed_and_ordered_anew_exports_nothing_again() {
    let source = Source::start(unlimited(Corpus::Generated(tidy(40))));
    let habits = Habits {
        signed_urls: Some(SignedUrls::default()),
        key_order: Some(KeyOrder::Shuffled),
        ..Habits::default()
    };
    source.running.set_habits(&HabitPlan::at(Stream::ConvocoreList, habits));
    let lake = Lake::new();
    Convolake::pull("convocore", &source, &lake).ends(0);
    let before = source.requests(Stream::ConvocoreExport).len();
    Convolake::pull("convocore", &source, &lake).ends(0);
    assert_eq!(source.requests(Stream::ConvocoreExport).len(), before, "nothing was exported again");
}
