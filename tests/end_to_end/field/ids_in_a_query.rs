//! Several ids in one request: what stands between them, how long a URL becomes, and ids that are left out of the answer.

use std::collections::BTreeSet;

use super::project::OwnProject;
use super::script::{Answer, Asked, Script};
use crate::convolake::Ended;
use crate::lake::Lake;

fn project(changed: &str) -> OwnProject {
    let project = OwnProject::with_pipeline(
        &format!(
            "name: x\nbase_url: http://127.0.0.1:9\nauth: {{ header: authorization, env: AGENTX_API_KEY }}\n\
             rate_limit: {{ requests_per_second: 500 }}\nstreams:\n  \
             list: {{ path: /list, pages: {{ number: page }}, records: /data, id: /id, schema: x/list }}\n  \
             t: {{ path: /export, pages: {{ number: page }}, records: /data, id: /id, schema: x/t, full_walk: 7d,\n       \
             changed: {{ list: list, param: ids, {changed} }} }}\n"
        ),
        "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n    v: { at: /v }\n    _listed: { listed: id }\n",
    );
    project.write("schemas/x/list.yaml", "l:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n");
    project.table("l", &[]).table("u", &["v: { type: string }", "_listed: { type: string }"])
}

/// What a source that reads ids in some form is asked for.
fn asked_ids(asked: &Asked, separator: Option<char>) -> Vec<String> {
    let query = asked.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let pairs = url_pairs(query).into_iter().filter(|(name, _)| name == "ids").map(|(_, value)| value);
    match separator {
        Some(separator) => {
            pairs.flat_map(|ids| ids.split(separator).map(str::to_owned).collect::<Vec<_>>()).collect()
        }
        None => pairs.collect(),
    }
}

fn url_pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let bytes = text.replace('+', " ").into_bytes();
        let mut out = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let hex =
                (bytes[at] == b'%').then(|| std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap().to_owned());
            out.push(hex.as_ref().map_or(bytes[at], |hex| u8::from_str_radix(hex, 16).unwrap()));
            at += if hex.is_some() { 3 } else { 1 };
        }
        String::from_utf8(out).unwrap()
    };
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (decoded(k), decoded(v))).collect()
}

fn records(ids: &[String], version: usize) -> Answer {
    let record = |id: &String| {
        format!(
            r#"{{"id":{},"at":"2024-12-01T00:00:00Z","v":"{version}"}}"#,
            serde_json::to_string(id).unwrap()
        )
    };
    Answer::json(format!(r#"{{"data": [{}]}}"#, ids.iter().map(record).collect::<Vec<_>>().join(",")))
}

/// A first run of the source, which holds `ids`, walks the export by page; then all ids change, and the second asks for them
/// by `answer`.
fn second_run(
    changed: &str,
    ids: &[&str],
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> (Ended, Lake, Vec<Asked>) {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let version = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(1));
    let of_source = std::sync::Arc::clone(&version);
    let source = Script::start(move |_, asked| {
        let version = of_source.load(std::sync::atomic::Ordering::SeqCst);
        let is_first_page = matches!(asked.query("page"), None | Some("1"));
        match (asked.query("ids"), is_first_page) {
            (Some(_), _) => answer(asked),
            (None, true) => records(&ids, version),
            (None, false) => records(&[], version),
        }
    });
    let (project, lake) = (project(changed), Lake::new());
    project.run(&source.base_url(), &lake).ends(0);
    source.forget();
    version.store(2, std::sync::atomic::Ordering::SeqCst);
    let ended = project.run(&source.base_url(), &lake).ends_somehow();
    let asked = source.asked().into_iter().filter(|asked| asked.query("ids").is_some()).collect();
    (ended, lake, asked)
}

fn versions(lake: &Lake, version: &str) -> BTreeSet<String> {
    let rows = lake.rows("u").into_iter().filter(|row| row["v"] == version);
    rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn ids_that_hold_the_separator_are_asked_for_by_themselves_or_repeated() {
    let ids = ["a", "b", "a,b", "c|d", "e"];
    // Joined by commas: the source reads `a,b` as two, and the other ids do not suffer.
    let (ended, lake, asked) =
        second_run("batch: 20", &ids, |asked| records(&asked_ids(asked, Some(',')), 2));
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(versions(&lake, "2"), set(&["a", "b", "c|d", "e"]));
    // Both are asked for at once, in any order.
    let values: BTreeSet<&str> = asked.iter().filter_map(|asked| asked.query("ids")).collect();
    assert_eq!(values, BTreeSet::from(["a%2Cb%2Cc%7Cd%2Ce", "a%2Cb"]), "one of its own for the odd one");
    let report = ended.report().to_string();
    assert!(
        report.contains("1 ids hold `,`") && report.contains("a,b") && report.contains("`repeat: true`"),
        "{ended}"
    );
    assert_eq!(ended.report()["streams"][1]["unanswered"][0], "a,b", "{ended}");
    // Joined otherwise, and each in a parameter of its own.
    let (ended, lake, _) =
        second_run("batch: 20, separator: \";\"", &ids, |asked| records(&asked_ids(asked, Some(';')), 2));
    assert_eq!((ended.code, versions(&lake, "2")), (Some(0), set(&ids)), "{ended}");
    let (ended, lake, asked) =
        second_run("batch: 20, repeat: true", &ids, |asked| records(&asked_ids(asked, None), 2));
    assert_eq!((ended.code, versions(&lake, "2")), (Some(0), set(&ids)), "{ended}");
    assert_eq!(asked.len(), 1);
    assert!(!ended.report().to_string().contains("ids hold"), "{ended}");
}

#[test]
fn a_url_is_bounded_by_its_bytes() {
    let ids: Vec<String> = (0..20).map(|n| format!("{}{n:02}", "ü".repeat(60))).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (changed, longest) in
        [("batch: 20", 2000), ("batch: 20, query_bytes: 800", 800), ("batch: 20, query_bytes: 9000", 9000)]
    {
        let (ended, lake, asked) =
            second_run(changed, &ids, |asked| records(&asked_ids(asked, Some(',')), 2));
        assert_eq!(ended.code, Some(0), "{ended}");
        assert_eq!(versions(&lake, "2").len(), 20, "{changed}");
        let lengths: Vec<usize> = asked.iter().map(|asked| asked.query("ids").unwrap().len()).collect();
        assert!(lengths.iter().all(|length| *length <= longest), "{changed}: {lengths:?}");
        assert!(
            lengths.iter().any(|length| *length > longest / 2 || lengths.len() == 1),
            "{changed}: {lengths:?}"
        );
    }
}

/// Of a list only the first id is answered: the others are asked for by themselves, in the same run.
#[test]
fn ids_that_a_batch_leaves_out_are_asked_for_by_themselves() {
    let ids: Vec<String> = (0..12).map(|n| format!("c{n:02}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let first = |asked: &Asked| records(&asked_ids(asked, Some(','))[..1], 2);
    let (ended, lake, asked) = second_run("batch: 20", &ids, first);
    assert_eq!((ended.code, versions(&lake, "2")), (Some(0), set(&ids)), "{ended}");
    assert!(asked.len() <= 2 * 12, "each id, and a second page that brings none of those that are missing");
    // What is not there is not asked for one by one without end.
    let (ended, lake, asked) = second_run("batch: 20", &ids, |_| records(&[], 2));
    assert_eq!((ended.code, versions(&lake, "2").len()), (Some(0), 0), "{ended}");
    assert!(ended.report()["streams"][1]["unanswered"].as_array().unwrap().len() >= 10, "{ended}");
    assert!(asked.len() <= 1 + 3, "{} requests", asked.len());
}
