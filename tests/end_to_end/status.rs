//! `status`: how far a lake is, seen from outside.

use std::path::Path;

use convolake_simulator::{Corpus, Fault, FaultKind, SimulatorConfig, Stream};
use serde_json::Value;

use crate::convolake::{Convolake, Ended};
use crate::lake::Lake;
use crate::source::{PIPELINES, Source, tidy, unlimited};
use crate::until::until;

fn status(to: &Path) -> Ended {
    Convolake::new(&["status", "--to"]).arg(to).json().without_keys().ends(0)
}

/// What the status says of a pipeline.
#[track_caller]
fn of(status: &Value, pipeline: &str) -> Value {
    let pipelines = status["pipelines"].as_array().unwrap();
    pipelines.iter().find(|entry| entry["pipeline"] == pipeline).unwrap().clone()
}

#[test]
fn it_shows_watermarks_rows_and_runs_of_every_stream() {
    let source = Source::start(SimulatorConfig { bot_name: None, ..unlimited(Corpus::Generated(tidy(60))) });
    let lake = Lake::new();
    let mut runs = Vec::new();
    for (pipeline, _) in PIPELINES {
        runs.push(Convolake::pull(pipeline, &source, &lake).ends(0).report());
    }
    // A second bot with the same messages: its rows are counted apart.
    Convolake::pull("agentx", &source, &lake).set("params.bot_name=other-bot").ends(0);
    let before = lake.table_files();

    let status = status(lake.path()).report();
    assert_eq!(lake.table_files(), before);
    let agentx = of(&status, "agentx");
    assert_eq!(agentx["lease"], Value::Null);
    assert_eq!(agentx["in_flight"].as_array().unwrap().len(), 0, "{status:#}");
    assert_eq!(agentx["runs"][1]["run"], runs[0]["run"], "newest first: {status:#}");
    assert_eq!(
        agentx["tables"]["messages"]["rows"],
        lake.rows("messages").iter().filter(|row| row["source"] == "agentx").count()
    );
    let streams = agentx["streams"].as_array().unwrap();
    let messages: Vec<_> = streams.iter().filter(|stream| stream["stream"] == "messages").collect();
    let demo = messages.iter().find(|stream| stream["params"]["bot_name"] == "demo-bot").unwrap();
    let rows = lake.rows("messages");
    let rows: Vec<_> =
        rows.iter().filter(|row| row["source"] == "agentx" && row["agent_id"] == "demo-bot").collect();
    assert_eq!(demo["rows"]["messages"], rows.len(), "{status:#}");
    let newest = rows.iter().filter_map(|row| row["sent_at"].as_i64()).max().unwrap();
    let shown: jiff::Timestamp = demo["newest_row"].as_str().unwrap().parse().unwrap();
    assert_eq!(shown.as_microsecond(), newest);
    let reported = runs[0]["streams"].as_array().unwrap();
    let reported = reported.iter().find(|stream| stream["stream"] == "messages").unwrap();
    assert_eq!(demo["watermark"], reported["watermark"]);
    assert!(demo["watermark_age_seconds"].as_f64().unwrap() < 600.0);
    assert_eq!(demo["last_run"]["requests"], reported["requests"]);

    let convocore = of(&status, "convocore");
    let list = &convocore["streams"][1];
    assert_eq!(list["stream"], "list");
    assert!(list["last_full_walk"].is_string(), "{status:#}");
    assert_eq!(list["rows"]["leads"], lake.rows("leads").len());

    let people = Convolake::new(&["status", "--to"]).arg(lake.path()).ends(0);
    for text in ["agentx: no run under way; commit", "bot_name=demo-bot", "newest row", "leads", "done (0)"] {
        assert!(people.stdout.contains(text), "nothing says `{text}`; {people}");
    }
    let one = Convolake::new(&["status", "convocore", "--to"]).arg(lake.path()).ends(0);
    assert!(!one.stdout.contains("agentx"), "{one}");
}

#[test]
fn it_looks_on_while_a_run_goes_on_and_sees_what_an_interrupted_one_left() {
    let source = Source::of_small_pages(50);
    let lake = Lake::new();
    source.fault(Fault::new(Stream::AgentxMessages, 3, 1000, FaultKind::Delay { ms: 600_000 }));
    let run = Convolake::pull("agentx", &source, &lake).start();
    let look = || of(&status(lake.path()).report(), "agentx");
    let flight = |status: &Value| -> Vec<Value> {
        let slices = status["in_flight"].as_array().unwrap().iter();
        slices.filter(|slice| slice["stream"] == "messages").cloned().collect()
    };
    // Before its first page has landed there may be no lake yet.
    until("a page of messages has landed", || !lake.raw_files("agentx", "messages").is_empty());
    until("a page of messages is in flight", || !flight(&look()).is_empty());

    let during = look();
    assert_eq!(during["lease"]["pid"], run.child.id(), "{during:#}");
    assert_eq!(during["commit"], Value::Null);
    for slice in flight(&during) {
        assert_eq!(slice["is_live"], true, "{during:#}");
        assert_eq!(slice["run"], during["lease"]["run"]);
    }

    run.kill();
    let after = look();
    assert_eq!(after["lease"], Value::Null, "{after:#}");
    assert!(!flight(&after).is_empty());
    assert!(flight(&after).iter().all(|slice| slice["is_live"] == false), "{after:#}");

    source.running.clear_faults();
    Convolake::pull("agentx", &source, &lake).ends(0);
    let ended = look();
    assert_eq!(ended["in_flight"].as_array().unwrap().len(), 0, "{ended:#}");
}

#[test]
fn what_is_no_lake_is_said_to_be_none_and_left_alone() {
    let lake = Lake::new();
    let absent = lake.path().join("absent");
    for to in [&absent, lake.path()] {
        let ended = Convolake::new(&["status", "--to"]).arg(to).ends(2);
        ended.says(&["is no lake", "hint"]);
    }
    assert!(!absent.exists());
    assert_eq!(std::fs::read_dir(lake.path()).unwrap().count(), 0);

    let source = Source::tidy(5);
    Convolake::pull("agentx", &source, &lake).ends(0);
    Convolake::new(&["status", "convocore", "--to"]).arg(lake.path()).ends(2).says(&["convocore"]);
}
