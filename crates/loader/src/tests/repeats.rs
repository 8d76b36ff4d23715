//! What has landed before is referred to, and every page comes back byte for byte.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::raw::{PageRef, RawLine, RawPage};
use crate::storage::blocking::block_on;
use crate::{Lake, LoadError, Location};

fn page(run: usize, seq: u32, body: impl Into<Bytes>) -> RawPage {
    RawPage {
        run: format!("2026{:02}{:02}T{:02}0000Z-aaaaaa", 1 + run / 480, 1 + run % 480 / 24, run % 24),
        pipeline: "agentx".into(),
        stream: "messages".into(),
        slice_id: format!("from={run}"),
        slice: json!({"from": run}),
        params: BTreeMap::from([("bot_name".into(), "b/1".into())]),
        seq,
        method: "GET".into(),
        url: format!("http://127.0.0.1/messages?page={seq}"),
        status: 200,
        headers: BTreeMap::new(),
        fetched_at: jiff::Timestamp::from_second(i64::try_from(run).unwrap() * 100 + i64::from(seq)).unwrap(),
        body: body.into(),
        listed: BTreeMap::new(),
        gone: Vec::new(),
    }
}

fn lake() -> (tempfile::TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(&Location::Folder(folder.path().to_owned())).unwrap();
    (folder, lake)
}

/// Lands pages as one run.
fn land(lake: &Lake, pages: &[RawPage]) -> Vec<PageRef> {
    let raw = lake.raw();
    let at = pages.iter().map(|page| block_on(raw.land(page)).unwrap()).collect();
    block_on(raw.keep_repeats()).unwrap();
    at
}

fn landed(lake: &Lake) -> Vec<RawPage> {
    lake.raw().pages("agentx").unwrap().map(|page| page.unwrap().page).collect()
}

fn line(folder: &Path, at: &PageRef) -> Value {
    serde_json::from_slice(&text(folder, &at.object)).unwrap()
}

fn text(folder: &Path, object: &str) -> Vec<u8> {
    zstd::decode_all(&std::fs::read(folder.join(object)).unwrap()[..]).unwrap()
}

fn size(folder: &Path, at: &[PageRef]) -> u64 {
    at.iter().map(|at| folder.join(&at.object).metadata().unwrap().len()).sum()
}

/// A record that is like no other and does not compress to nothing.
fn record(n: u64, version: u64) -> String {
    let word =
        |n: u64| format!("{:x}", n.wrapping_add(version).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31));
    let words: Vec<String> = (0..40).map(|at| word(n * 1000 + at)).collect();
    format!(r#"{{"id":"{n}","text":"{}"}}"#, words.join(" "))
}

fn body(records: impl IntoIterator<Item = String>) -> String {
    format!(r#"{{"data":[{}]}}"#, records.into_iter().collect::<Vec<_>>().join(","))
}

/// What a page may be made of: any bytes, texts, and records of every spelling.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        "\\PC{0,400}".prop_map(String::into_bytes),
        (0..6_u64, 0..2_u64).prop_map(|(n, version)| record(n, version).into_bytes()),
        (0..6_u64).prop_map(|n| record(n, 0).replace(':', " :\t").replace(',', ",\r\n  ").into_bytes()),
        // A record that is torn, and one in characters of several bytes.
        (0..6_u64, 0..300_usize).prop_map(|(n, at)| record(n, 0).into_bytes()[at..].to_vec()),
        (0..6_u64).prop_map(|n| record(n, 0).replace('a', "ä").replace('e', "语").into_bytes()),
        Just(vec![0x80; 3000]),
        Just(b",".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn pages_come_back_byte_for_byte(
        pieces in proptest::collection::vec(piece(), 1..8),
        runs in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec(0..8_usize, 0..12), 1..4), 1..5),
    ) {
        let (_folder, lake) = lake();
        let mut all = Vec::new();
        for (run, bodies) in runs.iter().enumerate() {
            let of = |picks: &Vec<usize>| picks.iter().flat_map(|pick| pieces[pick % pieces.len()].clone()).collect::<Vec<u8>>();
            let listed = |picks: &Vec<usize>| -> BTreeMap<String, String> {
                picks.iter().map(|pick| (format!("id{}", pick % 5), format!("{:x}", pick * (run % 2)))).collect()
            };
            let of_picks = |(seq, picks)| RawPage { listed: listed(picks), ..page(run, seq, of(picks)) };
            let pages: Vec<RawPage> = (1..).zip(bodies).map(of_picks).collect();
            land(&lake, &pages);
            all.extend(pages);
        }
        prop_assert_eq!(landed(&lake), all);
    }
}

