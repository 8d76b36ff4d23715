//! Conversations that are answered again after weeks.

use convolake_simulator::{Corpus, Generator, ListTs, ReopenRequest, SimulatorConfig, Stream};
use serde_json::{Value, json};

use super::{id, ids};
use crate::scene::{CONVERSATIONS, EXPORT, LIST, MESSAGES, Scene, WHOLE, unlimited};

const NOW: i64 = 1_740_700_000;

fn world(list_ts: ListTs) -> Scene {
    let generator = Generator { odd_share: 0.0, list_ts, ..Generator::new(7, 60) };
    Scene::of(SimulatorConfig { now: Some(NOW), ..unlimited(Corpus::Generated(generator)) })
}

fn row_of(scene: &Scene, conversation: &str) -> Value {
    let rows = scene.convocore(&format!("{LIST}?limit=100")).data();
    rows.into_iter().find(|row| id(row) == conversation).unwrap()
}

#[test]
fn old_conversations_go_on() {
    let scene = world(ListTs::FirstMessage);
    let order = ids(&scene, Stream::ConvocoreList);
    let answer = scene.post("/_simulator/reopen", r#"{"count":2,"messages":3,"tags":["reopened"],"seed":5}"#);
    let changed = answer.json();
    let names =
        |platform: &str| -> Vec<String> { serde_json::from_value(changed[platform].clone()).unwrap() };
    let (convocore, agentx) = (names("convocore"), names("agentx"));
    assert_eq!((convocore.len(), agentx.len()), (2, 2));

    for conversation in &convocore {
        let row = row_of(&scene, conversation);
        let record = &scene.convocore(&format!("{EXPORT}?convo_ids={conversation}")).data()[0];
        assert!(row["ts"].as_i64().unwrap() <= NOW - 21 * 86_400);
        assert_eq!((&row["lastMessageTS"], &row["tags"]), (&json!(NOW + 2), &json!(["reopened"])));
        assert_eq!(record["metadata"]["tags"], json!(["reopened"]));
        let turns = record["turns"].as_array().unwrap();
        let n_messages: usize = turns.iter().map(|turn| turn["messages"].as_array().unwrap().len()).sum();
        assert_eq!(record["metadata"]["messagesNum"], n_messages);
    }
    assert_eq!(ids(&scene, Stream::ConvocoreList), order, "the list by first message keeps its order");
    let conversations = scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).data();
    for conversation in &agentx {
        let row = conversations.iter().find(|row| id(row) == conversation).unwrap();
        assert!(row["startTime"].as_i64().unwrap() <= NOW - 21 * 86_400, "its window stays");
        assert_eq!(row["lastActionAt"], "2025-02-27T23:46:42");
        let messages = scene.agentx(&format!("{MESSAGES}?{WHOLE}&conversation_id={conversation}")).data();
        let new = messages.iter().filter(|message| message["time"].as_i64() >= Some(NOW)).count();
        assert_eq!(new, 3);
    }
    let ledger = scene.get("/_simulator/ledger", "").unwrap().json();
    assert_eq!(ledger["changes"], json!([changed]));
    scene.end();
}

#[test]
fn named_conversations_move_up_a_list_by_last_message() {
    let scene = world(ListTs::LastMessage);
    let oldest = ids(&scene, Stream::ConvocoreList).pop().unwrap();
    let conversations = vec![oldest.clone()];
    let request = ReopenRequest { conversations, at: Some(NOW + 1_000_000), ..ReopenRequest::default() };
    let changed = scene.running.reopen(&request);
    assert_eq!((&changed.convocore, changed.agentx.len()), (&vec![oldest.clone()], 0));
    assert_eq!(id(&scene.convocore(LIST).data()[0]), oldest);
    scene.end();
}
