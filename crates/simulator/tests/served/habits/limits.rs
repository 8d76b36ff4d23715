//! Limits on how often, how wide and how long a client may ask.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use convolake_simulator::{
    CursorLife, Habits, Limit, ListMode, PageSize, Reset, ResetUnit, SimulatorConfig, Stream, UrlLength,
    WindowLimits,
};

use super::{HabitPlan, scene, tidy, used};
use crate::scene::{CONVERSATIONS, EXPORT, LIST, MESSAGES, Scene, WHOLE};

#[test]
fn a_limit_by_the_minute_tells_its_end_in_many_ways() {
    let tells = [
        ("X-RateLimit-Reset", ResetUnit::SecondsLeft),
        ("RateLimit-Reset", ResetUnit::EpochSeconds),
        ("X-Rate-Limit-Reset", ResetUnit::EpochMilliseconds),
        ("X-Reset-At", ResetUnit::HttpDate),
    ];
    let tells = tells.map(|(header, unit)| Reset { header: header.to_owned(), unit }).to_vec();
    let limit = Limit { requests: 2, per_s: 60.0, status: 429, tells };
    let scene = scene(Stream::ConvocoreList, Habits { limit: Some(limit), ..Habits::default() });
    let statuses: Vec<u16> = (0..3).map(|_| scene.convocore(LIST).status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    let refused = scene.convocore(LIST);
    assert_eq!((refused.header("retry-after"), used(&scene)), (None, vec!["limit"]));
    let number = |name| refused.header(name).unwrap().parse::<u64>().unwrap();
    let left_s = number("x-ratelimit-reset");
    let now_s = wall_s();
    assert!((1..=60).contains(&left_s));
    assert!((now_s..=now_s + 62).contains(&number("ratelimit-reset")));
    assert_eq!(number("x-rate-limit-reset"), number("ratelimit-reset") * 1000);
    assert!(refused.header("x-reset-at").unwrap().ends_with(" gmt"));
    assert_eq!(scene.convocore(EXPORT).status, 200, "the other endpoint has no such limit");
    scene.end();
}

#[test]
fn a_limit_lets_through_again_when_its_window_is_over() {
    let limit = Limit { requests: 1, per_s: 1.5, status: 403, tells: Vec::new() };
    let scene = scene(Stream::ConvocoreList, Habits { limit: Some(limit), ..Habits::default() });
    let mut statuses = vec![scene.convocore(LIST).status];
    for _ in 0..200 {
        statuses.push(scene.convocore(LIST).status);
        if statuses.last() == Some(&200) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!((statuses[0], statuses.last()), (200, Some(&200)));
    assert!(statuses.contains(&403));
    scene.end();
}

#[test]
fn windows_may_be_too_wide_or_reach_into_the_future() {
    let window = WindowLimits { widest_s: Some(31 * 86_400), refuses_future: true, clock_s: 0 };
    let scene = scene(Stream::AgentxMessages, Habits { window: Some(window), ..Habits::default() });
    let now = i64::try_from(wall_s()).unwrap();
    let cases = [
        ("1733011200", "1735689600", 200),
        ("1733011200", "1735689601", 400),
        ("1733011200.5", "1733011201", 400),
        ("1733011200", "1733011201.123456789", 400),
        (&(now - 60).to_string(), &(now - 1).to_string(), 200),
        (&(now - 60).to_string(), &(now + 3600).to_string(), 400),
        (&(now + 3500).to_string(), &(now + 3600).to_string(), 400),
    ];
    for (start, end, status) in cases {
        let query = format!("start_time={start}&end_time={end}&bot_name=demo-bot");
        let answer = scene.agentx(&format!("{MESSAGES}?{query}"));
        assert_eq!(answer.status, status, "{query}");
        assert!(status == 200 || answer.json()["message"].is_string());
        assert_eq!(scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).status, 200);
    }
    assert_eq!(scene.running.ledger().habits(Stream::AgentxMessages)["window"], 3);
    scene.end();
}

#[test]
fn urls_may_be_too_long() {
    let url_length = UrlLength { bytes: 200, status: 414 };
    let scene = scene(Stream::ConvocoreExport, Habits { url_length: Some(url_length), ..Habits::default() });
    let status = |n_ids: usize| {
        scene.convocore(&format!("{EXPORT}?convo_ids={}", vec!["0123456789"; n_ids].join(","))).status
    };
    assert_eq!((status(5), status(20)), (200, 414));
    assert_eq!(used(&scene), ["url_length"]);
    scene.end();
}

#[test]
fn page_sizes_may_be_refused_or_cut_down() {
    let size = |status| PageSize { refused_above: Some(20), status, cap: Some(7) };
    for status in [422, 413] {
        let scene =
            scene(Stream::ConvocoreList, Habits { page_size: Some(size(status)), ..Habits::default() });
        assert_eq!(scene.convocore(&format!("{LIST}?limit=100")).status, status);
        assert_eq!(scene.convocore(&format!("{LIST}?limit=20")).data().len(), 7);
        assert_eq!(scene.convocore(&format!("{LIST}?limit=5")).data().len(), 5);
        scene.end();
    }
}

#[test]
fn cursors_die_of_age_of_length_and_between_runs() {
    let query = format!("{MESSAGES}?{WHOLE}&per_page=5");
    let on = |scene: &Scene, cursor: &str| scene.agentx(&format!("{query}&cursor={cursor}"));
    let cursor = |answer: &crate::scene::Answer| answer.json()["cursor"].as_str().unwrap().to_owned();

    let of_pages = CursorLife { seconds: None, pages: Some(2), status: 410 };
    let scene = scene(Stream::AgentxMessages, Habits { cursor_life: Some(of_pages), ..Habits::default() });
    let first = cursor(&scene.agentx(&query));
    let second = cursor(&on(&scene, &first));
    assert_eq!(on(&scene, &second).status, 410);
    assert_eq!(cursor(&scene.agentx(&query)), first, "the same page gives the same cursor");
    assert_eq!(on(&scene, &first).status, 200);
    scene.running.kill_cursors();
    assert_eq!(on(&scene, &first).status, 410);
    scene.agentx(&query);
    assert_eq!(on(&scene, &first).status, 200, "given out anew");
    scene.end();

    let of_age = CursorLife { seconds: Some(0.2), pages: None, status: 400 };
    let habits =
        HabitPlan::at(Stream::ConvocoreList, Habits { cursor_life: Some(of_age), ..Habits::default() });
    let scene = Scene::of(SimulatorConfig { list_mode: ListMode::Cursor, habits, ..tidy() });
    let next = scene.convocore(LIST).json()["nextCursor"].as_str().unwrap().to_owned();
    std::thread::sleep(Duration::from_millis(250));
    assert_eq!(scene.convocore(&format!("{LIST}?cursor={next}")).status, 400);
    assert_eq!(scene.send("DELETE", "/_simulator/cursors", "", "").unwrap().status, 204);
    scene.end();
}

#[expect(clippy::disallowed_methods, reason = "the simulator goes by the machine's clock, as its clients do")]
fn wall_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
