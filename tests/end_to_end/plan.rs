//! `plan`: what a run would ask for, told without asking.

use convolake_simulator::Stream;
use serde_json::Value;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::side_by_side::most_requests;
use crate::source::{PIPELINES, SMALL_PAGE, Source};

fn plan(pipeline: &str, source: &Source, lake: &Lake) -> Convolake {
    Convolake::new(&["plan", pipeline, "--to"])
        .arg(lake.path())
        .set(&format!("base_url={}", source.base_url()))
        .set(param(pipeline))
        .json()
}

#[track_caller]
fn stream<'a>(report: &'a Value, name: &str) -> &'a Value {
    let streams = report["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["stream"] == name).unwrap()
}

#[test]
fn a_first_plan_needs_neither_key_nor_lake_nor_source() {
    let lake = Lake::new();
    let absent = lake.path().join("absent");
    let plan = |words: &[&str]| {
        Convolake::new(&["plan", "agentx", "--set", "params.bot_name=b", "--until", "2025-01-01", "--to"])
            .arg(&absent)
            .args(words)
            .without_keys()
    };
    let report = plan(&[]).json().ends(0).report();
    assert_eq!(report["bytes"], Value::Null);
    for name in ["conversations", "messages"] {
        let stream = stream(&report, name);
        assert_eq!(stream["slices"][0]["from"], "2020-01-01T00:00:00Z", "{stream:#}");
        let slices = stream["slices"].as_array().unwrap();
        assert_eq!(slices.last().unwrap()["until"], "2025-01-01T00:00:00Z", "{stream:#}");
        assert_eq!(stream["requests"]["at_least"], slices.len(), "{stream:#}");
        assert_eq!(stream["requests"]["expected"], Value::Null, "{stream:#}");
        assert_eq!(stream["basis"], "nothing");
    }
    let words = plan(&["--from", "2024-12-01", "--stream", "messages"]).ends(0).stdout;
    for text in ["2024-12-01 00:00:00Z to", "at least 1", "--probe"] {
        assert!(words.contains(text), "nothing says `{text}`: {words}");
    }
    assert!(!words.contains("conversations"), "{words}");
    plan(&["--probe"]).ends(2).says(&["AGENTX_API_KEY"]);
    assert!(!absent.exists());
}

/// Where windows are cut depends on how fast answers come, and with it what becomes of them: so what is planned and what
/// is made are both held against what there is, and not against each other.
#[test]
fn what_is_planned_from_earlier_runs_is_about_what_a_run_then_asks_for() {
    let source = Source::of_small_pages(60);
    for (pipeline, streams) in PIPELINES {
        let lake = Lake::new();
        // Such that the second run has much to do: a full walk each time, and a lookback over everything.
        let again = |call: Convolake| match pipeline {
            "agentx" => ["conversations", "messages"]
                .iter()
                .fold(call, |call, stream| call.set(&format!("streams.{stream}.slices.lookback=400w"))),
            _ => call.set("streams.list.full_walk=0s").set("streams.export.full_walk=0s"),
        };
        Convolake::pull(pipeline, &source, &lake).ends(0);
        let files = lake.table_files();
        source.forget();
        let planned = again(plan(pipeline, &source, &lake)).without_keys().ends(0).report();
        assert_eq!(source.running.ledger().requests(), [], "{pipeline}: a plan asks for nothing");
        assert_eq!(lake.table_files(), files);

        let ran = again(Convolake::pull(pipeline, &source, &lake)).ends(0).report();
        for endpoint in streams {
            let (planned, ran) = (stream(&planned, short(endpoint)), stream(&ran, short(endpoint)));
            let records = source.running.records(endpoint);
            let is_all = |n: &Value| n.as_u64() == Some(records.len() as u64);
            assert!(is_all(&planned["records"]), "of {} records: {planned:#}", records.len());
            let served: usize = source.requests(endpoint).iter().map(|request| request.records).sum();
            assert_eq!(ran["records"].as_u64(), Some(served as u64), "{ran:#}");

            let (least, most) =
                (records.len().div_ceil(SMALL_PAGE), most_requests(records.len(), SMALL_PAGE));
            assert!(least >= 5, "{}: pages enough to tell", endpoint.name());
            for requests in [&planned["requests"]["expected"], &ran["requests"]] {
                let requests = usize::try_from(requests.as_u64().unwrap()).unwrap();
                assert!(
                    (least..=most).contains(&requests),
                    "not {least} to {most} requests: {planned:#}\n{ran:#}"
                );
            }
            // A page is its records and an envelope around them, which is small beside ten of them.
            let bytes = records.concat().len();
            let expected = planned["bytes"].as_f64().unwrap() / bytes as f64;
            assert!((0.95..1.1).contains(&expected), "{expected} of the bytes there are: {planned:#}");
            assert_eq!(planned["basis"], "earlier_runs");
        }
    }
}

/// A stream's name in its pipeline.
fn short(stream: Stream) -> &'static str {
    stream.name().rsplit('_').next().unwrap()
}

#[test]
fn a_probe_is_one_request_a_stream() {
    let source = Source::tidy(50);
    let lake = Lake::new();
    let report = plan("convocore", &source, &lake).args(&["--probe"]).ends(0).report();
    for name in [Stream::ConvocoreList, Stream::ConvocoreExport] {
        assert_eq!(source.requests(name).len(), 1);
    }
    let list = stream(&report, "list");
    let listed = source.ids(Stream::ConvocoreList).len();
    assert_eq!(list["probe"]["records"], listed.min(100), "{list:#}");
    assert_eq!(list["basis"], "probe");
    assert!(report["bytes"].is_null() || report["bytes"].as_u64().unwrap() > 0);
    assert_eq!(std::fs::read_dir(lake.path()).unwrap().count(), 0, "nothing is kept");

    let refused =
        plan("convocore", &source, &lake).args(&["--probe"]).env("CONVOCORE_API_KEY", "wrong").ends(77);
    let error = stream(&refused.report(), "list")["probe"]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("CONVOCORE_API_KEY"), "{error}");
}
