use std::collections::BTreeSet;
use std::time::Duration;

use convolake_simulator::{Corpus, RateLimit, SimulatorConfig, Stream, WindowEnd};
use serde_json::Value;

use crate::scene::{Answer, CONVERSATIONS, MESSAGES, Scene, WHOLE, unlimited};

#[test]
fn what_is_refused() {
    let scene = Scene::small();
    let key = "x-api-key: simulator\r\n";
    let cases = [
        (WHOLE, key, 200),
        (WHOLE, "", 401),
        (WHOLE, "x-api-key: other\r\n", 401),
        (WHOLE, "authorization: Bearer simulator\r\n", 401),
        ("end_time=2&bot_name=demo-bot", key, 400),
        ("start_time=1&bot_name=demo-bot", key, 400),
        ("start_time=1&end_time=2", key, 400),
        ("start_time=1.5&end_time=2&bot_name=demo-bot", key, 400),
        ("start_time=1&end_time=2025-01-01&bot_name=demo-bot", key, 400),
        ("start_time=3&end_time=2&bot_name=demo-bot", key, 400),
        ("start_time=2&end_time=2&bot_name=demo-bot", key, 200),
        ("start_time=1&end_time=2&bot_name=demo-bot&per_page=1000", key, 200),
        ("start_time=1&end_time=2&bot_name=demo-bot&per_page=1001", key, 400),
        ("start_time=1&end_time=2&bot_name=demo-bot&per_page=0", key, 400),
        ("start_time=1&end_time=2&bot_name=demo-bot&cursor=nonsense", key, 400),
        ("start_time=1&end_time=2&bot_name=other", key, 404),
    ];
    for path in [CONVERSATIONS, MESSAGES] {
        for (query, headers, status) in cases {
            let answer = scene.get(&format!("{path}?{query}"), headers).unwrap();
            assert_eq!(answer.status, status, "{path}?{query}");
            if status != 200 {
                assert!(answer.json()["message"].is_string());
            }
        }
    }
    assert_eq!(scene.agentx("/conversations/export/v2/messages").status, 404);
    scene.end();
}

#[test]
fn cursors_lead_through_all_records_oldest_first() {
    let scene = Scene::small();
    for (path, stream, time) in [
        (CONVERSATIONS, Stream::AgentxConversations, "startTime"),
        (MESSAGES, Stream::AgentxMessages, "time"),
    ] {
        for per_page in [97, 1000] {
            let pages = walk(&scene, &format!("{path}?{WHOLE}&per_page={per_page}"));
            let raw = pages.iter().map(inner_of_data).filter(|inner| !inner.is_empty());
            let served = raw.collect::<Vec<_>>().join(",");
            let records = scene.running.records(stream);
            let expected: Vec<&str> = records.iter().map(|text| std::str::from_utf8(text).unwrap()).collect();
            assert_eq!(served, expected.join(","), "bytes differ");
            let times: Vec<f64> =
                pages.iter().flat_map(Answer::data).filter_map(|record| record[time].as_f64()).collect();
            assert!(
                times.windows(2).filter(|pair| pair[0] > pair[1]).count() <= 2,
                "only odd times may jump"
            );
        }
    }
    let served = scene.running.ledger().served(Stream::AgentxConversations);
    assert_eq!((served.distinct, served.total), (300, 600));
    scene.end();
}

#[test]
fn windows_are_half_open_and_mind_fractions() {
    let scene = Scene::small();
    let times: Vec<f64> = scene
        .running
        .records(Stream::AgentxMessages)
        .iter()
        .filter_map(|text| serde_json::from_slice::<Value>(text).unwrap()["time"].as_f64())
        .collect();
    let whole_second = times.iter().copied().find(|time| time.fract() == 0.0).unwrap();
    let fraction = times.iter().copied().find(|time| time.fract() > 0.0).unwrap();
    let count = |scene: &Scene, start: f64, end: f64, of: f64| {
        let query = format!("{MESSAGES}?start_time={start:.0}&end_time={end:.0}&bot_name=demo-bot");
        let data = scene.agentx(&query).data();
        data.iter().filter(|record| record["time"].as_f64() == Some(of)).count()
    };
    assert!(count(&scene, whole_second, whole_second + 1.0, whole_second) > 0);
    assert_eq!(count(&scene, whole_second - 1.0, whole_second, whole_second), 0);
    assert!(count(&scene, fraction.floor(), fraction.floor() + 1.0, fraction) > 0);
    assert_eq!(count(&scene, fraction.floor() - 1.0, fraction.floor(), fraction), 0);
    scene.end();

    let config = SimulatorConfig { window_end: WindowEnd::Inclusive, ..unlimited(Corpus::generated(7, 300)) };
    let inclusive = Scene::of(config);
    assert!(count(&inclusive, whole_second - 1.0, whole_second, whole_second) > 0);
    inclusive.end();
}

