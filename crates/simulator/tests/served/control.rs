use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use convolake_simulator::{Corpus, SimulatorConfig, Stream};
use serde_json::{Value, json};

use crate::agentx::walk;
use crate::scene::{Answer, CONVERSATIONS, EXPORT, LIST, MESSAGES, Scene, WHOLE, unlimited};

#[test]
fn the_ledger_tells_all_but_the_keys() {
    let config = SimulatorConfig {
        agentx_api_key: "word-one".to_owned(),
        convocore_api_key: "word-two".to_owned(),
        ..unlimited(Corpus::generated(7, 30))
    };
    let scene = Scene::of(config);
    scene.get(&format!("{CONVERSATIONS}?{WHOLE}&x=word-one"), "x-api-key: word-one\r\n").unwrap();
    scene.get(LIST, "authorization: Bearer word-two\r\n").unwrap();
    scene.get(LIST, "authorization: Bearer word-three\r\n").unwrap();
    scene.get("/nowhere", "").unwrap();
    let ledger = scene.get("/_simulator/ledger", "").unwrap();
    assert!(!String::from_utf8_lossy(&ledger.body).contains("word-"));
    let ledger = ledger.json();
    let seen: Vec<(&Value, u64, u64)> = ledger["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (&r["endpoint"], r["status"].as_u64().unwrap(), r["records"].as_u64().unwrap()))
        .collect();
    let (agentx, list) = (json!("agentx_conversations"), json!("convocore_list"));
    assert_eq!(seen, [(&agentx, 200, 30), (&list, 200, 20), (&list, 401, 0), (&Value::Null, 404, 0)]);
    assert_eq!(ledger["served"]["agentx_conversations"], json!({"distinct": 30, "total": 30}));
    assert_eq!(ledger["served"]["agentx_messages"], json!({"distinct": 0, "total": 0}));
    assert_eq!(scene.send("DELETE", "/_simulator/ledger", "", "").unwrap().status, 204);
    assert!(scene.running.ledger().requests().is_empty());
    scene.end();
}

#[test]
fn records_are_given_out_as_they_are_served() {
    let scene = Scene::small();
    for stream in Stream::ALL {
        let lines = scene.get(&format!("/_simulator/records/{}", stream.name()), "").unwrap();
        let lines = String::from_utf8(lines.body).unwrap();
        let expected = scene.running.records(stream);
        assert!(!expected.is_empty());
        assert!(lines.lines().map(str::as_bytes).eq(expected.iter().map(|text| &text[..])));
    }
    assert_eq!(scene.get("/_simulator/records/other", "").unwrap().status, 404);
    scene.end();
}

#[test]
fn faults_can_be_posted() {
    let scene = Scene::small();
    let faults = r#"[{"endpoint":"convocore_list","from":2,"times":1,"kind":"status","code":500}]"#;
    assert_eq!(scene.post("/_simulator/faults", faults).status, 204);
    let statuses: Vec<u16> = (0..3).map(|_| scene.convocore(LIST).status).collect();
    assert_eq!(statuses, [200, 500, 200]);
    assert_eq!(scene.post("/_simulator/faults", r#"[{"endpoint":"x","kind":"reset"}]"#).status, 422);
    scene.end();
}

#[test]
fn a_change_is_consistent_in_every_stream() {
    let scene =
        Scene::of(SimulatorConfig { now: Some(1_741_000_000), ..unlimited(Corpus::generated(7, 300)) });
    let before = [exported(&scene), listed(&scene), conversations(&scene)];
    let n_messages = scene.running.records(Stream::AgentxMessages).len();
    let changed = scene.post("/_simulator/change", r#"{"percent":5.0,"seed":3}"#).json();
    let after = [exported(&scene), listed(&scene), conversations(&scene)];
    let names = |platform: &str| -> Vec<String> {
        changed[platform].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    let (convocore, agentx) = (names("convocore"), names("agentx"));
    assert!(convocore.len() > 3 && agentx.len() > 3 && changed["at"] == 1_741_000_000);

    for (stream, ids) in [(0, &convocore), (1, &convocore), (2, &agentx)] {
        let moved: Vec<&String> = after[stream]
            .iter()
            .filter(|(id, record)| before[stream][*id] != **record)
            .map(|(id, _)| id)
            .collect();
        assert_eq!(moved, ids.iter().collect::<Vec<_>>());
    }
    for id in &convocore {
        let (record, row) = (&after[0][id], &after[1][id]);
        let turns = record["turns"].as_array().unwrap();
        let messages: usize = turns.iter().map(|turn| turn["messages"].as_array().unwrap().len()).sum();
        assert_eq!(record["metadata"]["messagesNum"], messages);
        assert_eq!(turns.last().unwrap()["messages"][0]["ts"], "March 3rd 2025, 11:06:40 am");
        if let Some(last) = record["metadata"].get("lastMessageTS") {
            assert_eq!(last, 1_741_000_000);
        }
        assert_eq!((&row["lastMessageTS"], &row["ts"]), (&json!(1_741_000_000), &json!(1_741_000_000)));
        assert_eq!(row["messagesNum"], messages);
    }
    for id in &agentx {
        assert_eq!(after[2][id]["lastActionAt"], "2025-03-03T11:06:40");
        let query = format!(
            "{MESSAGES}?start_time=1733011200&end_time=1741000001&bot_name=demo-bot&conversation_id={id}"
        );
        let said =
            scene.agentx(&query).data().iter().filter(|message| message["type"] == "UserInput").count();
        assert_eq!(after[2][id]["userMessageCount"], said);
    }
    assert_eq!(scene.running.records(Stream::AgentxMessages).len(), n_messages + agentx.len());
    let newest = scene.convocore(LIST).data();
    assert!(
        newest.iter().take(convocore.len()).all(|row| row["ts"] == 1_741_000_000),
        "changed rows come first"
    );
    scene.end();
}

#[test]
fn a_cursor_survives_a_change_under_way() {
    let scene = Scene::small();
    let first = scene.agentx(&format!("{MESSAGES}?{WHOLE}&per_page=100"));
    let n_before = scene.running.records(Stream::AgentxMessages).len();
    let changed = scene.post("/_simulator/change", r#"{"percent":10,"at":1733020000}"#).json();
    let n_added = changed["agentx"].as_array().unwrap().len();
    let cursor = first.json()["cursor"].as_str().unwrap().to_owned();
    let rest = walk(&scene, &format!("{MESSAGES}?{WHOLE}&per_page=100"));
    assert_eq!(rest.iter().flat_map(Answer::data).count(), n_before + n_added);
    let next = scene.agentx(&format!("{MESSAGES}?{WHOLE}&per_page=100&cursor={cursor}"));
    let last_of_first = first.data().last().unwrap()["time"].as_f64();
    assert!(next.data().first().unwrap()["time"].as_f64() >= last_of_first);
    scene.end();
}

#[test]
fn answers_are_compressed_for_those_who_ask() {
    let scene = Scene::small();
    let key = "authorization: Bearer simulator\r\n";
    let plain = scene.get(EXPORT, key).unwrap();
    assert_eq!(plain.header("content-encoding"), None);
    for encoding in ["gzip", "br", "zstd"] {
        let answer = scene.get(EXPORT, &format!("{key}accept-encoding: {encoding}\r\n")).unwrap();
        assert_eq!(answer.header("content-encoding"), Some(encoding));
        assert!(answer.body.len() < plain.body.len() / 2);
        if encoding == "zstd" {
            assert_eq!(zstd::decode_all(&answer.body[..]).unwrap(), plain.body);
        }
    }
    scene.end();
}

#[test]
fn latency_comes_before_every_answer() {
    let latency = Duration::from_millis(80);
    let scene = Scene::of(SimulatorConfig { latency, ..unlimited(Corpus::generated(1, 3)) });
    let began = Instant::now();
    scene.convocore(LIST);
    assert!(began.elapsed() >= latency);
    scene.end();
}

fn by_id(scene: &Scene, stream: Stream, pointer: &str) -> BTreeMap<String, Value> {
    let records = scene.running.records(stream);
    let parsed = records.iter().map(|text| serde_json::from_slice::<Value>(text).unwrap());
    parsed.map(|record| (record.pointer(pointer).unwrap().as_str().unwrap().to_owned(), record)).collect()
}

fn exported(scene: &Scene) -> BTreeMap<String, Value> {
    by_id(scene, Stream::ConvocoreExport, "/metadata/ID")
}

fn listed(scene: &Scene) -> BTreeMap<String, Value> {
    by_id(scene, Stream::ConvocoreList, "/ID")
}

fn conversations(scene: &Scene) -> BTreeMap<String, Value> {
    by_id(scene, Stream::AgentxConversations, "/_id")
}
