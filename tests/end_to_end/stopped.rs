//! A run that ends before its work is done: by a signal, or because what it may spend is spent.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use convolake_simulator::{Fault, FaultKind, Stream};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::resume::repeated;
use crate::source::{ONE_AFTER_THE_OTHER, PIPELINES, SMALL_PAGE, Source};
use crate::until::until;

#[test]
fn a_signal_finishes_the_page_commits_and_leaves_the_rest_to_the_next_run() {
    // A terminal or a connection that goes away hangs up.
    for signal in ["TERM", "INT", "HUP"] {
        let source = Source::of_small_pages(60);
        let lake = Lake::new();
        let messages = Stream::AgentxMessages;
        let needed = source.ids(messages).len() / SMALL_PAGE;
        assert!(needed > 3 * CHAINS_MAX, "{needed} requests are all over before anything is asked to end");
        source.fault(Fault::new(messages, 3, 100, FaultKind::Delay { ms: 1500 }));
        let run = Convolake::pull("agentx", &source, &lake).args(&["--stream", "messages"]).start();
        until("the run waits for its third page", || source.requests(messages).len() >= 3);
        run.signal(signal);
        run.says("asked to end");
        let asked = source.requests(messages).len();
        let ended = run.ends(75);
        let made = source.requests(messages).len();
        assert!(made <= asked + CHAINS_MAX, "{made} requests, {asked} when asked to end; {ended}");
        assert!(made < needed, "all {needed} requests were made; {ended}");
        let report = ended.report();
        assert_eq!(report["outcome"], "busy", "{ended}");
        assert_eq!(report["streams"][0]["requests"], made, "{ended}");
        assert_eq!(report["streams"][0]["pages"], made, "every page under way is finished; {ended}");
        assert_eq!(report["streams"][0]["watermark"], serde_json::Value::Null, "{ended}");
        assert_eq!(lake.rows("messages").len() as u64, ended.total("rows_added"), "{ended}");

        source.running.clear_faults();
        Convolake::pull("agentx", &source, &lake).args(&["--stream", "messages"]).ends(0);
        lake.holds_all(&source, messages);
        assert_eq!(repeated(&source, messages), 0, "no page is asked for twice");
    }
}

/// Chains of a stream that may be open at once: each may have had a request on its way when the signal came.
const CHAINS_MAX: usize = 16;

#[test]
fn a_second_signal_ends_at_once() {
    let source = Source::of_small_pages(30);
    let lake = Lake::new();
    source.fault(Fault::new(Stream::AgentxMessages, 3, 1, FaultKind::Delay { ms: 600_000 }));
    let run = Convolake::pull("agentx", &source, &lake).start();
    until("the run waits for its third page", || source.requests(Stream::AgentxMessages).len() >= 3);
    let asked = Instant::now();
    run.signal("TERM");
    run.says("asked to end");
    run.signal("TERM");
    run.ends(143);
    assert!(asked.elapsed() < Duration::from_secs(60));

    source.running.clear_faults();
    Convolake::pull("agentx", &source, &lake).ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
}

/// Who calls `nohup` wants it to go on.
#[cfg(unix)]
#[test]
fn who_is_not_to_notice_that_a_terminal_goes_away_does_not() {
    let (source, lake) = (Source::of_small_pages(30), Lake::new());
    source.fault(Fault::new(Stream::AgentxMessages, 3, 1, FaultKind::Delay { ms: 1500 }));
    let run = Convolake::pull("agentx", &source, &lake).below("nohup").start();
    until("the run waits for its third page", || source.requests(Stream::AgentxMessages).len() >= 3);
    run.signal("HUP");
    run.ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
}

#[test]
fn a_budget_of_requests_is_kept_and_runs_go_on_where_the_last_one_ended() {
    for (pipeline, streams) in PIPELINES {
        let source = Source::of_small_pages(25);
        let whole = Lake::new();
        let pull = |lake: &Lake| Convolake::pull(pipeline, &source, lake).set(ONE_AFTER_THE_OTHER);
        pull(&whole).ends(0);
        let needed = source.running.ledger().requests().len();

        let lake = Lake::new();
        source.forget();
        let (mut runs, mut made) = (0, 0);
        loop {
            let ended = pull(&lake).args(&["--max-requests", "6"]).ends_somehow();
            let now = source.running.ledger().requests().len();
            assert!(now - made <= 6, "{} requests; {ended}", now - made);
            made = now;
            runs += 1;
            match ended.code {
                Some(0) => break,
                Some(75) => assert_eq!(ended.report()["outcome"], "busy", "{ended}"),
                _ => panic!("{ended}"),
            }
            assert!(runs < 200, "it comes to no end; {ended}");
        }
        assert!(runs > 1);
        for stream in streams {
            lake.holds_all(&source, stream);
            // A stream that is through is looked at again by the runs that bring the other one to its end, and nothing
            // is found.
            let requests = source.requests(stream).into_iter();
            let held: Vec<String> =
                requests.filter(|request| request.records > 0).map(|request| request.query).collect();
            let distinct: BTreeSet<&String> = held.iter().collect();
            assert_eq!(distinct.len(), held.len(), "{}: no page is asked for twice", stream.name());
        }
        lake.holds_just(&whole.contents());
        // Windows are cut another way each time, and with it may be given back again.
        let most = needed + needed / 4 + 10 + 3 * runs;
        assert!(made <= most, "{made} requests in {runs} runs, {needed} in one");
    }
}

#[test]
fn a_budget_of_time_is_kept() {
    let source = Source::of_small_pages(25);
    let lake = Lake::new();
    let started = Instant::now();
    // One request in ten seconds: all of it would take hours.
    let ended = Convolake::pull("agentx", &source, &lake)
        .set("rate_limit.requests_per_second=0.1")
        .args(&["--max-duration", "5s", "--from", "2024-12-01"])
        .ends(75);
    assert!(started.elapsed() < Duration::from_secs(120), "{ended}");
    ended.says(&["as long as it may"]);
    assert_eq!(source.running.ledger().requests().len(), 2, "one of each stream; {ended}");
    assert_eq!(lake.rows("messages").len(), SMALL_PAGE, "{ended}");
    for words in [&["--max-duration", "soon"][..], &["--max-requests", "0"]] {
        Convolake::pull("agentx", &source, &lake).args(words).ends(2);
    }
}