#[test]
fn a_page_that_landed_before_is_a_reference_and_one_that_changed_says_what_is_new() {
    let (folder, lake) = lake();
    let first = page(1, 1, body((0..200).map(|n| record(n, 0))));
    let again = page(2, 1, first.body.clone());
    // The walk of a week later: a record in front, one that has changed, and all others shifted.
    let walk = (0..200).map(|n| record(n, u64::from(n == 77)));
    let shifted = page(3, 1, body(std::iter::once(record(900, 0)).chain(walk)));
    let at: Vec<PageRef> =
        [&first, &again, &shifted].map(|page| land(&lake, std::slice::from_ref(page)).remove(0)).into();
    let whole = size(folder.path(), &at[..1]);
    let of_again = line(folder.path(), &at[1]);
    assert_eq!(of_again["v"], 3);
    assert_eq!(of_again["body_parts"]["of"], json!([at[0].to_string()]));
    assert_eq!(of_again["body_parts"]["parts"], json!([{"of": 0, "at": 0, "bytes": first.body.len()}]));
    assert_eq!(line(folder.path(), &at[2])["body_parts"]["of"], json!([at[0].to_string()]));
    assert!(size(folder.path(), &at[1..2]) < 600, "{}", size(folder.path(), &at[1..2]));
    assert!(size(folder.path(), &at[2..]) < whole / 20, "{} of {whole}", size(folder.path(), &at[2..]));
    assert_eq!(landed(&lake), [first, again, shifted]);
}

#[test]
fn no_reference_leads_further_than_to_a_page_in_parts() {
    let (folder, lake) = lake();
    let pages: Vec<RawPage> = (0..30)
        .map(|run| page(run, 1, body((0..100).map(|n| record(n, u64::from(n < run as u64))))))
        .collect();
    let at: Vec<PageRef> =
        pages.iter().map(|page| land(&lake, std::slice::from_ref(page)).remove(0)).collect();
    for at in &at {
        let line = line(folder.path(), at);
        let pages = &line["body_pages"];
        let n_whole = usize::try_from(pages["whole"].as_u64().unwrap_or_default()).unwrap();
        let of = |parts: &Value| -> Vec<PageRef> {
            let of = parts["of"].as_array().into_iter().flatten();
            of.map(|of| PageRef::parse(of.as_str().unwrap()).unwrap()).collect()
        };
        for (nth, referred) in of(pages).into_iter().enumerate() {
            let of_referred = text(folder.path(), &referred.object);
            let of_referred: Value = serde_json::from_slice(&of_referred).unwrap();
            assert!(nth >= n_whole || of_referred["body_pages"].is_null(), "{line} refers to {of_referred}");
        }
        for referred in of(&line["body_parts"]) {
            assert!(folder.path().join(&referred.object).exists());
        }
    }
    assert_eq!(landed(&lake), pages);
    let first = size(folder.path(), &at[..1]);
    let all = size(folder.path(), &at);
    // The first page, and one record of it a day.
    assert!(all < first * 3, "{all} of {first}");
}

#[test]
fn walks_again_and_again_cost_next_to_nothing() {
    let (folder, lake) = lake();
    let pages = |run: usize| -> Vec<RawPage> {
        let records: Vec<u64> = (0..2000 + run as u64).rev().collect();
        (1..)
            .zip(records.chunks(100))
            .map(|(seq, of)| page(run, seq, body(of.iter().map(|n| record(*n, 0)))))
            .collect()
    };
    let sizes: Vec<u64> = (0..5).map(|run| size(folder.path(), &land(&lake, &pages(run)))).collect();
    assert!(sizes[1..].iter().all(|size| *size < sizes[0] / 10), "{sizes:?}");
    assert_eq!(landed(&lake), (0..5).flat_map(pages).collect::<Vec<_>>());
}

