//! Records of any shape around the fields that are mapped.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::flattening::{flatten, flattener};
use crate::rebuilding::{assert_same, records};

fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter_map("finite", |value| serde_json::Number::from_f64(value).map(Value::Number)),
        (946_684_800..4_102_444_800_i64).prop_map(Value::from),
        (946_684_800_000..4_102_444_800_000_i64).prop_map(Value::from),
        (946_684_800.0..4_102_444_800.0)
            .prop_map(|value: f64| Value::from((value * 1000.0).round() / 1000.0)),
    ];
    let text = prop_oneof![
        any::<String>(),
        Just("user".to_owned()),
        Just("human".to_owned()),
        Just("27".to_owned()),
        Just("1734330410".to_owned()),
        Just("Invalid date".to_owned()),
        Just("December 1st 2024, 10:30:00 am".to_owned()),
        Just("2025-04-15T20:58:15.384884".to_owned()),
        Just("2025-04-15T20:58:15".to_owned()),
        Just("2025-04-15T20:58:15.5Z".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        text.prop_map(Value::from),
        Just(json!({})),
        Just(json!([])),
        proptest::collection::vec("[a-z]{0,3}", 1..3).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((any_key(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "message", "_record", "turns", "metadata", "extra", "", "a.b", "a/b", "~", "*", "steps", "text",
            "x y", "ключ",
        ])
        .prop_map(str::to_owned)
    ]
}

/// An object of some of `fields`, each with any value, and of fields nobody expects, in any order.
fn any_object(fields: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    let known = proptest::sample::subsequence(fields, 0..=fields.len()).prop_shuffle();
    (
        known,
        proptest::collection::vec(any_json(), fields.len()),
        proptest::collection::vec((any_key(), any_json()), 0..3),
    )
        .prop_map(|(names, values, others)| {
            let known = names.into_iter().map(str::to_owned).zip(values);
            others.into_iter().chain(known).collect()
        })
}

fn with_id(mut record: Map<String, Value>, field: &str, index: usize) -> Map<String, Value> {
    record.insert(field.to_owned(), Value::from(format!("id-{index}")));
    record
}

const METADATA: &[&str] = &[
    "userID",
    "userName",
    "userEmail",
    "userPhone",
    "userImage",
    "userProfilePic",
    "userBrowser",
    "userPlatform",
    "origin",
    "state",
    "tags",
    "messagesNum",
    "interactionsNum",
    "sessionsNum",
    "convoTimeSeconds",
    "chatAssignedTo",
    "ts",
    "firstMessageTS",
    "lastMessageTS",
    "lastModified",
    "title",
    "user",
    "feedback",
];

fn any_message() -> impl Strategy<Value = Value> {
    prop_oneof![8 => any_object(&["type", "payload", "ts"]).prop_map(Value::Object), 1 => any_json()]
}

fn any_turn() -> impl Strategy<Value = Value> {
    let messages = prop_oneof![
        6 => proptest::collection::vec(any_message(), 0..4).prop_map(|messages| Some(Value::from(messages))),
        1 => any_json().prop_map(Some),
        1 => Just(None),
    ];
    let turn = (any_object(&["from"]), messages).prop_map(|(mut turn, messages)| {
        turn.extend(messages.map(|messages| ("messages".to_owned(), messages)));
        Value::Object(turn)
    });
    prop_oneof![8 => turn, 1 => any_json()]
}

fn any_export() -> impl Strategy<Value = Map<String, Value>> {
    let turns = prop_oneof![
        6 => proptest::collection::vec(any_turn(), 0..4).prop_map(|turns| Some(Value::from(turns))),
        1 => any_json().prop_map(Some),
        1 => Just(None),
    ];
    (any_object(METADATA), turns, any_object(&[]), any::<bool>()).prop_map(
        |(metadata, turns, others, is_last)| {
            let metadata = Value::Object(with_id(metadata, "ID", 0));
            let mut record = others;
            if !is_last {
                record.insert("metadata".into(), metadata.clone());
            }
            record.shift_remove("turns");
            record.extend(turns.map(|turns| ("turns".to_owned(), turns)));
            // Before or behind the turns: the parents' values reach the rows all the same.
            record.insert("metadata".into(), metadata);
            record
        },
    )
}

fn check(schema: &str, exported: Vec<Value>) {
    let body = serde_json::to_vec(&json!({ "success": true, "data": exported })).unwrap();
    let page = flatten(&flattener(schema), &body).unwrap();
    assert!(page.rejects.is_empty(), "{:?} of {exported:?}", page.rejects);
    let rebuilt = records(schema, &page);
    assert_eq!(rebuilt.len(), exported.len());
    for (rebuilt, exported) in rebuilt.iter().zip(&exported) {
        assert_same(rebuilt, exported, schema);
    }
}

fn numbered(records: Vec<Map<String, Value>>, id: &str) -> Vec<Value> {
    records.into_iter().enumerate().map(|(index, record)| Value::Object(with_id(record, id, index))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn list_records(records in proptest::collection::vec(any_object(METADATA), 0..4)) {
        check("convocore/list", numbered(records, "ID"));
    }

    #[test]
    fn agentx_conversations(records in proptest::collection::vec(
        any_object(&["startTime", "lastActionAt", "locale", "tags", "metadata", "userMessageCount"]), 0..4)) {
        check("agentx/conversations", numbered(records, "_id"));
    }

    #[test]
    fn agentx_messages(records in proptest::collection::vec(
        any_object(&["time", "type", "outMsg", "userActionType", "userInput"]), 0..4)) {
        let records = records.into_iter().map(|record| with_id(record, "conversationId", 7)).collect();
        check("agentx/messages", numbered(records, "_id"));
    }

    #[test]
    fn exported_conversations(records in proptest::collection::vec(any_export(), 0..4)) {
        let records = records.into_iter().enumerate().map(|(index, mut record)| {
            record["metadata"]["ID"] = Value::from(format!("id-{index}"));
            Value::Object(record)
        });
        check("convocore/export", records.collect());
    }

    #[test]
    fn any_bytes_are_a_page_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200),
                                        text in r#"[\[\]{}:,"0-9a\\u \-.eE\n]{0,40}"#, value in any_json()) {
        for schema in ["convocore/export", "convocore/list", "agentx/messages", "agentx/conversations"] {
            let flattener = flattener(schema);
            let _ = flatten(&flattener, &bytes);
            let _ = flatten(&flattener, format!("{{\"data\":[{text}]}}").as_bytes());
            let _ = flatten(&flattener, json!({ "data": value }).to_string().as_bytes());
            let _ = flatten(&flattener, json!({ "data": [value] }).to_string().as_bytes());
        }
    }
}
