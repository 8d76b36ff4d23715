//! Sections A and B, where the source changes while it is pulled, or has other clients.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use convolake_simulator::{
    ChangeRequest, Corpus, Fault, FaultKind, RateLimit, RequestEntry, SimulatorConfig, Stream, WindowEnd,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Check;
use super::answers::status;
use super::case::{EVER, Scene};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::{ONE_AFTER_THE_OTHER, SMALL_PAGE, Source, tidy, unlimited};
use crate::until::until;

type Play = fn() -> Option<String>;

const CASES: [(&str, Play); 9] = [
    ("A13 another client takes most of the limit", shared_limit),
    ("A17 one stream of two is refused", one_stream_refused),
    ("B7 records move to the front while pages are walked", || {
        moved(FaultKind::Change { percent: 30.0 }, "7d")
    }),
    ("B7 records go while pages are walked", || moved(FaultKind::Gone { newest: 15 }, "1s")),
    ("B7 records go while list and export are walked", list_and_export),
    ("B8 a record changes while pages are walked", changed_while_walked),
    ("B9 500 records of one second, windows without their end", || one_second(WindowEnd::Exclusive)),
    ("B9 500 records of one second, windows with their end", || one_second(WindowEnd::Inclusive)),
    ("B10 records that come late", late),
];

pub(super) fn checks() -> Vec<Check> {
    CASES.map(|(name, play)| -> Check { (name, Box::new(play)) }).into()
}

/// The source takes 4 requests a second, another client asks for more than half of that, and we are told to make 10.
fn shared_limit() -> Option<String> {
    let source = Source::start(SimulatorConfig {
        page_cap: Some(SMALL_PAGE),
        convocore_rate: Some(RateLimit { requests: 4, per: Duration::from_secs(1), retry_after: false }),
        ..unlimited(Corpus::Generated(tidy(150)))
    });
    let lake = Lake::new();
    let is_over = AtomicBool::new(false);
    let (ended, others) = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut n_asked = 0;
            while !is_over.load(Ordering::Relaxed) {
                ask(&source);
                n_asked += 1;
                std::thread::park_timeout(Duration::from_millis(400));
            }
            n_asked
        });
        let ended = Convolake::pull("convocore", &source, &lake)
            .set("rate_limit.requests_per_second=10")
            .args(&["--stream", "list"])
            .ends_somehow();
        is_over.store(true, Ordering::Relaxed);
        (ended, other.join().unwrap())
    });
    let ours: Vec<_> = source
        .requests(Stream::ConvocoreList)
        .into_iter()
        .filter(|request| request.query != OTHERS)
        .collect();
    let refused = ours.iter().filter(|request| request.status == 429).count();
    let seconds = (ours.last()?.arrived_ms - ours.first()?.arrived_ms) / 1000.0;
    println!(
        "figure shared_limit_requests {} refused {refused} seconds {seconds:.1} others {others}",
        ours.len()
    );
    // 16 pages at what is left.
    if ended.code != Some(0) || refused > ours.len() / 2 {
        return Some(format!("{refused} of {} requests refused, {ended}", ours.len()));
    }
    lake.holds_all(&source, Stream::ConvocoreList);
    None
}

const OTHERS: &str = "page=1&limit=1";

/// One request of another client.
fn ask(source: &Source) {
    let mut connection = TcpStream::connect(source.running.addr).unwrap();
    let head = format!(
        "GET /v3/agents/demo-agent/convos?{OTHERS} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n\r\n",
        SimulatorConfig::KEY
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.read_to_end(&mut Vec::new()).unwrap();
}

fn one_stream_refused() -> Option<String> {
    let source = Source::of_small_pages(40);
    let lake = Lake::new();
    source.fault(Fault::new(Stream::AgentxConversations, 3, EVER, status(403)));
    let ended = Convolake::pull("agentx", &source, &lake).ends(77);
    lake.holds_all(&source, Stream::AgentxMessages);
    let report = ended.report();
    let outcomes: Vec<&str> =
        report["streams"].as_array()?.iter().filter_map(|stream| stream["outcome"].as_str()).collect();
    (outcomes != ["refused", "done"]).then(|| format!("{outcomes:?}, {ended}"))
}

/// Pages shift while a list is walked by number. What has moved to the front is found by the next run; what was pulled
/// over the edge of a page, by the next full walk.
fn moved(kind: FaultKind, full_walk: &str) -> Option<String> {
    let source = Scene::List.start();
    let lake = Lake::new();
    source.fault(Fault::new(Stream::ConvocoreList, 4, 1, kind));
    Scene::List.pull(&source, &lake).ends(0);
    let played = source.requests(Stream::ConvocoreList).iter().any(|request| request.fault.is_some());
    until("a second has passed since the first run", {
        let began = std::time::Instant::now();
        move || began.elapsed() > Duration::from_secs(1)
    });
    let full_walk = format!("streams.list.full_walk={full_walk}");
    let ended = Scene::List.pull(&source, &lake).set(&full_walk).ends(0);
    let rows = lake.rows("leads");
    let ids = conversation_ids(&rows);
    if rows.len() != ids.len() {
        return Some(format!("{} rows of {} conversations", rows.len(), ids.len()));
    }
    let lost: Vec<String> = source.ids(Stream::ConvocoreList).difference(&ids).cloned().collect();
    (!played || !lost.is_empty()).then(|| format!("{} are lost; {ended}", lost.len()))
}

fn conversation_ids(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row["conversation_id"].as_str().map(str::to_owned)).collect()
}