#[test]
fn a_walk_refers_to_the_walk_before_as_a_whole_and_repeats_no_ids() {
    let (folder, lake) = lake();
    let newest = 400_u64;
    let days: Vec<RawPage> = (0..newest / 10)
        .map(|day| {
            page(usize::try_from(day).unwrap(), 1, body((day * 10..day * 10 + 10).map(|n| record(n, 0))))
        })
        .collect();
    days.iter().for_each(|day| drop(land(&lake, std::slice::from_ref(day))));
    let walk = |run: usize, newest: u64| -> Vec<RawPage> {
        let records: Vec<u64> = (0..newest).rev().collect();
        let of = |(seq, of): (u32, &[u64])| RawPage {
            listed: of.iter().map(|n| (n.to_string(), format!("{:032x}", n * n))).collect(),
            ..page(run, seq, body(of.iter().map(|n| record(*n, 0))))
        };
        (1..).zip(records.chunks(100)).map(of).collect()
    };
    let walks = [walk(50, newest), walk(57, newest + 7), walk(64, newest + 14)];
    let at = walks.each_ref().map(|walk| land(&lake, walk));
    let last = line(folder.path(), &at[2][2]);
    assert_eq!((&last["v"], &last["body_pages"]["whole"]), (&json!(4), &json!(2)), "{last}");
    assert!(last["body_pages"]["parts"].as_array().unwrap().len() <= 8, "{last}");
    assert_eq!(last["listed"], Value::Null, "{last}");
    // Of pages that are equal as well, whatever they refer to.
    let again = land(&lake, &walk(71, newest + 14));
    for at in &again[1..] {
        let line = line(folder.path(), at);
        assert_eq!((&line["v"], &line["listed"]), (&json!(4), &Value::Null), "{line}");
    }
    assert!(size(folder.path(), &at[2]) < size(folder.path(), &at[0]) / 2, "{at:?}");
    let walks = walks.into_iter().chain([walk(71, newest + 14)]);
    let expected: Vec<RawPage> = days.into_iter().chain(walks.flatten()).collect();
    assert_eq!(landed(&lake), expected);
    // A page between that is gone is named.
    let gone = PageRef::parse(last["body_pages"]["of"][0].as_str().unwrap()).unwrap();
    std::fs::remove_file(folder.path().join(&gone.object)).unwrap();
    let error = lake.raw().pages("agentx").unwrap().filter_map(Result::err).last().unwrap();
    assert!(
        error.to_string().contains(&gone.object) || format!("{error:?}").contains(&gone.object),
        "{error:?}"
    );
}

#[test]
fn without_its_index_a_lake_is_as_whole_and_somewhat_larger() {
    let (folder, lake) = lake();
    let pages = [1, 2, 3].map(|run| page(run, 1, body((0..50).map(|n| record(n, 0)))));
    land(&lake, &pages[..1]);
    let index = folder.path().join("_convolake/agentx/chunks/messages.json.zst");
    for content in [&b""[..], b"no zstd"] {
        std::fs::write(&index, content).unwrap();
        block_on(lake.raw().land(&pages[1])).ok();
    }
    std::fs::remove_file(&index).unwrap();
    land(&lake, &pages[2..]);
    assert!(index.exists());
    assert_eq!(landed(&lake), pages);
}

#[test]
fn a_page_whose_base_is_gone_or_another_is_named_with_it() {
    let (folder, lake) = lake();
    let first = page(1, 1, body((0..50).map(|n| record(n, 0))));
    let at = land(&lake, std::slice::from_ref(&first));
    let referring = land(&lake, &[page(2, 1, first.body.clone())]);
    let path = folder.path().join(&at[0].object);
    let original = std::fs::read(&path).unwrap();
    let other = String::from_utf8(zstd::decode_all(&original[..]).unwrap())
        .unwrap()
        .replace("\\\"49\\\"", "\\\"4x\\\"");
    std::fs::write(&path, zstd::bulk::compress(other.as_bytes(), 3).unwrap()).unwrap();
    let error = |lake: &Lake| lake.raw().pages("agentx").unwrap().find_map(Result::err).unwrap();
    assert_eq!(error(&lake).object, referring[0].object);
    assert!(matches!(*error(&lake).source, LoadError::Damaged { .. }));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(error(&lake).object, referring[0].object);
    let LoadError::Referred { referred, .. } = *error(&lake).source else { panic!("{:?}", error(&lake)) };
    assert_eq!(referred, at[0].to_string());
    // What is gone is landed anew, whole.
    let third = land(&lake, &[page(3, 1, first.body.clone())]);
    assert!(line(folder.path(), &third[0])["body"].is_string());
}

