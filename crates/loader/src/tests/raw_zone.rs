//! What is landed is read back, whole, in order, and whatever befalls it is told.

use std::collections::BTreeMap;

use crate::storage::blocking::block_on;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use crate::raw::{PageRef, RawLine, RawPage};
use crate::{Lake, LoadError, Location};

fn page(run: &str, seq: u32, fetched_at: i64, body: &[u8]) -> RawPage {
    RawPage {
        run: run.into(),
        pipeline: "agentx".into(),
        stream: "messages".into(),
        slice_id: "bot=b%2F1,from=0".into(),
        slice: json!({"from": 0}),
        params: BTreeMap::from([("bot_name".into(), "b/1".into())]),
        seq,
        method: "GET".into(),
        url: "http://127.0.0.1/messages?page=1".into(),
        status: 200,
        headers: BTreeMap::from([("date".into(), "x".into())]),
        fetched_at: jiff::Timestamp::from_microsecond(fetched_at).unwrap(),
        body: Bytes::copy_from_slice(body),
        listed: BTreeMap::new(),
        gone: Vec::new(),
    }
}

fn tombstone(run: &str, fetched_at: i64, ids: &[&str]) -> RawPage {
    let gone = ids.iter().map(|id| (*id).to_owned()).collect();
    let page = page(run, 1, fetched_at, b"");
    let (method, url, status, headers) = Default::default();
    RawPage {
        slice_id: "gone".into(),
        slice: json!({"kind": "gone"}),
        method,
        url,
        status,
        headers,
        gone,
        ..page
    }
}

fn lake() -> (tempfile::TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(&Location::Folder(folder.path().to_owned())).unwrap();
    (folder, lake)
}

/// Lands a page as a run of its own does.
fn land(lake: &Lake, page: &RawPage) -> PageRef {
    let raw = lake.raw();
    let at = block_on(raw.land(page)).unwrap();
    block_on(raw.keep_repeats()).unwrap();
    at
}

fn of_line(line: &[u8]) -> RawPage {
    match RawLine::parse(line) {
        RawLine::Page(page) => *page,
        other => panic!("{other:?}"),
    }
}

fn landed(lake: &Lake) -> Vec<RawPage> {
    lake.raw().pages("agentx").unwrap().map(|page| page.unwrap().page).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_landed_is_read_back(
        bodies in proptest::collection::vec(
            prop_oneof![any::<Vec<u8>>(), any::<String>().prop_map(String::into_bytes)], 1..5),
        listed in any::<bool>(),
    ) {
        let (_folder, lake) = lake();
        let mut pages = Vec::new();
        for (seq, body) in (1..).zip(&bodies) {
            let mut page = page("20261121T120000Z-aaaaaa", seq, i64::from(seq), body);
            if listed {
                page.listed.insert("c1".into(), "hash".into());
            }
            let at = land(&lake, &page);
            prop_assert_eq!(PageRef::parse(&at.to_string()), Some(at));
            pages.push(page);
        }
        prop_assert_eq!(landed(&lake), pages);
    }
}

#[test]
fn pages_come_in_the_order_they_were_fetched() {
    let (_folder, lake) = lake();
    let mut late = page("20261121T120000Z-aaaaaa", 1, 30, b"late");
    late.slice_id = "a".into();
    // Incompressible, so that the object's beginning does not hold its first block.
    let noise: Vec<u8> =
        (0u64..300_000).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
    let early = page("20261121T120000Z-aaaaaa", 2, 10, &noise);
    let between = page("20261120T120000Z-bbbbbb", 1, 20, b"between");
    for page in [&late, &early, &between] {
        land(&lake, page);
    }
    assert_eq!(landed(&lake), [early, between, late]);
}

#[test]
fn a_tombstone_is_told_from_a_page_and_stands_in_its_order() {
    let (folder, lake) = lake();
    let first = page("20261121T120000Z-aaaaaa", 1, 1, b"{}");
    let gone = tombstone("20261121T120000Z-aaaaaa", 2, &["c1", "c2"]);
    let last = page("20261122T120000Z-bbbbbb", 1, 3, b"{}");
    // The same ids once more are a tombstone of their own, and no reference.
    let again = tombstone("20261122T120000Z-bbbbbb", 4, &["c1", "c2"]);
    let at: Vec<PageRef> = [&last, &again, &gone, &first].map(|page| land(&lake, page)).into();
    assert_eq!(landed(&lake), [first, gone, last, again]);
    let bytes = std::fs::read(folder.path().join(&at[1].object)).unwrap();
    let line = zstd::decode_all(&bytes[..]).unwrap();
    let expected = json!({
        "v": 2, "run": "20261122T120000Z-bbbbbb", "stream": "messages", "slice": {"kind": "gone"},
        "params": {"bot_name": "b/1"}, "seq": 1, "fetched_at": "1970-01-01T00:00:00.000004Z", "gone": ["c1", "c2"],
    });
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&line).unwrap(), expected);
    assert_eq!(of_line(&line).gone, ["c1", "c2"]);
}

