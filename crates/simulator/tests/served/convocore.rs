use convolake_simulator::{Corpus, ListMode, SimulatorConfig, Stream};
use serde_json::Value;

use crate::scene::{Answer, EXPORT, LIST, Scene, unlimited};

#[test]
fn what_is_refused() {
    let scene = Scene::small();
    let key = "authorization: Bearer simulator\r\n";
    let export_of_other = EXPORT.replace("demo-agent", "other");
    let cases = [
        (LIST, "", key, 200),
        (LIST, "?limit=100", key, 200),
        (LIST, "?limit=101", key, 400),
        (LIST, "?limit=0", key, 400),
        (LIST, "?page=0", key, 400),
        (LIST, "?page=x", key, 400),
        (LIST, "", "", 401),
        (LIST, "", "authorization: Bearer other\r\n", 401),
        (LIST, "", "authorization: simulator\r\n", 401),
        (LIST, "", "x-api-key: simulator\r\n", 401),
        (EXPORT, "?page=1", key, 200),
        (EXPORT, "?page=0", key, 400),
        (EXPORT, "", "", 401),
        (&export_of_other, "", key, 404),
    ];
    for (path, query, headers, status) in cases {
        let answer = scene.get(&format!("{path}{query}"), headers).unwrap();
        assert_eq!(answer.status, status, "{path}{query}");
        match status {
            200 => assert_eq!(answer.json()["success"], true),
            400 => assert!(
                answer.json()["issues"][0]["message"].is_string() && answer.json()["code"].is_string()
            ),
            _ => assert_eq!(answer.json()["success"], false),
        }
    }
    scene.end();
}

#[test]
fn pages_lead_through_all_records_newest_first() {
    let scene = Scene::small();
    for (path, stream, page_size, time) in
        [(LIST, Stream::ConvocoreList, 100, "/ts"), (EXPORT, Stream::ConvocoreExport, 20, "/metadata/ts")]
    {
        let pages = by_page(&scene, &format!("{path}?limit={page_size}"));
        assert!(pages[..pages.len() - 2].iter().all(|page| page.data().len() == page_size));
        let data: Vec<Value> = pages.iter().flat_map(Answer::data).collect();
        let expected: Vec<Value> =
            scene.running.records(stream).iter().map(|text| serde_json::from_slice(text).unwrap()).collect();
        assert_eq!(data, expected);
        let times: Vec<i64> = data
            .iter()
            .filter_map(|row| row.pointer(time)?.as_i64())
            .filter(|&ts| ts < 10_000_000_000)
            .collect();
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]));
    }
    scene.end();
}

#[test]
fn the_list_leaves_empty_conversations_out() {
    let scene = Scene::small();
    let exported = by_page(&scene, &format!("{EXPORT}?"));
    let exported: Vec<Value> = exported.iter().flat_map(Answer::data).collect();
    let is_empty = |record: &&Value| record["metadata"]["messagesNum"] == 0;
    let n_empty = exported.iter().filter(is_empty).count();
    assert!(n_empty > 0);
    assert_eq!(scene.running.records(Stream::ConvocoreList).len(), exported.len() - n_empty);
    scene.end();
}

#[test]
fn conversations_can_be_asked_for_by_id() {
    let scene = Scene::small();
    let ids: Vec<String> = scene
        .running
        .records(Stream::ConvocoreExport)
        .iter()
        .map(|text| {
            serde_json::from_slice::<Value>(text).unwrap()["metadata"]["ID"].as_str().unwrap().to_owned()
        })
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)))
        .collect();
    let asked = |ids: &[&str], page: usize| {
        let answer = scene.convocore(&format!("{EXPORT}?convo_ids={}&page={page}", ids.join(",")));
        let found: Vec<String> = answer
            .data()
            .iter()
            .map(|record| record["metadata"]["ID"].as_str().unwrap().to_owned())
            .collect();
        found
    };
    assert_eq!(asked(&[&ids[5], &ids[2], "none", &ids[5]], 1), [ids[2].clone(), ids[5].clone()]);
    assert!(asked(&["none"], 1).is_empty());
    let many: Vec<&str> = ids.iter().take(25).map(String::as_str).collect();
    assert_eq!(asked(&many, 1), ids[..20]);
    assert_eq!(asked(&many, 2), ids[20..25]);
    assert!(asked(&many, 3).is_empty());
    scene.end();
}

#[test]
fn the_list_of_2026_pages_by_cursor() {
    let config = SimulatorConfig { list_mode: ListMode::Cursor, ..unlimited(Corpus::generated(7, 90)) };
    let scene = Scene::of(config);
    assert_eq!(scene.convocore(&format!("{LIST}?limit=21")).status, 400);
    assert_eq!(scene.convocore(&format!("{LIST}?page=2")).status, 400);
    assert_eq!(scene.convocore(&format!("{LIST}?cursor=abc")).status, 400);
    let mut rows = Vec::new();
    let mut query = format!("{LIST}?limit=20");
    loop {
        let answer = scene.convocore(&query);
        rows.extend(answer.data());
        let page = answer.json();
        assert_eq!(page["limit"], 20);
        assert_eq!(page["hasMore"], page["nextCursor"].is_string());
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        query = format!("{LIST}?limit=20&cursor={cursor}");
        assert!(rows.len() < 1000, "the chain does not end");
    }
    assert_eq!(rows.len(), scene.running.records(Stream::ConvocoreList).len());
    scene.end();
}

/// All pages up to the empty one.
fn by_page(scene: &Scene, path_and_query: &str) -> Vec<Answer> {
    let mut pages = Vec::new();
    for page in 1..1000 {
        let answer = scene.convocore(&format!("{path_and_query}&page={page}"));
        let is_end = answer.data().is_empty();
        pages.push(answer);
        if is_end {
            return pages;
        }
    }
    panic!("the pages do not end");
}