#[test]
fn a_line_that_refers_says_so_outside_of_its_lake() {
    let (folder, lake) = lake();
    let body = body((0..50).map(|n| record(n, 0)));
    let at = land(&lake, &[page(1, 1, body.clone()), page(1, 2, body)]);
    assert!(matches!(RawLine::parse(&text(folder.path(), &at[0].object)), RawLine::Page(_)));
    assert_eq!(RawLine::parse(&text(folder.path(), &at[1].object)), RawLine::Refers(at[0].to_string()));
    assert_eq!(RawLine::parse(b"{\"v\":1}"), RawLine::Other);
    assert_eq!(RawLine::parse(b"{\"data\":[]}"), RawLine::Other);
}

#[test]
fn a_line_of_earlier_releases_is_read_as_the_page_it_refers_to() {
    let (folder, lake) = lake();
    let first = page(1, 1, "{\"data\":[]}");
    let at = land(&lake, std::slice::from_ref(&first));
    let second = page(2, 1, first.body.clone());
    let line = text(folder.path(), &land(&lake, std::slice::from_ref(&second))[0].object);
    let mut line: Value = serde_json::from_slice(&line).unwrap();
    let fields = line.as_object_mut().unwrap();
    fields.remove("body").unwrap();
    fields.insert("same_as".into(), json!(at[0].to_string()));
    let path =
        folder.path().join("raw/agentx/messages/from=2").join(format!("{}-00001.jsonl.zst", second.run));
    std::fs::write(path, zstd::bulk::compress(format!("{line}\n").as_bytes(), 3).unwrap()).unwrap();
    assert_eq!(landed(&lake), [first, second]);
    assert!(matches!(RawLine::parse(line.to_string().as_bytes()), RawLine::Refers(_) | RawLine::Other));
}

/// Days of a source: new conversations, some that go on, the list's first pages each day, and each week a walk of everything.
/// Prints what lands, and how much it would be if each version of a record had landed once.
#[test]
fn raw_grows_with_what_changes() {
    let (n_days, n_new) = (200_u64, 10_u64);
    let (folder, lake) = lake();
    let (mut at, mut distinct, mut whole_bytes) = (Vec::new(), Vec::new(), 0_u64);
    let mut versions: BTreeMap<u64, u64> = BTreeMap::new();
    for day in 0..n_days {
        let mut changed: Vec<u64> = (day * n_new..(day + 1) * n_new).rev().collect();
        versions.extend(changed.iter().map(|n| (*n, 0)));
        if day > 3 {
            // One of the last days, and one of long ago.
            for n in [(day - 2) * n_new + day % n_new, (day * 7919) % (day * n_new)] {
                *versions.get_mut(&n).unwrap() += 1;
                changed.push(n);
            }
        }
        let newest: Vec<u64> = versions.keys().rev().copied().collect();
        let of = |ns: &[u64]| body(ns.iter().map(|n| record(*n, versions[n])));
        // The batches of ids, the first page of the list, and the walk.
        let mut bodies: Vec<String> = changed.chunks(20).map(of).collect();
        bodies.push(of(&newest[..newest.len().min(100)]));
        if day % 7 == 6 {
            bodies.extend(newest.chunks(100).map(of));
        }
        let new: Vec<String> = changed.iter().map(|n| record(*n, versions[n])).collect();
        distinct.push(zstd::bulk::compress(body(new).as_bytes(), 3).unwrap().len() as u64);
        let run = usize::try_from(day).unwrap();
        let pages: Vec<RawPage> = (1..).zip(bodies).map(|(seq, body)| page(run, seq, body)).collect();
        whole_bytes +=
            pages.iter().map(|page| zstd::bulk::compress(&page.body, 3).unwrap().len() as u64).sum::<u64>();
        at.extend(land(&lake, &pages));
    }
    let (bytes, distinct) = (size(folder.path(), &at), distinct.iter().sum::<u64>());
    println!(
        "figure: {n_days} days, {} pages: {bytes} bytes of raw objects, {whole_bytes} if each page were whole, {distinct} of \
         distinct records: {} %",
        at.len(),
        bytes * 100 / distinct
    );
    assert!(bytes < whole_bytes / 3, "{bytes} of {whole_bytes}");
    assert_eq!(landed(&lake).len(), at.len());
}
