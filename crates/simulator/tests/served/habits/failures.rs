//! Failures within answers of status 200, and what stands beside the records.

use convolake_simulator::{
    ContentEncoding, Envelope, Failure, FailureSign, HabitPlan, Habits, Place, Stream,
};
use serde_json::{Map, Value, json};

use super::{scene, scene_of, used};
use crate::scene::{CONVERSATIONS, EXPORT, LIST, WHOLE};

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn a_failure_is_told_in_the_envelope() {
    let fields = FailureSign::Fields(object(json!({"ok": false})));
    let cases = [
        (FailureSign::SuccessText, "success", json!("false")),
        (FailureSign::SuccessZero, "success", json!(0)),
        (FailureSign::StatusError, "status", json!("error")),
        (FailureSign::Errors, "errors", json!([{"message": "backend timed out"}])),
        (FailureSign::ErrorObject, "error", json!({"code": "TIMEOUT", "message": "backend timed out"})),
        (fields, "ok", json!(false)),
    ];
    for (sign, name, value) in cases {
        let failure = Failure { sign, from: 2, times: 1, when: None };
        for stream in [Stream::ConvocoreList, Stream::AgentxConversations] {
            let scene = scene(stream, Habits { failure: Some(failure.clone()), ..Habits::default() });
            let ask = || match stream {
                Stream::ConvocoreList => scene.convocore(LIST),
                _ => scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}&per_page=20")),
            };
            assert_eq!(ask().data().len(), 20);
            let failed = ask();
            assert_eq!((failed.status, used(&scene)), (200, vec!["failure"]));
            assert_eq!((&failed.json()["data"], &failed.json()[name]), (&json!([]), &value));
            assert!(failed.json().get("cursor").is_none_or(Value::is_null));
            assert_eq!(ask().data().len(), 20);
            scene.end();
        }
    }
}

#[test]
fn an_answer_may_be_partial() {
    let failure = Failure { sign: FailureSign::Partial, from: 1, times: 1, when: Some("limit=".to_owned()) };
    let scene = scene(Stream::ConvocoreList, Habits { failure: Some(failure), ..Habits::default() });
    assert_eq!(scene.convocore(LIST).data().len(), 20);
    let partial = scene.convocore(&format!("{LIST}?limit=20")).json();
    assert_eq!((&partial["partial"], &partial["success"]), (&json!(true), &json!(true)));
    assert_eq!(partial["data"].as_array().unwrap().len(), 10);
    assert_eq!(scene.convocore(&format!("{LIST}?limit=20")).data().len(), 20);
    scene.end();
}

#[test]
fn fields_stand_beside_the_records() {
    for (place, begins) in [(Place::Before, true), (Place::Behind, false)] {
        let fields = object(json!({"channel": {"id": 7, "name": "general"}}));
        let envelope = Envelope { fields, place };
        let scene = scene(Stream::ConvocoreExport, Habits { envelope: Some(envelope), ..Habits::default() });
        let answer = scene.convocore(EXPORT);
        assert_eq!(answer.json()["channel"], json!({"id": 7, "name": "general"}));
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(text.find("\"channel\"") < text.find("\"data\""), begins);
        scene.end();
    }
}

#[test]
fn a_content_encoding_may_be_none() {
    let key = "authorization: Bearer simulator\r\naccept-encoding: gzip\r\n";
    for value in ["UTF-8", "none", "aws-chunked", "identity, identity"] {
        let encoding = Some(ContentEncoding(value.to_owned()));
        let scene = scene(Stream::ConvocoreList, Habits { content_encoding: encoding, ..Habits::default() });
        let answer = scene.get(LIST, key).unwrap();
        assert_eq!(answer.header("content-encoding"), Some(value.to_lowercase().as_str()));
        assert_eq!(answer.data().len(), 20);
        assert_eq!(scene.get(EXPORT, key).unwrap().header("content-encoding"), Some("gzip"));
        scene.end();
    }
}

#[test]
fn a_failure_behind_the_first_page_is_no_end() {
    let plan = [
        r#"convocore_export.failure={"sign":"errors","from":2,"times":1}"#,
        "convocore_export.end.past_end=404",
    ];
    let plan = plan.into_iter().fold(HabitPlan::default(), |plan, setting| plan.set(setting).unwrap());
    let scene = scene_of(plan);
    let statuses: Vec<(u16, bool)> = (1..=4)
        .map(|page| scene.convocore(&format!("{EXPORT}?page={page}")))
        .map(|answer| (answer.status, answer.json().get("errors").is_some()))
        .collect();
    assert_eq!(statuses, [(200, false), (200, true), (200, false), (404, false)]);
    scene.end();
}
