//! Values that are deep.

use convolake_transformer::{RejectReason, UnreadablePage};

use crate::apart::{apart, flatten, rows, size};
use crate::schemas::stream;

const PLACES: &[(&str, &str)] = &[
    ("convocore/list", r#"{"ID":"a","more":DEEP}"#),
    ("convocore/list", r#"{"ID":"a","notes":DEEP}"#),
    ("convocore/list", r#"{"ID":"a","tags":DEEP}"#),
    ("convocore/list", r#"{"ID":"a","ts":DEEP}"#),
    ("convocore/list", r#"{"ID":"a","user":DEEP}"#),
    ("convocore/list", r#"{"ID":DEEP}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a"},"more":DEEP}"#),
    ("convocore/export", r#"{"metadata":DEEP}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a","more":DEEP}}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a"},"turns":DEEP}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a"},"turns":[DEEP]}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a"},"turns":[{"messages":DEEP}]}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a"},"turns":[{"messages":[DEEP]}]}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a"},"turns":[{"messages":[{"payload":DEEP}]}]}"#),
    ("convocore/export", r#"{"metadata":{"ID":"a"},"turns":[{"messages":[{"payload":{"message":DEEP}}]}]}"#),
    ("agentx/messages", r#"{"_id":"a","conversationId":"c","outMsg":DEEP}"#),
    ("agentx/messages", r#"{"_id":"a","conversationId":"c","outMsg":{"steps":DEEP}}"#),
    ("agentx/messages", r#"{"_id":"a","conversationId":"c","outMsg":{"steps":[{"text":DEEP}]}}"#),
    ("agentx/messages", r#"{"_id":"a","conversationId":"c","userInput":DEEP}"#),
    ("agentx/conversations", r#"{"_id":"a","metadata":DEEP}"#),
    ("agentx/conversations", "DEEP"),
];

/// Arrays, objects, and names of objects the schemas look inside.
fn nested(depth: usize) -> impl Iterator<Item = String> {
    let kinds = [("[", "]"), (r#"{"a":"#, "}"), (r#"[{"turns":"#, "}]"), (r#"{"message":["#, "]}")];
    kinds.into_iter().map(move |(open, close)| {
        let n = depth / open.matches(['[', '{']).count();
        format!("{}1{}", open.repeat(n), close.repeat(n))
    })
}

#[test]
fn in_every_place() {
    apart("deep::in_every_place", || {
        for (name, record) in PLACES {
            for deep in nested(100_000) {
                let body = format!(r#"{{"data":[{}]}}"#, record.replace("DEEP", &deep));
                let flat = flatten(&stream(name), body.as_bytes(), 30).unwrap();
                assert!(rows(&flat).iter().all(|(_, rows)| *rows == 0), "{name} {record}");
                let last = flat.rejects.iter().last().unwrap();
                assert!(matches!(last.reason, RejectReason::TooDeep | RejectReason::NotAnObject), "{record}");
            }
        }
    });
}

#[test]
fn around_the_records() {
    apart("deep::around_the_records", || {
        let n = size(10_000_000, 3_000_000);
        for (open, close) in [("[", "]"), (r#"{"data":"#, "}")] {
            let open = open.repeat(n);
            let cut = flatten(&stream("convocore/list"), open.as_bytes(), 10);
            assert!(matches!(cut, Err(UnreadablePage::Syntax { .. })));
            let whole = format!("{open}1{}", close.repeat(n));
            let whole = flatten(&stream("convocore/list"), whole.as_bytes(), 10);
            match open.starts_with('[') {
                true => assert!(matches!(whole, Err(UnreadablePage::NoRecords { .. }))),
                // An object in place of records is one.
                false => assert_eq!(whole.unwrap().rejects.len(), 1),
            }
        }
        let beside = format!(r#"{{"more":{}{},"data":[{{"ID":"a"}}]}}"#, "[".repeat(n), "]".repeat(n));
        assert_eq!(rows(&flatten(&stream("convocore/list"), beside.as_bytes(), 10).unwrap()), [("leads", 1)]);
    });
}

/// What JSON columns hold is read by readers that stop at a depth of 128.
#[test]
fn what_is_kept_can_be_read() {
    let mut kept = 0;
    for (name, record) in PLACES {
        for depth in (60..100).step_by(13).chain(100..132) {
            for deep in nested(depth) {
                let body = format!(r#"{{"data":[{}]}}"#, record.replace("DEEP", &deep));
                let flat = flatten(&stream(name), body.as_bytes(), 30).unwrap();
                let is_kept = flat.rejects.is_empty();
                kept += usize::from(is_kept);
                if depth < 100 {
                    let is_too_deep =
                        flat.rejects.iter().any(|reject| reject.reason == RejectReason::TooDeep);
                    assert!(!is_too_deep, "{record} {depth}");
                }
                for table in &flat.tables {
                    let fields = table.rows.schema();
                    let columns = fields.fields().iter().zip(table.rows.columns());
                    for (field, column) in
                        columns.filter(|(field, _)| field.metadata().contains_key("convolake.type"))
                    {
                        let texts = arrow_array::cast::AsArray::as_binary::<i32>(column);
                        for text in texts.iter().flatten() {
                            let read = serde_json::from_slice::<serde_json::Value>(text);
                            assert!(
                                read.is_ok(),
                                "{name} {} {record} {depth}: {}",
                                field.name(),
                                text.escape_ascii()
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(kept > 0);
}