#[test]
fn one_conversation_can_be_asked_for() {
    let scene = Scene::small();
    let conversations = scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}")).data();
    let busiest = conversations.iter().max_by_key(|record| record["userMessageCount"].as_i64()).unwrap();
    let id = busiest["_id"].as_str().unwrap();
    let pages = walk(&scene, &format!("{MESSAGES}?{WHOLE}&per_page=3&conversation_id={id}"));
    assert!(pages.len() > 2);
    let messages: Vec<Value> = pages.iter().flat_map(Answer::data).collect();
    assert!(messages.iter().all(|message| message["conversationId"] == busiest["_id"]));
    let said = messages.iter().filter(|message| message["type"] == "UserInput").count();
    assert_eq!(busiest["userMessageCount"].as_u64(), Some(said as u64));
    assert!(scene.agentx(&format!("{MESSAGES}?{WHOLE}&conversation_id=none")).data().is_empty());
    scene.end();
}

#[test]
fn a_cursor_serves_only_the_query_it_came_from() {
    let scene = Scene::small();
    let first = scene.agentx(&format!("{MESSAGES}?{WHOLE}&per_page=5")).json();
    let cursor = first["cursor"].as_str().unwrap();
    let other_window = WHOLE.replace("1733011200", "1733011201");
    assert_eq!(scene.agentx(&format!("{MESSAGES}?{WHOLE}&per_page=7&cursor={cursor}")).status, 200);
    assert_eq!(scene.agentx(&format!("{MESSAGES}?{other_window}&cursor={cursor}")).status, 400);
    assert_eq!(scene.agentx(&format!("{CONVERSATIONS}?{WHOLE}&cursor={cursor}")).status, 400);
    assert_eq!(scene.agentx(&format!("{MESSAGES}?{WHOLE}&conversation_id=x&cursor={cursor}")).status, 400);
    scene.end();
}

#[test]
fn three_requests_a_second_for_each_endpoint() {
    let documented = SimulatorConfig::new(Corpus::generated(1, 5));
    assert_eq!(documented.agentx_rate, Some(RateLimit::per_second(3)));
    // In a minute, since a busy machine may take longer than a second for a few requests.
    let scene = limited(RateLimit { per: Duration::from_secs(60), ..RateLimit::per_second(3) });
    let statuses = |path: &str| -> Vec<u16> {
        (0..5).map(|_| scene.agentx(&format!("{path}?{WHOLE}")).status).collect()
    };
    assert_eq!(statuses(CONVERSATIONS), [200, 200, 200, 429, 429]);
    assert_eq!(statuses(MESSAGES), [200, 200, 200, 429, 429]);
    let refused = scene.agentx(&format!("{MESSAGES}?{WHOLE}"));
    assert!(refused.json()["message"].is_string());
    let requests = scene.running.ledger().requests().into_iter();
    let requests = requests.filter(|request| request.endpoint == Some(Stream::AgentxMessages));
    let arrivals: Vec<f64> = requests.map(|request| request.arrived_ms).collect();
    assert_eq!(arrivals.len(), 6);
    // Until the first of those let in is a minute old, in whole seconds.
    let wait_s = ((60_000.0 - (arrivals[5] - arrivals[0])) / 1000.0).ceil().to_string();
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some(wait_s.as_str())));
    let in_the_second_from =
        |first: &f64| arrivals.iter().filter(|at| (0.0..1000.0).contains(&(**at - first))).count();
    let peak = arrivals.iter().map(in_the_second_from).max().unwrap();
    assert_eq!(scene.running.ledger().peak_per_second(Stream::AgentxMessages), peak);
    scene.end();

    let silent = RateLimit { per: Duration::from_secs(60), retry_after: false, ..RateLimit::per_second(1) };
    let scene = limited(silent);
    scene.agentx(&format!("{MESSAGES}?{WHOLE}"));
    let refused = scene.agentx(&format!("{MESSAGES}?{WHOLE}"));
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
    scene.end();
}

/// A few conversations, and this limit for each endpoint.
fn limited(limit: RateLimit) -> Scene {
    Scene::of(SimulatorConfig { agentx_rate: Some(limit), ..SimulatorConfig::new(Corpus::generated(1, 5)) })
}

#[test]
fn a_server_may_cap_its_pages() {
    let config = SimulatorConfig { page_cap: Some(40), ..unlimited(Corpus::generated(7, 300)) };
    let scene = Scene::of(config);
    let pages = walk(&scene, &format!("{CONVERSATIONS}?{WHOLE}&per_page=1000"));
    assert_eq!(pages.len(), 8);
    let ids: BTreeSet<String> =
        pages.iter().flat_map(Answer::data).map(|row| row["_id"].to_string()).collect();
    assert_eq!(ids.len(), 300);
    scene.end();
}

/// All pages of a cursor chain.
pub(crate) fn walk(scene: &Scene, path_and_query: &str) -> Vec<Answer> {
    let mut pages = vec![scene.agentx(path_and_query)];
    while let Some(cursor) = pages.last().unwrap().json()["cursor"].as_str() {
        assert!(pages.len() < 1000, "the chain does not end");
        pages.push(scene.agentx(&format!("{path_and_query}&cursor={cursor}")));
    }
    pages
}

/// The text between the brackets of `data`.
fn inner_of_data(page: &Answer) -> &str {
    let text = std::str::from_utf8(&page.body).unwrap();
    let inner = text.strip_prefix(r#"{"data":["#).unwrap();
    &inner[..inner.rfind(r#"],"cursor":"#).unwrap()]
}
