//! Other ways to say that nothing follows.

use convolake_simulator::{End, EndFlag, HabitPlan, Habits, ListMode, SimulatorConfig, Stream};
use serde_json::{Value, json};

use super::{scene, tidy, used};
use crate::scene::{CONVERSATIONS, EXPORT, LIST, Scene, WHOLE};

fn with(end: End) -> Habits {
    Habits { end: Some(end), ..Habits::default() }
}

#[test]
fn a_page_past_the_end_is_refused() {
    for status in [404, 400, 422] {
        let habits = with(End { past_end: Some(status), ..End::default() });
        let scene = scene(Stream::ConvocoreExport, habits);
        let statuses: Vec<u16> =
            (1..=4).map(|page| scene.convocore(&format!("{EXPORT}?page={page}")).status).collect();
        assert_eq!(statuses, [200, 200, 200, status]);
        assert_eq!(used(&scene), ["end"]);
        assert_eq!(scene.convocore(&format!("{EXPORT}?convo_ids=none")).status, 200, "a first page is none");
        scene.end();
    }
}

#[test]
fn an_end_may_be_null_data_and_no_cursor() {
    let end = End { null_data: true, empty_last_page: true, ..End::default() };
    let scene = scene(Stream::AgentxConversations, with(end));
    let first = scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).json();
    assert_eq!(first["data"].as_array().unwrap().len(), 60);
    let cursor = first["cursor"].as_str().unwrap();
    let last = scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}&cursor={cursor}")).json();
    assert_eq!(last, json!({"data": null, "cursor": null}));
    let empty = scene.agentx(&format!("{CONVERSATIONS}?start_time=1&end_time=2&bot_name=demo-bot")).json();
    assert_eq!(empty, json!({"data": null, "cursor": null}));
    scene.end();
}

#[test]
fn a_cursor_may_never_be_null() {
    let flag = |name: &str, at_end| Some(EndFlag { name: name.to_owned(), at_end });
    let scene =
        scene(Stream::AgentxConversations, with(End { flag: flag("end_of_stream", true), ..End::default() }));
    let query = format!("{CONVERSATIONS}?{WHOLE}&per_page=40");
    let first = scene.agentx(&query).json();
    let on =
        |page: &Value| scene.agentx(&format!("{query}&cursor={}", page["cursor"].as_str().unwrap())).json();
    let second = on(&first);
    assert_eq!((&first["end_of_stream"], &second["end_of_stream"]), (&json!(false), &json!(true)));
    let past = on(&second);
    assert_eq!((&past["data"], &past["cursor"]), (&json!([]), &second["cursor"]));
    scene.end();

    let end = End { flag: flag("hasMore", false), ..End::default() };
    let habits = HabitPlan::at(Stream::ConvocoreList, with(end));
    let scene = Scene::of(SimulatorConfig { list_mode: ListMode::Cursor, habits, ..tidy() });
    let mut page = scene.convocore(LIST).json();
    for _ in 0..20 {
        if page["hasMore"] == false {
            break;
        }
        page = scene.convocore(&format!("{LIST}?cursor={}", page["nextCursor"].as_str().unwrap())).json();
    }
    assert!(page["hasMore"] == false && page["nextCursor"].is_string());
    scene.end();
}
