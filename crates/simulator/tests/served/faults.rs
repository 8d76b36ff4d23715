use std::time::{Duration, Instant};

use convolake_simulator::{Corpus, Fault, FaultKind, ListMode, SimulatorConfig, Stream, TornHow};
use serde_json::Value;

use crate::scene::{Answer, LIST, MESSAGES, Scene, WHOLE, unlimited};

/// The answer to a request that the fault hits.
fn hit(scene: &Scene, kind: FaultKind) -> std::io::Result<Answer> {
    scene.running.clear_faults();
    scene.running.add_faults(vec![Fault::new(Stream::AgentxMessages, 1, 1, kind)]);
    scene.get(&format!("{MESSAGES}?{WHOLE}&per_page=50"), "x-api-key: simulator\r\n")
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

#[test]
fn faults_do_what_they_say() {
    let scene = Scene::small();
    let right = scene.agentx(&format!("{MESSAGES}?{WHOLE}&per_page=50"));
    let length = right.body.len();

    let status = FaultKind::Status { code: 503, retry_after: Some("soon".to_owned()), body: None };
    let answer = hit(&scene, status).unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("soon")));

    let answer = hit(&scene, FaultKind::Torn { at: Some(100), how: TornHow::Close }).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &right.body[..100]));
    assert_eq!(answer.header("content-length"), Some(length.to_string().as_str()));

    let answer = hit(&scene, FaultKind::Torn { at: Some(100), how: TornHow::Short }).unwrap();
    assert_eq!((answer.body.len(), answer.header("content-length")), (100, Some("100")));

    let answer = hit(&scene, FaultKind::Torn { at: None, how: TornHow::Chunked }).unwrap();
    assert_eq!((answer.body.len(), answer.header("content-length")), (length / 2, None));

    let answer = hit(&scene, FaultKind::Html).unwrap();
    assert!(answer.status == 200 && text(&answer).starts_with("<!DOCTYPE html>"));

    let answer = hit(&scene, FaultKind::SuccessFalse { message: "quota".to_owned() }).unwrap();
    assert_eq!((&answer.json()["success"], &answer.json()["message"]), (&false.into(), &"quota".into()));

    assert!(hit(&scene, FaultKind::EmptyBody).unwrap().body.is_empty());
    assert_eq!(hit(&scene, FaultKind::NullData).unwrap().json()["data"], Value::Null);
    assert_eq!(hit(&scene, FaultKind::ExpiredCursor).unwrap().status, 400);
    assert!(hit(&scene, FaultKind::Reset).is_err());

    let answer = hit(&scene, FaultKind::InvalidJson).unwrap();
    assert!(answer.body.len() == length && serde_json::from_slice::<Value>(&answer.body).is_err());

    let answer = hit(&scene, FaultKind::LoneSurrogate).unwrap();
    assert_eq!(answer.body.len(), length + 6);
    assert!(text(&answer).contains(r"\ud83d") && serde_json::from_slice::<Value>(&answer.body).is_err());

    for kind in [FaultKind::Delay { ms: 60 }, FaultKind::Stall { ms: 60 }] {
        let began = Instant::now();
        assert_eq!(hit(&scene, kind).unwrap().body, right.body);
        assert!(began.elapsed() >= Duration::from_millis(60));
    }

    assert_eq!(scene.agentx(&format!("{MESSAGES}?{WHOLE}&per_page=50")).body, right.body, "a fault is over");
    let faults: Vec<_> =
        scene.running.ledger().requests().iter().map(|request| (request.fault, request.status)).collect();
    assert!(faults.contains(&(Some("reset"), 0)) && faults.contains(&(Some("torn"), 200)));
    scene.end();
}

#[test]
fn cursors_and_pages_can_repeat() {
    let scene = Scene::small();
    let first = scene.agentx(&format!("{MESSAGES}?{WHOLE}&per_page=50"));
    let second_query = format!("{MESSAGES}?{WHOLE}&per_page=50&cursor={}", cursor(&first));
    let second = scene.agentx(&second_query);
    let third_query = format!("{MESSAGES}?{WHOLE}&per_page=50&cursor={}", cursor(&second));
    for (kind, query, expected) in [
        (FaultKind::RepeatCursor { back: 0 }, &second_query, cursor(&first)),
        (FaultKind::RepeatCursor { back: 1 }, &third_query, cursor(&first)),
    ] {
        scene.running.add_faults(vec![Fault::new(Stream::AgentxMessages, 1, 1, kind)]);
        assert_eq!(cursor(&scene.agentx(query)), expected);
    }
    let same = Fault::new(Stream::AgentxMessages, 1, 2, FaultKind::SamePage);
    scene.running.add_faults(vec![same]);
    assert_eq!(scene.agentx(&second_query).body, first.body);
    assert_eq!(scene.agentx(&third_query).body, first.body);
    assert_eq!(scene.agentx(&second_query).body, second.body);
    scene.end();

    let faults = vec![
        Fault::new(Stream::ConvocoreList, 2, 1, FaultKind::RepeatCursor { back: 0 }),
        Fault::new(Stream::ConvocoreList, 3, 1, FaultKind::SamePage),
    ];
    let corpus = Corpus::generated(7, 90);
    let scene = Scene::of(SimulatorConfig { list_mode: ListMode::Cursor, faults, ..unlimited(corpus) });
    let first = scene.convocore(LIST).json();
    let query = format!("{LIST}?cursor={}", first["nextCursor"].as_str().unwrap());
    assert_eq!(scene.convocore(&query).json()["nextCursor"], first["nextCursor"]);
    assert_eq!(scene.convocore(&query).json(), first);
    scene.end();
}

fn cursor(answer: &Answer) -> String {
    answer.json()["cursor"].as_str().unwrap().to_owned()
}
