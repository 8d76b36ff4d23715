//! States as commits hold them.

use serde_json::json;

use super::*;

/// A state as commits hold it: every name here is part of the lake's format.
#[test]
fn a_state_is_read_and_written_by_the_names_that_commits_hold() {
    let params = json!({"bot_name": "b1"});
    let unfinished = json!({
        "seen_at": "2025-06-01T00:00:00Z",
        "runs": ["r1"],
        "done": [["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z"]],
        "begun": [{"kind": "whole"}],
        "asked_up_to": "c7",
    });
    let again =
        json!({"seen_at": "2025-06-01T00:00:00Z", "runs": [], "begun": [{"kind": "of", "ids": ["c1"]}]});
    let stream = json!({
        "stream": "messages",
        "params": params,
        "origin": "https://a",
        "watermark": "2025-06-01T00:00:00Z",
        "last_full_walk": "2025-05-01T00:00:00Z",
        "was_first_walk": true,
        "unanswered": {"c1": "h1"},
        "awaited": {"c1": {"hash": "h1", "since": "2025-06-01T00:00:00Z"}},
        "cut_short": {"c2": "h2"},
        "unfinished": unfinished,
        "short": {"c1": {
            "declared": 3,
            "since": "2025-01-01T00:00:00Z",
            "until": "2025-06-01T00:00:00Z",
            "asked": true,
        }},
        "reopened": [["2025-01-01T00:00:00Z", "2025-01-01T00:00:01Z"]],
        "longest_window": 2_678_400,
        "page_size": {"records": 20, "since": "2025-06-01T00:00:00Z"},
        "again": again,
    });
    let blank = json!({
        "stream": "conversations",
        "params": {},
        "origin": null,
        "watermark": null,
        "last_full_walk": null,
    });
    let whole = json!({
        "streams": {"conversations {}": blank, "messages {\"bot_name\":\"b1\"}": stream},
        "merged": "r1",
        "uncompared_since": "2025-06-01T00:00:00Z",
        "backfills": [{
            "stream": "messages",
            "params": params,
            "from": "2025-01-01T00:00:00Z",
            "until": "2025-02-01T00:00:00Z",
            "unfinished": unfinished,
        }],
        "counted": {"messages {}": {
            "of": "0123456789abcdef",
            "complete": 5,
            "short": 1,
            "over": 0,
            "short_examples": [{"id": "c1", "declared": 3, "rows": 2}],
        }},
        "shapes": {"messages": {"/text": {"kinds": ["string"], "is_usual": true}}},
    });
    for json in [json!({"streams": {}}), whole] {
        let state: State = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(state.to_json().unwrap(), json);
    }
    let state: State = serde_json::from_value(json!({"streams": {"messages {}": stream}})).unwrap();
    let stream = state.get("messages", &ParamSet::new()).unwrap();
    assert_eq!((stream.shortfalls.len(), stream.in_flight().count()), (1, 2));
}
