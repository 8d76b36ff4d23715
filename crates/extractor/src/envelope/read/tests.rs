//! Bodies that are pages, and bodies that are none.

use proptest::prelude::*;

use convolake_model::{FailedValues, FailureSign};

use super::*;
use crate::fakes;

fn page(stream: &str, body: &[u8]) -> Result<PageContent, PageFault> {
    read(&fakes::stream(stream), body)
}

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
        (r#"{"data": null, "nextCursor": "c"}"#, no_records),
        (r#"{"data": null, "hasMore": true}"#, no_records),
        (
            r#"{"data": null, "message": "busy"}"#,
            "nothing stands at /data, where the records should be: busy",
        ),
        (r#"{"result": [1]}"#, no_records),
        (r#"{"message": "try later"}"#, "nothing stands at /data, where the records should be: try later"),
        (
            r#"{"data": {"0": 1}}"#,
            "an object stands at /data, where the records should be, and no record: nothing stands at its /id; is each of its members one, at /data/*?",
        ),
        (r#"{"data": "[]"}"#, "no array stands at /data, where the records should be"),
        (r#"{"success": false, "data": []}"#, "the source says that it failed"),
        (r#"{"data": [], "message": "quota", "success": false}"#, "the source says that it failed: quota"),
        (
            r#"{"success": "false", "message": "busy", "data": []}"#,
            "the source says that it failed (\"false\" stands at /success): busy",
        ),
        (r#"{"success": 0, "data": [{"id": 1}]}"#, "the source says that it failed (0 stands at /success)"),
        (
            r#"{"success": null, "data": [{"id": 1}]}"#,
            "the source says that it failed (null stands at /success)",
        ),
        (
            r#"{"success": "no", "data": [{"id": 1}]}"#,
            "the source says that it failed (\"no\" stands at /success)",
        ),
        (
            r#"{"data": [], "errors": [{"message": "busy"}]}"#,
            "the source says that it failed (an array stands at /errors): busy",
        ),
        (
            r#"{"data": null, "errors": [{"message": "busy"}]}"#,
            "the source says that it failed (an array stands at /errors): busy",
        ),
        (
            r#"{"status": "error", "code": 500, "message": "busy", "data": []}"#,
            "the source says that it failed (\"error\" stands at /status): busy",
        ),
        (
            r#"{"data": [], "nextCursor": {}}"#,
            "no text stands at /nextCursor, where the way to the next page should be",
        ),
        (
            r#"{"data": [], "nextCursor": {"href": "/t?after=1", "title": "next"}}"#,
            "no text stands at /nextCursor, where the way to the next page should be; an object of href, title does: name one of \
             them, as in /nextCursor/href",
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
        r#"{"status": "error", "error": "of one part", "data": [{"id": 1}]}"#,
        r#"{"data": [], "data": [{"id": 1}]}"#,
        r#"{"d\u0061ta": [{"id": 1}]}"#,
        r#"{"data": [7]}"#,
    ] {
        assert_eq!(page("listed", body.as_bytes()).unwrap().record_count, 1, "{body}");
    }
}

#[test]
fn null_for_records_is_an_end_where_nothing_speaks_against_it() {
    for body in [
        r#"{"data": null}"#,
        r#"{"data": null, "nextCursor": null, "hasMore": false}"#,
        r#"{"success": true, "message": "ok", "data": null}"#,
    ] {
        let seen = page("listed", body.as_bytes()).unwrap();
        assert_eq!((seen.record_count, seen.is_null), (0, true), "{body}");
    }
    assert!(!page("listed", br#"{"data": []}"#).unwrap().is_null);
}

#[test]
fn a_record_that_is_no_json_is_counted_and_its_neighbours_are_seen() {
    let body = r#"{"data": [{"id": "a"}, {"id": "b", "ts": 1699999999, "score": NaN}, {"score": NaN}], "cursor": "c"}"#;
    let seen = page("windowed", body.as_bytes()).unwrap();
    assert_eq!((seen.record_count, seen.n_broken, seen.cursor.as_deref()), (3, 2, Some("c")));
    let ids: Vec<_> = seen.records.iter().map(|record| record.id.as_deref()).collect();
    assert_eq!(ids, [Some("a"), Some("b"), None]);
    assert_eq!(seen.records[1].listed_at.map(|at| at.as_second()), Some(1_699_999_999));
    let body = |score: &str| format!(r#"{{"result": {{"items": [1, {score}]}}}}"#);
    let without_ids = page("linked", body("NaN").as_bytes()).unwrap();
    assert_eq!((without_ids.record_count, without_ids.n_broken), (2, 1));
    assert_ne!(without_ids.fingerprint, page("linked", body("Infinity").as_bytes()).unwrap().fingerprint);
    for envelope in
        [r#"{"data": [], "took": NaN}"#, r#"{"data": [{"id": NaN}], "cursor": NaN}"#, r#"{"data": NaN}"#]
    {
        assert_eq!(
            fault("windowed", envelope.as_bytes()),
            "the body is no JSON, or was cut off",
            "{envelope}"
        );
    }
}

#[test]
fn pointers_that_hit_nothing_are_told_from_those_that_hit_null() {
    for (stream, body, expected) in [
        ("windowed", r#"{"data": [{"id": 1}], "cursor": null}"#, &[][..]),
        ("windowed", r#"{"data": [{"id": 1}], "next": "c"}"#, &["/cursor"]),
        ("windowed", r#"{"data": [{"_id": 1}], "cursor": "c"}"#, &["/id"]),
        ("windowed", r#"{"data": []}"#, &[]),
        ("linked", r#"{"result": {"items": [1]}}"#, &["/links/next"]),
        ("linked", r#"{"result": {"items": [1]}, "links": {"next": null}}"#, &[]),
        // Numbers lead on.
        ("listed", r#"{"data": [{"id": 1}]}"#, &[]),
    ] {
        let seen = page(stream, body.as_bytes()).unwrap();
        let missed: Vec<&str> = seen.missed.iter().map(|missed| missed.pointer.as_str()).collect();
        assert_eq!(missed, expected, "{body}");
    }
}

#[test]
fn pointers_reach_into_arrays_by_index() {
    let mut stream = fakes::stream("windowed");
    stream.pages.cursor = Some((Pointer::parse("/paging/0/cursor").unwrap(), "cursor".into()));
    let read = |stream: &Stream, body: &str| read(stream, body.as_bytes()).unwrap();
    let body = r#"{"data": [{"id": 1}], "paging": [{"cursor": "c1"}, {"cursor": "c2"}]}"#;
    assert_eq!(read(&stream, body).cursor.as_deref(), Some("c1"));
    let keyed = r#"{"data": [{"id": 1}], "paging": {"0": {"cursor": "c1"}}}"#;
    assert_eq!(read(&stream, keyed).cursor.as_deref(), Some("c1"));
    stream.envelope.records = Pointer::parse("/0/items").unwrap();
    stream.pages.cursor = Some((Pointer::parse("/1/cursor").unwrap(), "cursor".into()));
    let seen = read(&stream, r#"[{"items": [{"id": 1}]}, {"cursor": "c"}]"#);
    assert_eq!((seen.record_count, seen.cursor.as_deref()), (1, Some("c")));
}

#[test]
fn flags_in_other_spellings_and_the_other_way_round() {
    let mut stream = fakes::stream("listed");
    for (tail, expected) in [
        (r#""hasMore": "false""#, Some(false)),
        (r#""hasMore": 0"#, Some(false)),
        (r#""hasMore": "yes""#, Some(true)),
        (r#""hasMore": null"#, None),
        (r#""hasMore": "perhaps""#, None),
    ] {
        let body = format!(r#"{{"data": [{{"id": 1}}], {tail}}}"#);
        assert_eq!(read(&stream, body.as_bytes()).unwrap().more, expected, "{tail}");
    }
    stream.pages.more = Pointer::parse("/end_of_stream").ok();
    stream.pages.more_is = false;
    for (flag, expected) in
        [("true", Some(false)), ("false", Some(true)), ("\"1\"", Some(false)), ("null", None)]
    {
        let body = format!(r#"{{"data": [{{"id": 1}}], "end_of_stream": {flag}, "nextCursor": "c"}}"#);
        assert_eq!(read(&stream, body.as_bytes()).unwrap().more, expected, "{flag}");
    }
}

#[test]
fn the_number_of_pages_and_errors_beside_records() {
    let mut stream = fakes::stream("listed");
    stream.pages.last = Pointer::parse("/meta/last_page").ok();
    for (last, expected) in [("7", Some(7)), ("\"7\"", Some(7)), ("null", None), ("-1", None), ("1.5", None)]
    {
        let body = format!(r#"{{"data": [{{"id": 1}}], "meta": {{"last_page": {last}}}}}"#);
        assert_eq!(read(&stream, body.as_bytes()).unwrap().last, expected, "{last}");
    }
    let body = br#"{"data": [{"id": 1}], "errors": [{"message": "shard 3 timed out"}]}"#;
    let partial = read(&stream, body).unwrap().partial.unwrap();
    assert_eq!((partial.n_errors, partial.message.as_deref()), (1, Some("shard 3 timed out")));
}

#[test]
fn signs_that_a_pipeline_names_fail_a_page_of_records_too() {
    let sign = FailureSign {
        at: Pointer::parse("/state").unwrap(),
        is: FailedValues::These(vec!["PARTIAL".into()]),
    };
    let mut stream = fakes::stream("listed");
    stream.answers.failures = vec![sign];
    let body = br#"{"data": [{"id": 1}], "state": "PARTIAL", "message": "timed out"}"#;
    let fault = read(&stream, body).unwrap_err();
    assert_eq!(fault.to_string(), "the source says that it failed (\"PARTIAL\" stands at /state): timed out");
}

#[test]
fn lone_surrogates_pass_wherever_they_stand() {
    let body =
        r#"{"data": [{"id": "c1", "text": "cut \ud83d", "k\ud83d": 1}], "\ude00": "\ud83d", "cursor": "c"}"#;
    let seen = page("windowed", body.as_bytes()).unwrap();
    assert_eq!(seen.records[0].id.as_deref(), Some("c1"));
    assert_eq!(seen.cursor.as_deref(), Some("c"));
}

#[test]
fn bytes_that_are_no_text_pass() {
    let seen = page("windowed", b"{\"data\": [{\"id\": \"c1\", \"text\": \"\xff\xfe\"}]}").unwrap();
    assert_eq!(seen.records[0].id.as_deref(), Some("c1"));
}

#[test]
fn depth_costs_no_stack() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let record = format!(r#"{{"data": [{{"id": "c1", "deep": {deep}}}], "cursor": null, "other": {deep}}}"#);
    let seen = page("windowed", record.as_bytes()).unwrap();
    assert_eq!(seen.records[0].id.as_deref(), Some("c1"));
    let unclosed = "{\"data\":".to_owned() + &"[{\"data\":".repeat(100_000);
    assert!(page("windowed", unclosed.as_bytes()).is_err());
    let deep_id = format!(r#"{{"data": [{{"id": {deep}}}], "message": {deep}}}"#);
    assert_eq!(page("windowed", deep_id.as_bytes()).unwrap().records[0].id, None);
}

proptest! {
    #[test]
    fn any_bytes_are_a_page_or_a_fault(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(page("listed", &body));
    }

    #[test]
    fn a_page_cut_anywhere_is_none(cut in 0usize..1000) {
        let body = r#"{"success": true, "data": [{"id": "a", "ts": 1699999999}, {"id": "b"}], "hasMore": true}"#;
        prop_assert!(page("listed", &body.as_bytes()[..cut % body.len()]).is_err());
    }

    #[test]
    fn what_serde_json_reads_is_read_alike(ids in proptest::collection::vec(".{0,8}", 0..6), extra in ".{0,8}") {
        let records: Vec<_> = ids.iter().map(|id| serde_json::json!({&extra: [1], "id": id})).collect();
        let body = serde_json::json!({&extra: {"data": 1}, "data": records, "cursor": null}).to_string();
        let seen = page("windowed", body.as_bytes()).unwrap();
        let found: Vec<_> = seen.records.iter().filter_map(|record| record.id.clone()).collect();
        prop_assume!(extra != "data" && extra != "id" && extra != "success" && extra != "cursor");
        prop_assert_eq!(found, ids);
    }
}
