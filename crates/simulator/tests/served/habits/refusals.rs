//! One bad id, and one bad record, among good ones.

use convolake_simulator::{DeadIds, Habits, Poison, PoisonKind, Stream, Which};
use serde_json::Value;

use super::{ids, scene, used};
use crate::scene::{CONVERSATIONS, EXPORT, LIST, MESSAGES, WHOLE};

#[test]
fn a_batch_with_a_dead_id_is_refused_as_a_whole() {
    for status in [404, 403, 400, 500] {
        let dead_ids = DeadIds { of: Which::Every(10), status };
        let scene = scene(Stream::ConvocoreExport, Habits { dead_ids: Some(dead_ids), ..Habits::default() });
        let dead = scene.running.concerned(Stream::ConvocoreExport)["dead_ids"].clone();
        let alive = ids(&scene, Stream::ConvocoreExport);
        assert!(dead.len() > 3 && alive.len() + dead.len() == 60 && !alive.contains(&dead[0]));
        let batch = |ids: &[&String]| {
            let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            scene.convocore(&format!("{EXPORT}?convo_ids={}", ids.join(",")))
        };
        assert_eq!(batch(&[&alive[0], &dead[0], &alive[1]]).status, status);
        assert_eq!(used(&scene), ["dead_ids"]);
        assert_eq!(batch(&[&alive[0], &alive[1]]).data().len(), 2);
        let walked: usize =
            (1..=4).map(|page| scene.convocore(&format!("{EXPORT}?page={page}")).data().len()).sum();
        assert_eq!(walked, alive.len(), "a walk leaves them out");
        let listed = scene.convocore(&format!("{LIST}?limit=100")).data();
        assert!(listed.iter().any(|row| row["ID"] == *dead[0]), "the list shows them");
        scene.end();
    }
    let dead_ids = DeadIds { of: Which::Newest(1), status: 403 };
    let scene = scene(Stream::AgentxMessages, Habits { dead_ids: Some(dead_ids), ..Habits::default() });
    let dead = scene.running.concerned(Stream::AgentxMessages)["dead_ids"][0].clone();
    assert_eq!(scene.agentx(&format!("{MESSAGES}?{WHOLE}&conversation_id={dead}")).status, 403);
    scene.end();
}

/// The last weeks, whose messages are one page.
const LATE: &str = "start_time=1739000000&end_time=1740787200&bot_name=demo-bot";

#[test]
fn one_record_of_a_page_is_poisoned() {
    let cases = [
        (PoisonKind::Nan, "\"score\":NaN"),
        (PoisonKind::Infinity, "\"score\":Infinity"),
        (PoisonKind::NegativeInfinity, "\"score\":-Infinity"),
        (PoisonKind::ControlCharacter, "\"score\":\"a\u{1}b\""),
        (PoisonKind::DuplicateKey, "\"score\":1,\"score\":2"),
    ];
    for stream in Stream::ALL {
        for (kind, text) in cases {
            let poison = Poison { kind, of: Which::Newest(1), field: "score".to_owned() };
            let scene = scene(stream, Habits { poison: Some(poison), ..Habits::default() });
            let body = match stream {
                Stream::AgentxConversations => scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")),
                Stream::AgentxMessages => scene.agentx(&format!("{MESSAGES}?{LATE}")),
                Stream::ConvocoreList => scene.convocore(LIST),
                Stream::ConvocoreExport => scene.convocore(EXPORT),
            };
            assert_eq!(used(&scene), ["poison"]);
            let body = String::from_utf8(body.body).unwrap();
            assert_eq!(body.matches(text).count(), 1, "{stream:?} {kind:?}");
            let parses = serde_json::from_str::<Value>(&body).is_ok();
            assert_eq!(parses, kind == PoisonKind::DuplicateKey);
            assert_eq!(scene.running.concerned(stream)["poison"].len(), 1);
            scene.end();
        }
    }
}