/// Each walk loses some over the edge of a page, and the other shows them: all that is left is there after one run.
fn list_and_export() -> Option<String> {
    let source = Scene::List.start();
    let lake = Lake::new();
    source.fault(Fault::new(Stream::ConvocoreList, 4, 1, FaultKind::Gone { newest: 3 }));
    source.fault(Fault::new(Stream::ConvocoreExport, 6, 1, FaultKind::Gone { newest: 4 }));
    Convolake::pull("convocore", &source, &lake).set(ONE_AFTER_THE_OTHER).ends(0);
    let export = source.requests(Stream::ConvocoreExport);
    let is_played = |requests: &[RequestEntry]| requests.iter().any(|request| request.fault.is_some());
    let is_played = is_played(&export) && is_played(&source.requests(Stream::ConvocoreList));
    let was_asked_by_id = export.iter().any(|request| request.query.contains("convo_ids"));
    let ids = conversation_ids(&lake.rows("conversations"));
    let lost: Vec<String> = source.ids(Stream::ConvocoreExport).difference(&ids).cloned().collect();
    let is_right = is_played && was_asked_by_id && lost.is_empty();
    (!is_right).then(|| format!("played {is_played}, asked by id {was_asked_by_id}, lost {lost:?}"))
}

/// It stands on a page that was read and on one that is to come, once as it was and once as it is.
fn changed_while_walked() -> Option<String> {
    let source = Scene::List.start();
    let lake = Lake::new();
    source.fault(Fault::new(Stream::ConvocoreExport, 3, 1, FaultKind::Change { percent: 30.0 }));
    Convolake::pull("convocore", &source, &lake).ends(0);
    // The list was walked before; what it showed then is not what was exported.
    Convolake::pull("convocore", &source, &lake).ends(0);
    let fresh = Lake::new();
    Convolake::pull("convocore", &source, &fresh).ends(0);
    lake.holds_just(&fresh.contents());
    None
}

/// Half of them come before the first run, which ends at that very second.
fn one_second(window_end: WindowEnd) -> Option<String> {
    const AT: i64 = 1_740_000_000;
    let folder = TempDir::new().unwrap();
    let mut records = Vec::new();
    for index in 0..520 {
        // A few lie around it.
        let at = if index < 20 { AT - 10 + index } else { AT };
        records.push(json!({
            "_id": format!("m{index}"), "conversationId": format!("c{}", index % 7), "time": at, "type": "UserInput",
        }));
    }
    write_page(&folder.path().join("agentx_messages.jsonl"), &records);
    let source = Source::start(SimulatorConfig {
        page_cap: Some(SMALL_PAGE),
        window_end,
        ..unlimited(Corpus::Folder(folder.path().to_owned()))
    });
    let lake = Lake::new();
    for until in [AT, AT + 1] {
        Convolake::pull("agentx", &source, &lake)
            .set(ONE_AFTER_THE_OTHER)
            .set("streams.messages.slices.lookback=0s")
            .args(&["--stream", "messages", "--until", &until.to_string()])
            .ends(0);
    }
    let rows = lake.rows("messages");
    let ids: BTreeSet<&str> = rows.iter().filter_map(|row| row["message_id"].as_str()).collect();
    // The second run ends a second later, whether that end counts as inside or not.
    let last = match window_end {
        WindowEnd::Exclusive => AT,
        WindowEnd::Inclusive => AT + 1,
    };
    let n_known = records.iter().filter(|record| record["time"].as_i64() <= Some(last)).count();
    ((rows.len(), ids.len()) != (n_known, n_known))
        .then(|| format!("{} rows of {} messages, {n_known} expected", rows.len(), ids.len()))
}

fn write_page(path: &Path, records: &[serde_json::Value]) {
    std::fs::write(path, json!({ "data": records, "cursor": null }).to_string() + "\n").unwrap();
}

/// A message is filed a day before the last run looked, and shows only now.
fn late() -> Option<String> {
    let source = Source::of_small_pages(40);
    let lake = Lake::new();
    let pull = |until: &str| Convolake::pull("agentx", &source, &lake).args(&["--until", until]);
    pull("2025-03-01").ends(0);
    let at = "2025-02-28T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
    drop(source.running.change(ChangeRequest { percent: 20.0, seed: 3, at: Some(at) }));
    pull("2025-03-01T01:00:00Z").ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
    None
}
