//! Bodies that are pages, and bodies that are none.

use proptest::prelude::*;

use super::*;
use crate::fakes;

fn fault(stream: &str, body: &[u8]) -> String {
    read(&fakes::stream(stream), body).map(|seen| seen.record_count).unwrap_err().to_string()
}

#[test]
fn what_is_no_page() {
    let no_records = "nothing stands at /data, where the records should be";
    for (body, expected) in [
        ("", "the body is empty"),
        (" \n", "the body is empty"),
        ("<!doctype html><html></html>", "the body is HTML"),
        (r#"{"data": [{"id": 1}"#, "the body is no JSON, or was cut off"),
        (r#"{"data": [{"id": 1}]"#, "the body is no JSON, or was cut off"),
        (r#"{"data": []} {"data": []}"#, "the body is no JSON, or was cut off"),
        ("upstream error", "the body is no JSON, or was cut off"),
        ("{}", no_records),
        ("[]", no_records),
        ("null", no_records),
        (r#"{"data": null}"#, no_records),
        (r#"{"result": [1]}"#, no_records),
        (r#"{"message": "try later"}"#, "nothing stands at /data, where the records should be: try later"),
        (r#"{"data": {"0": 1}}"#, "no array stands at /data, where the records should be"),
        (r#"{"data": "[]"}"#, "no array stands at /data, where the records should be"),
        (r#"{"success": false, "data": []}"#, "the source says that it failed"),
        (r#"{"data": [], "message": "quota", "success": false}"#, "the source says that it failed: quota"),
        (
            r#"{"data": [], "nextCursor": {}}"#,
            "no text stands at /nextCursor, where the way to the next page should be",
        ),
        (
            r#"{"data": [], "nextCursor": true}"#,
            "no text stands at /nextCursor, where the way to the next page should be",
        ),
    ] {
        assert_eq!(fault("listed", body.as_bytes()), expected, "{body}");
    }
    assert_eq!(
        fault("linked", br#"{"result": [1]}"#),
        "nothing stands at /result/items, where the records should be"
    );
}

#[test]
fn what_is_a_page() {
    for body in [
        r#"{"data": [{"id": 1}]}"#,
        "\u{feff}{\"data\": [{\"id\": 1}]}\r\n",
        r#"{"success": true, "message": "ok", "data": [{"id": 1}]}"#,
        r#"{"success": "no", "data": [{"id": 1}]}"#,
        r#"{"success": null, "data": [{"id": 1}]}"#,
        r#"{"data": [], "data": [{"id": 1}]}"#,
        r#"{"d\u0061ta": [{"id": 1}]}"#,
        r#"{"data": [7]}"#,
    ] {
        assert_eq!(read(&fakes::stream("listed"), body.as_bytes()).unwrap().record_count, 1, "{body}");
    }
}

#[test]
fn lone_surrogates_pass_wherever_they_stand() {
    let body =
        r#"{"data": [{"id": "c1", "text": "cut \ud83d", "k\ud83d": 1}], "\ude00": "\ud83d", "cursor": "c"}"#;
    let seen = read(&fakes::stream("windowed"), body.as_bytes()).unwrap();
    assert_eq!(seen.records[0].id.as_deref(), Some("c1"));
    assert_eq!(seen.cursor.as_deref(), Some("c"));
}

#[test]
fn bytes_that_are_no_text_pass() {
    let seen =
        read(&fakes::stream("windowed"), b"{\"data\": [{\"id\": \"c1\", \"text\": \"\xff\xfe\"}]}").unwrap();
    assert_eq!(seen.records[0].id.as_deref(), Some("c1"));
}

#[test]
fn depth_costs_no_stack() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let record = format!(r#"{{"data": [{{"id": "c1", "deep": {deep}}}], "cursor": null, "other": {deep}}}"#);
    let seen = read(&fakes::stream("windowed"), record.as_bytes()).unwrap();
    assert_eq!(seen.records[0].id.as_deref(), Some("c1"));
    let unclosed = "{\"data\":".to_owned() + &"[{\"data\":".repeat(100_000);
    assert!(read(&fakes::stream("windowed"), unclosed.as_bytes()).is_err());
    let deep_id = format!(r#"{{"data": [{{"id": {deep}}}], "message": {deep}}}"#);
    assert_eq!(read(&fakes::stream("windowed"), deep_id.as_bytes()).unwrap().records[0].id, None);
}

proptest! {
    #[test]
    fn any_bytes_are_a_page_or_a_fault(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(read(&fakes::stream("listed"), &body));
    }

    #[test]
    fn a_page_cut_anywhere_is_none(cut in 0usize..1000) {
        let body = r#"{"success": true, "data": [{"id": "a", "ts": 1699999999}, {"id": "b"}], "hasMore": true}"#;
        prop_assert!(read(&fakes::stream("listed"), &body.as_bytes()[..cut % body.len()]).is_err());
    }

    #[test]
    fn what_serde_json_reads_is_read_alike(ids in proptest::collection::vec(".{0,8}", 0..6), extra in ".{0,8}") {
        let records: Vec<_> = ids.iter().map(|id| serde_json::json!({&extra: [1], "id": id})).collect();
        let body = serde_json::json!({&extra: {"data": 1}, "data": records, "cursor": null}).to_string();
        let seen = read(&fakes::stream("windowed"), body.as_bytes()).unwrap();
        let found: Vec<_> = seen.records.iter().filter_map(|record| record.id.clone()).collect();
        prop_assume!(extra != "data" && extra != "id" && extra != "success" && extra != "cursor");
        prop_assert_eq!(found, ids);
    }
}