#[test]
fn a_line_that_is_neither_page_nor_tombstone_is_damaged_and_a_newer_one_refused() {
    let (folder, lake) = lake();
    let at = land(&lake, &tombstone("20261121T120000Z-aaaaaa", 1, &["c1"]));
    let path = folder.path().join(&at.object);
    let line = String::from_utf8(zstd::decode_all(&std::fs::read(&path).unwrap()[..]).unwrap()).unwrap();
    let read = |line: &str| {
        std::fs::write(&path, zstd::bulk::compress(line.as_bytes(), 3).unwrap()).unwrap();
        let error = lake.raw().pages("agentx").unwrap().next().unwrap().unwrap_err();
        *error.source
    };
    for (from, to) in [(r#""gone":["c1"]"#, r#""gone":[]"#), (r#""gone":["c1"]"#, r#""body":"{}""#)] {
        assert!(line.contains(from), "{line}");
        assert!(matches!(read(&line.replace(from, to)), LoadError::Damaged { .. }), "{to}");
    }
    let newer = line.replace(r#""v":2"#, r#""v":5"#).replace(r#""gone":"#, r#""left":"#);
    assert!(matches!(read(&newer), LoadError::Newer { found: 5, known: 4, .. }));
}

#[test]
fn an_object_that_does_not_read_is_told_of_and_the_others_follow() {
    let (folder, lake) = lake();
    let first = page("20261121T120000Z-aaaaaa", 1, 1, b"one");
    let second = page("20261121T120000Z-aaaaaa", 2, 2, b"two");
    let at = land(&lake, &first);
    land(&lake, &second);
    let path = folder.path().join(&at.object);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let pages: Vec<_> = lake.raw().pages("agentx").unwrap().collect();
    let (bad, good): (Vec<_>, Vec<_>) = pages.into_iter().partition(Result::is_err);
    assert_eq!(bad[0].as_ref().unwrap_err().object, at.object);
    assert_eq!(good[0].as_ref().unwrap().page, second);
}

#[test]
fn a_number_is_landed_once() {
    let (_folder, lake) = lake();
    let first = page("20261121T120000Z-aaaaaa", 1, 1, b"one");
    assert_eq!(land(&lake, &first), land(&lake, &first));
    let other = page("20261121T120000Z-aaaaaa", 1, 1, b"two");
    assert!(matches!(block_on(lake.raw().land(&other)), Err(LoadError::ObjectTaken { .. })));
}

#[test]
fn a_failed_answer_is_kept_apart() {
    let (folder, lake) = lake();
    let at = block_on(lake.raw().land_failed(&page("r1", 1, 1, b"<html>"), 1, "no JSON")).unwrap();
    assert_eq!(at.object, "_convolake/agentx/failed/r1-00001.jsonl.zst");
    let bytes = std::fs::read(folder.path().join(&at.object)).unwrap();
    assert!(
        String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap().contains("\"error\":\"no JSON\"")
    );
    assert!(landed(&lake).is_empty());
}

#[test]
fn a_quarantine_file_appears_only_with_a_line() {
    let (folder, lake) = lake();
    lake.quarantine("agentx", "r1").unwrap().finish().unwrap();
    assert!(!folder.path().join("quarantine").exists());
    let mut quarantine = lake.quarantine("agentx", "r1").unwrap();
    let line = crate::QuarantineLine {
        reason: "no id".into(),
        pointer: "/id".into(),
        page: "a#1".into(),
        record: serde_json::value::to_raw_value(&[1]).unwrap(),
        v: crate::RecordForm::Verbatim,
    };
    quarantine.push(&line).unwrap();
    let path = folder.path().join("quarantine/agentx/r1.jsonl.zst");
    assert!(!path.exists());
    assert_eq!(quarantine.finish().unwrap(), 1);
    let bytes = zstd::decode_all(&std::fs::read(path).unwrap()[..]).unwrap();
    let read: crate::QuarantineLine = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((read.reason, read.record.get()), (line.reason, line.record.get()));
}

#[test]
fn names_that_leave_their_folder_are_refused() {
    let (_folder, lake) = lake();
    for slice_id in ["..", "a/b", ""] {
        let bad = RawPage { slice_id: slice_id.into(), ..page("r1", 1, 1, b"") };
        assert!(matches!(block_on(lake.raw().land(&bad)), Err(LoadError::Name { .. })), "{slice_id}");
    }
}

#[test]
fn names_tell_stream_slice_number_and_run() {
    let (_folder, lake) = lake();
    let (first, second) = ("20261121T120000Z-aaaaaa", "20261121T130000Z-aaaaaa");
    for (run, seq) in [(second, 2), (first, 2), (first, 1)] {
        land(&lake, &page(run, seq, i64::from(seq), b"{}"));
    }
    let names = block_on(lake.raw().names("agentx")).unwrap();
    let told: Vec<_> = names.iter().map(|name| (name.seq, name.run.as_str())).collect();
    assert_eq!(told, [(1, first), (2, first), (2, second)]);
    assert!(names.iter().all(|name| (&*name.stream, &*name.slice_id) == ("messages", "bot=b%2F1,from=0")));
    // Landed as a reference to the first run's page, and read whole.
    let read = block_on(lake.raw().read(&names[2])).unwrap();
    assert_eq!((read.page.run.as_str(), &*read.page.body), (second, &b"{}"[..]));
    assert_eq!(block_on(lake.raw().names("other")).unwrap(), []);
}
