//! What cannot become rows goes out with a reason and a place, and costs its neighbours nothing.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use convolake_model::OnMismatch;
use convolake_transformer::{FlatPage, RejectReason, UnreadablePage};

use crate::flattening::{flatten, flattener, flattener_with};

fn ids(page: &FlatPage, table: &str) -> Vec<String> {
    let flat = page.tables.iter().find(|flat| flat.table == table).unwrap();
    let ids = flat.rows.column_by_name("conversation_id").unwrap();
    ids.as_binary::<i32>().iter().flatten().map(text_of).collect()
}

fn text(page: &FlatPage, table: &str, column: &str, row: usize) -> Option<String> {
    let flat = page.tables.iter().find(|flat| flat.table == table).unwrap();
    let array = flat.rows.column_by_name(column).unwrap().as_binary::<i32>();
    array.is_valid(row).then(|| text_of(array.value(row)))
}

fn text_of(bytes: &[u8]) -> String {
    str::from_utf8(bytes).unwrap().to_owned()
}

/// A page of three exported conversations, of which the middle one is `bad`.
#[track_caller]
fn check(bad: &str, reason: RejectReason) {
    let good = |id: &str| {
        format!(
            r#"{{"turns":[{{"from":"bot","messages":[{{"type":"text","payload":{{"message":"hi"}}}}]}}],"metadata":{{"ID":"{id}"}}}}"#
        )
    };
    let body = format!(r#"{{"data":[{},{bad},{}],"success":true}}"#, good("a"), good("b"));
    let page = flatten(&flattener("convocore/export"), body.as_bytes()).unwrap();
    assert_eq!(page.records, 3);
    for table in ["conversations", "turns", "messages"] {
        assert_eq!(ids(&page, table), ["a", "b"], "{table}");
        let flat = page.tables.iter().find(|flat| flat.table == table).unwrap();
        assert_eq!(flat.index_in_page, [0, 2], "{table}");
    }
    let rejects: Vec<_> = page.rejects.iter().collect();
    let [reject] = rejects.as_slice() else { panic!("{rejects:?}") };
    assert_eq!((reject.reason, reject.pointer.as_str(), reject.index_in_page), (reason, "/data/1", 1));
    assert_eq!(reject.text, bad);
    let parents = page.tables.iter().find_map(|flat| flat.parents.as_ref()).unwrap();
    assert_eq!(parents.index_in_page, [0, 2]);
}

#[test]
fn one_bad_record_costs_its_neighbours_nothing() {
    let turns =
        r#"[{"from":"bot","messages":[{"type":"x"},{"type":"y"}]},{"from":"human","messages":["z"]}]"#;
    for bare in ["null", "1", r#""text""#, "[]", "true"] {
        check(bare, RejectReason::NotAnObject);
    }
    check("{}", RejectReason::MissingRequired);
    check(&format!(r#"{{"turns":{turns}}}"#), RejectReason::MissingRequired);
    check(&format!(r#"{{"turns":{turns},"metadata":{{"ID":null}}}}"#), RejectReason::MissingRequired);
    for id in [r#"{"n":17}"#, "[17]"] {
        check(&format!(r#"{{"turns":{turns},"metadata":{{"ID":{id}}}}}"#), RejectReason::Mismatch);
    }
    check(&format!(r#"{{"turns":{turns},"metadata":null}}"#), RejectReason::MissingRequired);
    check(&format!(r#"{{"turns":{turns},"turns":[],"metadata":{{"ID":"c"}}}}"#), RejectReason::DuplicateKey);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    check(&format!(r#"{{"metadata":{{"ID":"c","deep":{deep}}}}}"#), RejectReason::TooDeep);
}

#[test]
fn a_record_that_is_no_json_costs_its_neighbours_nothing() {
    let turns =
        r#"[{"from":"bot","messages":[{"type":"x"},{"type":"y"}]},{"from":"human","messages":["z"]}]"#;
    for broken in [
        "NaN".to_owned(),
        format!(r#"{{"turns":{turns},"metadata":{{"ID":"c","score":NaN}}}}"#),
        format!(r#"{{"turns":{turns},"metadata":{{"ID":"c","score":-Infinity}}}}"#),
        format!(r#"{{"metadata":{{"ID":"c"}},"turns":{turns},"x":.5}}"#),
        format!(r#"{{"metadata":{{"ID":"c"}},"turns":{turns}}} undefined"#),
        format!(r#"{{"metadata":{{"ID":"c"}},"turns":{turns}}} {{"metadata":{{"ID":"d"}}}}"#),
        format!(
            r#"{{"metadata":{{"ID":"c"}},"turns":[{{"messages":[{{"type":"x"}},{{"type":{turns}}},"\x"]}}]}}"#
        ),
        format!("{{\"metadata\":{{\"ID\":\"c\"}},\"turns\":{turns},\"notes\":\"two\nlines ] }}\"}}"),
        r#"{"metadata":{"ID":"c"},"turns":[{"messages":[1,2,]}]}"#.to_owned(),
        r#"{'metadata':{"ID":"c"}}"#.to_owned(),
    ] {
        check(&broken, RejectReason::NotJson);
    }
}

#[test]
fn a_record_that_is_no_json_is_rejected_with_what_was_expected() {
    let page =
        flatten(&flattener("convocore/list"), br#"{"data":[{"ID":"a"}, {"ID":"b","ts":NaN} ,{"ID":"c"}]}"#);
    let rejects: Vec<_> = page.unwrap().rejects.iter().collect();
    let [reject] = rejects.as_slice() else { panic!("{rejects:?}") };
    assert_eq!(reject.reason.code(), "not_json");
    assert_eq!(reject.detail, "expected a value at byte 15");
    assert_eq!(reject.text, r#"{"ID":"b","ts":NaN}"#);
}

#[test]
fn a_page_that_cannot_be_read_gives_no_rows() {
    let check = |body: &str, expected: &str| {
        let error = flatten(&flattener("convocore/export"), body.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(r#"{"data":[{"metadata":{"ID":"a"}}"#, "no JSON");
    for torn in [
        r#"{"data":[{"ID":NaN}"#,
        r#"{"data":[{"ID":NaN}]"#,
        r#"{"data":[{"ID":NaN]}"#,
        r#"{"data":[{"ID":NaN,{"ID":2}],"cursor":null}"#,
        r#"{"data":[{"ID":NaN,"text":"open]}"#,
        r#"{"data":[{"ID":NaN},]}"#,
        r#"{"data":[,{"ID":NaN}]}"#,
        r#"{"data":[{"ID":NaN}],"n":NaN}"#,
        r#"{"n":NaN,"data":[{"ID":NaN}]}"#,
        r#"{"data":NaN}"#,
        r#"{"data":{"a":NaN}"#,
        "NaN",
    ] {
        check(torn, "no JSON");
    }
    check(r#"{"success":true}"#, "no records at `/data`");
    check(r#"{"data":"[]"}"#, "no records at `/data`, but a value of type string");
    check(r#"{"data":[],"success":false,"message":"no such agent"}"#, "no such agent");
    check("<html></html>", "expected a value at byte 0");
    check("", "expected a value at byte 0");
    check(r#"{"data":[]} trailing"#, "the end of the text");
    for none in ["[]", "null", " null ", "{}", "{ }"] {
        let body = format!(r#"{{"data":{none}}}"#);
        assert_eq!(flatten(&flattener("convocore/export"), body.as_bytes()).unwrap().records, 0);
    }
    assert!(matches!(flatten(&flattener("convocore/export"), b"{"), Err(UnreadablePage::Syntax { .. })));
}

#[test]
fn mismatches_are_null_kept_and_counted() {
    let body =
        br#"{"data":[{"metadata":{"ID":"a","messagesNum":"many","userName":7,"tags":"vip","ts":12}}]}"#;
    let page = flatten(&flattener("convocore/export"), body).unwrap();
    let extra: serde_json::Value =
        serde_json::from_str(&text(&page, "conversations", "extra", 0).unwrap()).unwrap();
    assert_eq!(extra, serde_json::json!({"messagesNum": "many", "userName": 7, "tags": "vip", "ts": 12}));
    let columns: Vec<&str> = page.drift.mismatches.keys().map(|(_, column)| column.as_str()).collect();
    assert_eq!(columns, ["messages_declared", "started_at"]);
    // A number stands as it is written where a text is looked for, and `extra` tells that it was none.
    assert_eq!(text(&page, "conversations", "user_name", 0).as_deref(), Some("7"));
    let columns: Vec<&str> = page.drift.as_text.keys().map(|(_, column)| column.as_str()).collect();
    assert_eq!(columns, ["user_name"]);

    let strict = flattener_with("convocore/export", OnMismatch::Quarantine);
    let page = flatten(&strict, body).unwrap();
    assert_eq!(page.rejects.iter().next().unwrap().reason, RejectReason::Mismatch);
    assert_eq!(ids(&page, "conversations"), Vec::<String>::new());
}

/// Of a key that stands twice in an object the last value counts, and each that gave way is told of (jq#1636), whether a column takes it,
/// `extra`, or nothing; also where it is spelled otherwise. What a JSON column holds whole has both.
#[test]
fn values_that_give_way_to_another_of_the_same_key_are_counted() {
    let body = br#"{"data":[
        {"metadata":{"ID":"a","userName":"first","userName":"second","x":1,"x":2,"\u0078":3}},
        {"metadata":{"ID":"b"},"turns":[{"from":"bot","from":"user","messages":[
            {"type":"text","type":"x","payload":"p","item":{"y":1,"y":2}}]}]}]}"#;
    let page = flatten(&flattener("convocore/export"), body).unwrap();
    assert_eq!(page.rejects.len(), 0);
    assert_eq!(text(&page, "conversations", "user_name", 0).as_deref(), Some("second"));
    assert_eq!(text(&page, "conversations", "extra", 0).as_deref(), Some(r#"{"\u0078":3}"#));
    let told: Vec<(&str, u64, u32)> = page
        .drift
        .doubled_keys
        .iter()
        .map(|(key, met)| (key.as_str(), met.count, met.first.record()))
        .collect();
    assert_eq!(
        told,
        [
            ("/metadata/userName", 1, 0),
            ("/metadata/x", 2, 0),
            ("/turns/*/from", 1, 1),
            ("/turns/*/messages/*/type", 1, 1),
        ]
    );
}

#[test]
fn a_message_that_is_no_object_is_a_row() {
    let body = br#"{"data":[{"metadata":{"ID":"a"},"turns":[{"from":"user","messages":["hello",null,7]}]}]}"#;
    let page = flatten(&flattener("convocore/export"), body).unwrap();
    assert_eq!(ids(&page, "messages").len(), 3);
    assert_eq!(text(&page, "messages", "text", 0).as_deref(), Some("hello"));
    assert_eq!(text(&page, "messages", "payload", 0).as_deref(), Some("\"hello\""));
    assert_eq!(text(&page, "messages", "payload", 1).as_deref(), Some("null"));
    assert_eq!(text(&page, "messages", "role", 2).as_deref(), Some("human"));
    assert_eq!(text(&page, "turns", "extra", 0).as_deref(), Some(r#"{"from":"user"}"#));
}

#[test]
fn new_fields_are_counted_by_place() {
    let body = br#"{"data":[{"metadata":{"ID":"a","lang":"en"},"turns":[{"ts":1,"messages":[{"mid":1},{"mid":2}]}]}]}"#;
    let page = flatten(&flattener("convocore/export"), body).unwrap();
    let fields: Vec<_> =
        page.drift.new_fields.iter().map(|(field, drift)| (field.as_str(), drift.count)).collect();
    assert_eq!(fields, [("/metadata/lang", 1), ("/turns/*/messages/*/mid", 2), ("/turns/*/ts", 1)]);
}

#[test]
fn a_lone_surrogate_costs_a_character_only() {
    let page = flatten(
        &flattener("convocore/list"),
        br#"{"data":[{"ID":"a","userName":"x\ud83d","user":{"n":"\udc00"}}]}"#,
    );
    let page = page.unwrap();
    assert_eq!(text(&page, "leads", "user_name", 0).as_deref(), Some("x\u{fffd}"));
    assert_eq!(text(&page, "leads", "user", 0).as_deref(), Some(r#"{"n":"\ufffd"}"#));
    assert_eq!(page.drift.replaced_characters, 2);
}

#[test]
fn agentx_text_is_what_a_person_reads() {
    let body = br#"{"data":[
        {"_id":"1","conversationId":"c","type":"UserInput","userInput":"hi"},
        {"_id":"2","conversationId":"c","type":"Question","outMsg":{"steps":[{"text":"a"},{"image":"x"},{"text":"b"}]}},
        {"_id":"3","conversationId":"c","type":"UserInput","userInput":{"email":"e"}},
        {"_id":"4","conversationId":"c","type":"BotMessage","outMsg":{"steps":[]}},
        {"_id":"5","conversationId":"c","userInput":"both","outMsg":{"steps":[{"text":"s"}]}}]}"#;
    let page = flatten(&flattener("agentx/messages"), body).unwrap();
    let column = |name: &str| (0..5).map(|row| text(&page, "messages", name, row)).collect::<Vec<_>>();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(column("text"), [some("hi"), some("a\nb"), None, None, some("both")]);
    // Who wrote what has no type is not known.
    assert_eq!(column("role"), [some("human"), some("bot"), some("human"), some("bot"), None]);
    assert_eq!(
        column("extra")[2..],
        [some(r#"{"userInput":{"email":"e"}}"#), None, some(r#"{"userInput":"both"}"#)]
    );
}

/// An id that is a number or a boolean is the text it is written as, in all tables; `12` and `"12"` are one key, and that is told.
#[test]
fn an_id_of_another_scalar_type_is_an_id() {
    let body = br#"{"data":[
        {"metadata":{"ID":12},"turns":[{"from":0,"messages":[{"type":1.50,"payload":"hi"}]}]},
        {"metadata":{"ID":"12"}},
        {"metadata":{"ID":9223372036854775808}},
        {"metadata":{"ID":-1.50e2}},
        {"metadata":{"ID":true}}]}"#;
    let page = flatten(&flattener("convocore/export"), body).unwrap();
    assert_eq!(page.rejects.len(), 0);
    assert_eq!(ids(&page, "conversations"), ["12", "12", "9223372036854775808", "-1.50e2", "true"]);
    assert_eq!(ids(&page, "messages"), ["12"]);
    assert_eq!(text(&page, "messages", "type", 0).as_deref(), Some("1.50"));
    assert_eq!(text(&page, "messages", "role", 0).as_deref(), Some("0"));
    // What was no text stands in `extra` as it was, so that the record can be put together again.
    let extras: Vec<_> = (0..5).map(|row| text(&page, "conversations", "extra", row)).collect();
    let expected = [Some("12"), None, Some("9223372036854775808"), Some("-1.50e2"), Some("true")];
    assert_eq!(extras, expected.map(|id| id.map(|id| format!("{{\"ID\":{id}}}"))));
    let count = |table: &str, column: &str| page.drift.as_text[&(table.to_owned(), column.to_owned())].count;
    assert_eq!(count("conversations", "conversation_id"), 4);
    assert_eq!(count("messages", "type"), 1);
}

/// Words that are numbers or booleans can be mapped; what is absent or null is no word, so that `else` does not stand for it.
#[test]
fn map_reads_numbers_and_else_is_for_words() {
    let page = |kind: &str| {
        let body = format!(r#"{{"data":[{{"_id":"1","conversationId":"c"{kind}}}]}}"#);
        flatten(&flattener("agentx/messages"), body.as_bytes()).unwrap()
    };
    for (kind, role) in [
        (r#","type":"UserInput""#, Some("human")),
        (r#","type":"Handover""#, Some("bot")),
        (r#","type":3"#, Some("bot")),
        (r#","type":null"#, None),
        ("", None),
    ] {
        assert_eq!(text(&page(kind), "messages", "role", 0).as_deref(), role, "{kind}");
    }
}

/// An empty text does not hide the one beside it; where all are empty, it is the text.
#[test]
fn the_first_text_that_is_not_empty_counts() {
    let row = |members: &str| {
        let body = format!(r#"{{"data":[{{"_id":"1","conversationId":"c","type":"Question"{members}}}]}}"#);
        let page = flatten(&flattener("agentx/messages"), body.as_bytes()).unwrap();
        let column = |name: &str| text(&page, "messages", name, 0);
        (column("text"), column("extra"))
    };
    let some = |text: &str| Some(text.to_owned());
    let hello = r#","outMsg":{"steps":[{"text":"Hello"}]}"#;
    assert_eq!(row(&format!(r#","userInput":""{hello}"#)), (some("Hello"), some(r#"{"userInput":""}"#)));
    assert_eq!(
        row(&format!(r#","userInput":" \n"{hello}"#)),
        (some("Hello"), some(r#"{"userInput":" \n"}"#))
    );
    assert_eq!(row(&format!(r#","userInput":null{hello}"#)), (some("Hello"), some(r#"{"userInput":null}"#)));
    assert_eq!(row(&format!(r#","userInput":"Hi"{hello}"#)).0, some("Hi"));
    assert_eq!(row(r#","userInput":"""#), (some(""), None));
    assert_eq!(
        row(r#","userInput":"","outMsg":{"steps":[{"text":""}]}"#),
        (some(""), some(r#"{"userInput":""}"#))
    );
    // What a person wrote is a text by the contract of this table.
    assert_eq!(row(r#","userInput":5"#), (None, some(r#"{"userInput":5}"#)));
}

/// A number that no double holds would make the cell unreadable.
#[test]
fn numbers_beyond_a_double_stand_as_texts_in_extra() {
    let body = br#"{"data":[{"metadata":{"ID":"a","score":1e400,"convoTimeSeconds":-1e999,"n":1e3}},{"metadata":{"ID":"b","n":1e3}}]}"#;
    let page = flatten(&flattener("convocore/export"), body).unwrap();
    let extra = |row| text(&page, "conversations", "extra", row).unwrap();
    assert_eq!(
        extra(0),
        r#"{"score":"1e400","n":1e3,"convoTimeSeconds":"-1e999","_numbers":["/score","/convoTimeSeconds"]}"#
    );
    assert_eq!(extra(1), r#"{"n":1e3}"#);
}
