//! What runs, `status` and `plan` ask a bucket for follows what changed, not what is there.

use std::path::PathBuf;

use convolake_simulator::Stream;
use tempfile::TempDir;

use super::store::Store;
use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::{Source, lately};
use crate::until::until;

/// The figures that the requests of a run with nothing new, and of `status`, are to stay below.
const IDLE_RUN_MAX: usize = 25;
const STATUS_MAX: usize = 10;
/// Before 2001 and after 2099 a number is no instant.
const FIRST_SECOND: u64 = 1_009_843_200;
/// So far apart each conversation has a day and a month of its own.
const SECONDS_APART: u64 = 31 * 86_400;

/// A page file of conversations with a message each.
struct Pages {
    folder: TempDir,
    stream: &'static str,
}

impl Pages {
    fn of_agentx(numbers: std::ops::Range<u64>, text: &str) -> Self {
        let record = |number: u64| {
            let time = FIRST_SECOND + number * SECONDS_APART;
            format!(
                r#"{{"_id":"m{number}","time":{time},"type":"UserInput","conversationId":"c{number}","userInput":"{text}"}}"#
            )
        };
        Self::write("agentx/messages", numbers.map(record).collect())
    }

    fn of_agentx_conversations(numbers: std::ops::Range<u64>) -> Self {
        let record = |number: u64| {
            let time = FIRST_SECOND + number * SECONDS_APART;
            format!(r#"{{"_id":"c{number}","startTime":{time},"userMessageCount":1}}"#)
        };
        Self::write("agentx/conversations", numbers.map(record).collect())
    }

    fn of_convocore(numbers: std::ops::Range<u64>) -> Self {
        let record = |number: u64| {
            let second = FIRST_SECOND + number * SECONDS_APART;
            let time = jiff::Timestamp::from_second(i64::try_from(second).unwrap()).unwrap();
            format!(
                r#"{{"metadata":{{"ID":"c{number}","ts":{second},"messagesNum":1}},"turns":[{{"from":"bot","messages":[{{"type":"text","payload":"x","ts":"{time}"}}]}}]}}"#
            )
        };
        Self::write("convocore/export", numbers.map(record).collect())
    }

    fn write(stream: &'static str, records: Vec<String>) -> Self {
        let folder = TempDir::new().unwrap();
        let page = format!(r#"{{"success":true,"data":[{}]}}"#, records.join(","));
        std::fs::write(folder.path().join("pages.jsonl"), page).unwrap();
        Self { folder, stream }
    }

    fn flatten(&self, lake: &Lake) -> u64 {
        self.flatten_for(lake, "publish=[plain]")
    }

    fn flatten_for(&self, lake: &Lake, publish: &str) -> u64 {
        let file: PathBuf = self.folder.path().join("pages.jsonl");
        let pipeline = self.stream.split('/').next().unwrap();
        let call = Convolake::new(&["flatten", self.stream]).arg(file);
        call.to(lake).set(param(pipeline)).set(publish).json().without_keys().ends(0).total("files_written")
    }
}

/// The requests of a call.
fn requests_of(store: &Store, call: impl FnOnce()) -> Vec<String> {
    store.forget();
    call();
    store.requests()
}

#[track_caller]
fn at_most(requests: &[String], most: usize) {
    assert!(
        requests.len() <= most,
        "{} requests, and not at most {most}:\n{}",
        requests.len(),
        requests.join("\n")
    );
}

fn idle_run(pipeline: &'static str, source: &Source, store: &Store, lake: &Lake) -> Vec<String> {
    idle_run_of((pipeline, "publish=[plain]"), source, store, lake)
}

fn idle_run_of(
    (pipeline, publish): (&'static str, &str),
    source: &Source,
    store: &Store,
    lake: &Lake,
) -> Vec<String> {
    let pull = || Convolake::pull(pipeline, source, lake).set(publish).ends(0);
    pull();
    pull();
    requests_of(store, || {
        let ended = pull();
        assert_eq!(ended.total("files_written"), 0, "{ended}");
    })
}

#[test]
fn of_a_lake_of_1600_files_a_run_that_finds_nothing_asks_little() {
    let (store, source) = (Store::start(), Source::tidy(5));
    let lake = Lake::in_store(&store, "lake");
    assert_eq!(Pages::of_agentx(0..1000, "as it was").flatten(&lake), 1000);
    assert_eq!(Pages::of_agentx_conversations(0..600).flatten(&lake), 600);
    let idle = idle_run("agentx", &source, &store, &lake);
    println!("figure s3_requests_idle_run_1600_files {}", idle.len());
    at_most(&idle, IDLE_RUN_MAX);

    let status = requests_of(&store, || drop(Convolake::new(&["status"]).to(&lake).ends(0)));
    println!("figure s3_requests_status_1600_files {}", status.len());
    at_most(&status, STATUS_MAX);
    let plan = requests_of(&store, || {
        drop(Convolake::new(&["plan", "agentx"]).to(&lake).set(param("agentx")).ends(0));
    });
    println!("figure s3_requests_plan_1600_files {}", plan.len());
    at_most(&plan, STATUS_MAX);

    // One file in a hundred, then twice as many: what more is asked for is for these.
    let mut of_changes = Vec::new();
    for n_files in [16, 32] {
        let changed = Pages::of_agentx(0..n_files, &format!("changed with {n_files}"));
        let requests = requests_of(&store, || assert_eq!(changed.flatten(&lake), n_files));
        println!("figure s3_requests_{n_files}_of_1600_files {}", requests.len());
        of_changes.push(requests.len());
    }
    let a_file = (of_changes[1] - of_changes[0]) as f64 / 16.0;
    println!("figure s3_requests_a_changed_file {a_file:.2}");
    assert!(a_file <= 5.0, "{of_changes:?}");
    assert!(of_changes[0] <= IDLE_RUN_MAX + 5 * 16, "{of_changes:?}");
}

/// What Delta tables add to a run that finds nothing: two requests a table, however many files and versions it has.
#[test]
fn delta_tables_add_two_requests_a_table_to_a_run_that_finds_nothing() {
    for publish in ["publish=[plain, delta]", "publish=[delta]"] {
        let mut counts = Vec::new();
        for (n_files, n_changes) in [(3, 1), (40, 12)] {
            let (store, source) = (Store::start(), Source::tidy(5));
            let lake = Lake::in_store(&store, "lake");
            Pages::of_agentx(0..n_files, "as it was").flatten(&lake);
            Pages::of_agentx_conversations(0..n_files).flatten(&lake);
            for number in 0..n_changes {
                let changed = Pages::of_agentx(0..1, &format!("changed {number}"));
                changed.flatten_for(&lake, publish);
            }
            let with = idle_run_of(("agentx", publish), &source, &store, &lake);
            at_most(&with, IDLE_RUN_MAX + 2 * 2);
            let is_of_delta =
                |request: &&String| request.contains("/delta/") || request.contains("%2Fdelta%2F");
            counts.push((with.len(), with.iter().filter(is_of_delta).count()));
        }
        println!("figure s3_requests_idle_run_with_delta {publish} {counts:?}");
        assert!(counts.iter().all(|(_, of_delta)| *of_delta == 2 * 2), "{publish} {counts:?}");
    }
}

#[test]
fn of_a_lake_with_a_list_a_run_that_finds_nothing_asks_little() {
    let (store, source) = (Store::start(), Source::tidy(5));
    let lake = Lake::in_store(&store, "lake");
    assert_eq!(Pages::of_convocore(0..200).flatten(&lake), 600);
    let idle = idle_run("convocore", &source, &store, &lake);
    println!("figure s3_requests_idle_run_with_a_list_600_files {}", idle.len());
    at_most(&idle, 2 * IDLE_RUN_MAX);
    let status = requests_of(&store, || drop(Convolake::new(&["status"]).to(&lake).ends(0)));
    println!("figure s3_requests_status_with_a_list {}", status.len());
    at_most(&status, STATUS_MAX);
}

#[test]
fn a_run_that_was_killed_is_under_way_no_more_once_its_lease_is_not_renewed() {
    let (store, source) = (Store::start(), Source::tidy(12));
    let lake = Lake::in_store(&store, "lake");
    let slow = convolake_simulator::FaultKind::Delay { ms: 600_000 };
    source.fault(convolake_simulator::Fault::new(Stream::AgentxMessages, 1, 1, slow));
    let run = Convolake::pull("agentx", &source, &lake).start();
    until("the run asks", || !source.requests(Stream::AgentxMessages).is_empty());
    let now = lately().unwrap();
    let status = |at| Convolake::new(&["status"]).to(&lake).at(at).ends(0).stdout;
    assert!(status(now).contains("under way for"), "{}", status(now));
    run.kill();
    // Until others would take it over, nobody knows.
    assert!(status(now).contains("under way for"), "{}", status(now));
    let later = status(now + 3600);
    assert!(later.contains("stopped without releasing its lease"), "{later}");
    assert!(!later.contains("under way"), "{later}");
    let json = Convolake::new(&["status", "--output", "json"]).to(&lake).at(now + 3600).ends(0).report();
    let pipeline = &json["pipelines"][0];
    assert_eq!(pipeline["lease"], serde_json::Value::Null, "{pipeline}");
    assert!(pipeline["stopped"]["renewed_at"].is_string(), "{pipeline}");

    source.running.clear_faults();
    Convolake::pull("agentx", &source, &lake).ends(0);
    assert!(status(now + 3600).contains("no run under way"));
}
