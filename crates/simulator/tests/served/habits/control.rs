//! How habits are switched on and off, and how the ledger tells of them.

use convolake_simulator::{ContentEncoding, End, HabitPlan, Habits, Stream};
use serde_json::{Value, json};

use super::{scene_of, used};
use crate::scene::{Answer, EXPORT, LIST, Scene};

fn send(scene: &Scene, method: &str, body: &Value) -> Answer {
    let json = "content-type: application/json\r\n";
    scene.send(method, "/_simulator/habits", json, &body.to_string()).unwrap()
}

fn in_force(scene: &Scene) -> Value {
    scene.get("/_simulator/habits", "").unwrap().json()
}

#[test]
fn habits_are_switched_while_the_simulator_runs() {
    let scene = scene_of(HabitPlan::default());
    assert_eq!(in_force(&scene), json!({}));
    let plan =
        json!({"*": {"envelope": {"fields": {"v": 1}}}, "convocore_list": {"content_encoding": "none"}});
    assert_eq!(send(&scene, "PUT", &plan).status, 204);
    assert_eq!(scene.convocore(EXPORT).json()["v"], 1);
    scene.convocore(LIST);
    assert_eq!(used(&scene), ["envelope", "content_encoding"]);

    assert_eq!(send(&scene, "PATCH", &json!({"*": {"envelope": null}})).status, 204);
    assert_eq!(in_force(&scene), json!({"convocore_list": {"content_encoding": "none"}}));
    let ledger = scene.get("/_simulator/ledger", "").unwrap().json();
    assert_eq!(ledger["in_force"], in_force(&scene));
    assert_eq!(ledger["habits"]["convocore_list"], json!({"content_encoding": 1, "envelope": 1}));
    assert_eq!(ledger["habits"]["convocore_export"], json!({"envelope": 1}));
    assert_eq!(ledger["requests"][0]["habits"], json!(["envelope"]));

    for wrong in [json!({"nowhere": {}}), json!({"convocore_list": {"lagg": {}}}), json!(7)] {
        let refused = send(&scene, "PUT", &wrong);
        assert!(refused.status == 422 && refused.json()["message"].is_string(), "{wrong}");
    }
    assert_eq!(in_force(&scene), json!({"convocore_list": {"content_encoding": "none"}}), "as it was");
    assert_eq!(send(&scene, "DELETE", &Value::Null).status, 204);
    assert_eq!(in_force(&scene), json!({}));
    scene.end();
}

#[test]
fn habits_go_together() {
    let plan = [
        "convocore_export.end.past_end=404",
        "convocore_export.page_size.cap=7",
        r#"convocore_export.poison={"kind":"nan"}"#,
        r#"convocore_export.dead_ids.of={"newest":2}"#,
        "convocore_export.key_order=shuffled",
        "convocore_export.content_encoding=UTF-8",
    ];
    let plan = plan.into_iter().fold(HabitPlan::default(), |plan, setting| plan.set(setting).unwrap());
    let scene = scene_of(plan.clone());
    assert_eq!(scene.running.habits(), plan);
    let n_pages = scene.running.records(Stream::ConvocoreExport).len().div_ceil(7);
    assert_eq!(n_pages, 58_usize.div_ceil(7));
    for page in 1..=n_pages + 1 {
        let answer = scene.convocore(&format!("{EXPORT}?page={page}"));
        assert_eq!(answer.status, if page <= n_pages { 200 } else { 404 });
    }
    let end = Some(End { past_end: Some(404), ..End::default() });
    let content_encoding = Some(ContentEncoding("UTF-8".to_owned()));
    scene.running.set_habits(&HabitPlan::at(
        Stream::ConvocoreExport,
        Habits { end, content_encoding, ..Habits::default() },
    ));
    assert_eq!(scene.running.records(Stream::ConvocoreExport).len(), 60);
    scene.end();
}

#[test]
fn every_habit_can_be_written_in_json() {
    let scene = scene_of(HabitPlan::default());
    let habits = json!({
        "lag": {"requests": 5, "seconds": 2.0, "of": {"newest": 3}, "version": "older"},
        "signed_urls": {"fields": ["userImage"], "valid_s": 300},
        "key_order": "shuffled",
        "limit": {"requests": 10, "per_s": 60.0, "status": 429,
                  "tells": [{"header": "X-RateLimit-Reset", "unit": "epoch_seconds"}]},
        "end": {"past_end": 404, "null_data": true, "empty_last_page": true,
                "flag": {"name": "hasMore", "at_end": false}},
        "dead_ids": {"of": {"conversations": ["a", "b"]}, "status": 403},
        "url_length": {"bytes": 2000, "status": 414},
        "poison": {"kind": "nan", "of": {"every": 10}, "field": "score"},
        "window": {"widest_s": 2_678_400, "refuses_future": true, "clock_s": -5},
        "cursor_life": {"seconds": 2.0, "pages": 3, "status": 410},
        "failure": {"sign": "success_text", "from": 3, "times": 2, "when": "cursor="},
        "page_size": {"refused_above": 20, "status": 422, "cap": 10},
        "heavy": {"bytes": 1000, "of": {"newest": 2}},
        "content_encoding": "aws-chunked",
        "odd_values": {"kinds": ["number_ids", "booleans", "empty_input", "far_dates"], "of": "all"},
        "envelope": {"fields": {"channel": {"id": 7}}, "place": "before"},
    });
    assert_eq!(send(&scene, "PUT", &json!({"convocore_export": habits})).status, 204);
    assert_eq!(in_force(&scene)["convocore_export"], habits);
    assert_eq!(send(&scene, "PUT", &json!({"*": habits})).status, 204);
    assert_eq!(in_force(&scene).as_object().unwrap().len(), 4);
    scene.end();
}
