//! Odd and large values, which the truth holds too.

use convolake_simulator::{HabitPlan, Habits, Heavy, OddValue, OddValues, Stream, Which};
use serde_json::{Value, json};

use super::{scene, scene_of, used};
use crate::scene::{CONVERSATIONS, EXPORT, LIST, MESSAGES, Scene, WHOLE};

fn odd(kind: OddValue) -> Scene {
    let odd_values = Some(OddValues { kinds: vec![kind], of: Which::All });
    scene_of(HabitPlan::everywhere(&Habits { odd_values, ..Habits::default() }))
}

/// The records of a whole walk are the truth.
fn truth(scene: &Scene, stream: Stream) -> Vec<Value> {
    let records = scene.running.records(stream).into_iter();
    records.map(|text| serde_json::from_slice(&text).unwrap()).collect()
}

#[test]
fn ids_may_be_numbers() {
    let scene = odd(OddValue::NumberIds);
    let rows = scene.convocore(&format!("{LIST}?limit=100")).data();
    assert_eq!(rows, truth(&scene, Stream::ConvocoreList));
    assert_eq!(used(&scene), ["odd_values"]);
    let asked: Vec<String> = rows[..5].iter().map(|row| row["ID"].as_u64().unwrap().to_string()).collect();
    let exported = scene.convocore(&format!("{EXPORT}?convo_ids={}", asked.join(","))).data();
    assert_eq!(exported.len(), 5);
    assert!(exported.iter().all(|record| asked.contains(&record["metadata"]["ID"].to_string())));
    let conversation = &scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).data()[3];
    let id = conversation["_id"].as_u64().unwrap();
    let messages = scene.agentx(&format!("{MESSAGES}?{WHOLE}&conversation_id={id}")).data();
    assert!(!messages.is_empty());
    assert!(messages.iter().all(|message| message["conversationId"] == id && message["_id"].is_u64()));
    scene.end();
}

#[test]
fn booleans_empty_texts_and_far_dates() {
    let scene = odd(OddValue::Booleans);
    assert!(scene.convocore(LIST).data().iter().all(|row| row["userName"].is_boolean()));
    assert!(scene.convocore(EXPORT).data().iter().all(|record| record["metadata"]["state"].is_boolean()));
    let conversations = scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).data();
    assert!(conversations.iter().all(|row| row["locale"].is_boolean()));
    assert_eq!(conversations, truth(&scene, Stream::AgentxConversations));
    scene.end();

    let scene = odd(OddValue::EmptyInput);
    let messages = scene.agentx(&format!("{MESSAGES}?{WHOLE}")).data();
    let agents: Vec<&Value> = messages.iter().filter(|message| message["outMsg"].is_object()).collect();
    assert!(!agents.is_empty() && agents.iter().all(|message| message["userInput"] == ""));
    assert!(
        messages.iter().any(|message| message["userInput"].as_str().is_some_and(|text| !text.is_empty()))
    );
    scene.end();

    let scene = odd(OddValue::FarDates);
    let rows = scene.convocore(LIST).data();
    assert!(rows.iter().all(|row| row["firstMessageTS"] == 481_161_600));
    assert!(rows.iter().all(|row| row["lastMessageTS"] == "9999-12-31"));
    let conversations = scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).data();
    for at in ["9999-12-31", "1985-04-01T00:00:00Z"] {
        assert!(conversations.iter().any(|row| row["lastActionAt"] == json!(at)));
    }
    scene.end();
}

#[test]
fn a_page_may_have_many_megabytes() {
    let heavy = Heavy { bytes: 3 << 20, of: Which::Newest(2) };
    let scene = scene(Stream::ConvocoreExport, Habits { heavy: Some(heavy), ..Habits::default() });
    let sizes: Vec<usize> = (1..=3)
        .map(|page| scene.convocore(&format!("{EXPORT}?page={page}")).body.len())
        .filter(|size| *size > 3 << 20)
        .collect();
    assert!(!sizes.is_empty() && sizes.iter().sum::<usize>() > 6 << 20);
    let large =
        scene.running.records(Stream::ConvocoreExport).into_iter().filter(|text| text.len() > 3 << 20);
    assert_eq!(large.count(), 2, "they are the truth");
    assert_eq!(scene.running.concerned(Stream::ConvocoreExport)["heavy"].len(), 2);
    scene.end();
}
