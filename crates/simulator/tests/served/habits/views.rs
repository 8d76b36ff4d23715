//! Two views that are not level, and views that never look the same twice.

use std::time::Duration;

use convolake_simulator::{
    ChangeRequest, HabitPlan, Habits, KeyOrder, Lag, SignedUrls, Stream, Version, Which,
};
use serde_json::Value;

use super::{id, ids, scene, scene_of, used};
use crate::agentx::walk;
use crate::scene::{Answer, CONVERSATIONS, EXPORT, LIST, MESSAGES, Scene, WHOLE};

fn lag(of: Which, version: Version) -> Lag {
    Lag { requests: None, seconds: None, of, version }
}

fn lagging(stream: Stream, lag: Lag) -> Scene {
    scene(stream, Habits { lag: Some(lag), ..Habits::default() })
}

fn exported(scene: &Scene, ids: &[String]) -> Vec<Value> {
    scene.convocore(&format!("{EXPORT}?convo_ids={}", ids.join("%2C"))).data()
}

#[test]
fn the_export_has_not_yet_what_the_list_shows() {
    let requests = Lag { requests: Some(2), ..lag(Which::Newest(3), Version::Absent) };
    let scene = lagging(Stream::ConvocoreExport, requests);
    let listed: Vec<String> = scene.convocore(LIST).data().iter().map(|row| id(row).to_owned()).collect();
    let mut newest = listed[..3].to_vec();
    newest.sort_unstable();
    assert_eq!(scene.running.concerned(Stream::ConvocoreExport)["lag"], newest);
    assert_eq!(exported(&scene, &listed[..5]).len(), 2);
    assert_eq!(used(&scene), ["lag"]);
    let walked = scene.convocore(EXPORT).data();
    assert!(walked.iter().all(|record| !newest.contains(&id(record).to_owned())));
    assert_eq!(exported(&scene, &listed[..5]).len(), 5, "two requests have been answered late");
    assert!(used(&scene).is_empty() && scene.running.concerned(Stream::ConvocoreExport).is_empty());
    assert_eq!(scene.running.ledger().habits(Stream::ConvocoreExport)["lag"], 2);
    scene.end();
}

#[test]
fn the_export_answers_an_older_version() {
    let scene = lagging(Stream::ConvocoreExport, lag(Which::Newest(5), Version::Older));
    let newest = scene.running.concerned(Stream::ConvocoreExport)["lag"].clone();
    assert_eq!(newest.len(), 5);
    let older = exported(&scene, &newest);
    let patch = r#"{"convocore_export":{"lag":null}}"#;
    let json = "content-type: application/json\r\n";
    assert_eq!(scene.send("PATCH", "/_simulator/habits", json, patch).unwrap().status, 204);
    let level = exported(&scene, &newest);
    let number = |record: &Value, name: &str| record["metadata"][name].as_i64();
    let turns = |record: &Value| record["turns"].as_array().unwrap().len();
    for (older, level) in older.iter().zip(&level) {
        assert_eq!((id(older), turns(older) + 1), (id(level), turns(level)));
        for name in ["messagesNum", "lastModified"] {
            assert!(number(level, name).is_none() || number(older, name) < number(level, name), "{name}");
        }
    }
    assert!(level.iter().any(|record| number(record, "lastModified").is_some()));
    scene.end();
}

#[test]
fn a_change_is_shown_late_by_the_lagging_view() {
    let seconds = Lag { seconds: Some(2.0), ..lag(Which::None, Version::Absent) };
    let habits = Habits { lag: Some(seconds), ..Habits::default() };
    let plan = HabitPlan::at(Stream::ConvocoreExport, habits.clone()).and(Stream::AgentxMessages, habits);
    let scene = scene_of(plan);
    let changed = scene.running.change(ChangeRequest { percent: 5.0, seed: 1, at: Some(1_740_000_000) });
    let n_messages = |of: &str| -> usize {
        scene.agentx(&format!("{MESSAGES}?{WHOLE}&conversation_id={of}")).data().len()
    };
    let said = n_messages(&changed.agentx[0]);
    let before = exported(&scene, &changed.convocore);
    let row = |scene: &Scene| {
        let rows = scene.convocore(&format!("{LIST}?limit=100")).data();
        rows.into_iter().find(|row| id(row) == changed.convocore[0]).unwrap()
    };
    assert_eq!(row(&scene)["lastMessageTS"], 1_740_000_000);
    assert_ne!(before[0]["metadata"]["lastMessageTS"], 1_740_000_000);
    assert_eq!(scene.running.concerned(Stream::AgentxMessages)["lag"], changed.agentx);

    let is_level = || scene.running.concerned(Stream::ConvocoreExport).is_empty();
    let mut waits = 0;
    while !is_level() {
        assert!(waits < 100, "the export never is level with the list");
        waits += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_ne!(exported(&scene, &changed.convocore), before);
    assert_eq!(n_messages(&changed.agentx[0]), said + 1);
    scene.end();
}

#[test]
fn messages_lag_behind_their_conversations() {
    for version in [Version::Absent, Version::Older] {
        let scene = lagging(Stream::AgentxMessages, lag(Which::Newest(4), version));
        let conversations = scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).data();
        let newest = scene.running.concerned(Stream::AgentxMessages)["lag"].clone();
        assert_eq!(conversations.iter().filter(|row| newest.contains(&id(row).to_owned())).count(), 4);
        let pages = walk(&scene, &format!("{MESSAGES}?{WHOLE}"));
        let served: Vec<Value> = pages.iter().flat_map(Answer::data).collect();
        let truth = scene.running.records(Stream::AgentxMessages).len();
        let of_newest = |record: &&Value| newest.iter().any(|id| record["conversationId"] == *id);
        match version {
            Version::Absent => assert!(served.len() < truth && !served.iter().any(|m| of_newest(&m))),
            Version::Older => assert_eq!(served.len(), truth - 4),
        }
        scene.end();
    }
}

#[test]
fn urls_are_signed_anew_and_keys_change_places() {
    let habits = Habits {
        signed_urls: Some(SignedUrls::default()),
        key_order: Some(KeyOrder::Shuffled),
        ..Habits::default()
    };
    let scene = scene(Stream::ConvocoreList, habits);
    let (first, second) = (scene.convocore(LIST), scene.convocore(LIST));
    assert_eq!(used(&scene), ["key_order", "signed_urls"]);
    let keys = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let (mut same_order, mut rows) = (0, 0);
    for (mut one, mut two) in first.data().into_iter().zip(second.data()) {
        let url = one["userImage"].as_str().unwrap().to_owned();
        assert!(url.contains("?sig=") && url.contains("&exp=") && two["userImage"] != *url);
        same_order += usize::from(keys(&one) == keys(&two));
        rows += 1;
        one["userImage"] = Value::Null;
        two["userImage"] = Value::Null;
        assert_eq!(one, two, "only the signature differs");
    }
    assert!(rows == 20 && same_order < 3);
    assert_eq!(ids(&scene, Stream::ConvocoreList).len(), scene.running.records(Stream::ConvocoreList).len());
    scene.end();
}
