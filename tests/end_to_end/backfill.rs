//! `backfill`: a stretch of time once more, beside the watermark.

use std::collections::BTreeSet;

use convolake_simulator::{Fault, FaultKind, RequestEntry, Stream};
use serde_json::Value;

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::resume::repeated;
use crate::side_by_side::most_requests;
use crate::source::{ONE_AFTER_THE_OTHER, PIPELINES, SMALL_PAGE, Source, asked_ids};
use crate::until::until;

const FROM: &str = "2024-12-20T00:00:00Z";
const UNTIL: &str = "2025-01-05T12:00:00Z";

fn backfill(pipeline: &str, source: &Source, lake: &Lake) -> Convolake {
    Convolake::pulling(
        &["backfill", pipeline, "--from", FROM, "--until", UNTIL, "--to"],
        pipeline,
        source,
        lake,
    )
}

fn is_within(row: &Value, column: &str) -> bool {
    let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    row[column].as_i64().is_some_and(|at| (instant(FROM)..instant(UNTIL)).contains(&at))
}

/// Makes the ledger tell whose requests these are.
fn contact(who: &str) -> String {
    format!("contact=https://example.org/{who}")
}

/// The requests of who made them under this contact.
fn asked_by(who: &str, source: &Source, stream: Stream) -> Vec<RequestEntry> {
    let name = format!("(+https://example.org/{who})");
    let is_theirs =
        |request: &RequestEntry| request.user_agent.as_ref().is_some_and(|agent| agent.ends_with(&name));
    source.requests(stream).into_iter().filter(is_theirs).collect()
}

/// The ids of a table's rows that pass.
fn ids(lake: &Lake, table: &str, column: &str, passes: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let rows = lake.rows(table);
    rows.iter().filter(|row| passes(row)).map(|row| row[column].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn watermark(lake: &Lake, pipeline: &str, stream: &str) -> Value {
    let status = Convolake::new(&["status", pipeline, "--to"]).arg(lake.path()).json().ends(0).report();
    let streams = status["pipelines"][0]["streams"].as_array().unwrap().clone();
    streams.into_iter().find(|entry| entry["stream"] == stream).unwrap()["watermark"].clone()
}

#[test]
fn windows_are_pulled_half_open_and_the_watermark_stays() {
    let source = Source::tidy(200);
    let whole = Lake::new();
    Convolake::pull("agentx", &source, &whole).ends(0);
    let lake = Lake::new();
    let run = || Convolake::pull("agentx", &source, &lake).args(&["--from", "2025-02-20"]);
    run().args(&["--until", "2025-02-25"]).ends(0);
    let before = watermark(&lake, "agentx", "messages");
    let recent = ids(&lake, "messages", "message_id", |_| true);

    let ended = backfill("agentx", &source, &lake).ends(0);
    assert_eq!(ended.report()["command"], "backfill");
    let messages = ids(&lake, "messages", "message_id", |_| true);
    let wanted = ids(&whole, "messages", "message_id", |row| is_within(row, "sent_at"));
    assert!(wanted.len() > 100);
    assert_eq!(messages, wanted.union(&recent).cloned().collect(), "{ended}");
    assert_eq!(watermark(&lake, "agentx", "messages"), before);
    assert_eq!(ended.report()["streams"][0]["watermark"], before, "{ended}");

    // Again: it asks, finds nothing changed, and writes no file.
    let files = lake.table_files();
    source.forget();
    let again = backfill("agentx", &source, &lake).ends(0);
    assert!(!source.requests(Stream::AgentxMessages).is_empty());
    assert_eq!(again.total("files_written"), 0, "{again}");
    assert_eq!(lake.table_files(), files);

    // And a run goes on where the one before it ended.
    source.forget();
    run().ends(0);
    let requests = source.requests(Stream::AgentxMessages);
    let is_first = |query: &str| query.contains("start_time=1740268800");
    assert!(
        requests.iter().any(|request| is_first(&request.query)),
        "two days before the watermark: {requests:?}"
    );
}

#[test]
fn where_there_are_no_windows_ids_are_chosen_by_the_time_of_their_list() {
    let source = Source::tidy(200);
    let whole = Lake::new();
    Convolake::pull("convocore", &source, &whole).ends(0);
    let wanted = ids(&whole, "leads", "conversation_id", |row| is_within(row, "started_at"));
    assert!(wanted.len() > 10);

    let lake = Lake::new();
    source.forget();
    let ended = backfill("convocore", &source, &lake).args(&["--stream", "export"]).ends(0);
    assert_eq!(ids(&lake, "conversations", "conversation_id", |_| true), wanted, "{ended}");
    let asked = || {
        let requests = source.requests(Stream::ConvocoreExport);
        requests.iter().flat_map(|request| asked_ids(&request.query)).collect::<Vec<_>>()
    };
    assert_eq!(asked().len(), wanted.len(), "no id twice, and no page of all");
    assert_eq!(watermark(&lake, "convocore", "export"), Value::Null);
    assert_eq!(watermark(&lake, "convocore", "list"), Value::Null);

    let files = lake.table_files();
    source.forget();
    let again = backfill("convocore", &source, &lake).ends(0);
    assert_eq!(asked().into_iter().collect::<BTreeSet<_>>(), wanted, "asked again; {again}");
    assert_eq!(again.total("files_written"), 0, "{again}");
    assert_eq!(lake.table_files(), files);

    // A run is none the wiser: it pulls everything, as a first one does.
    Convolake::pull("convocore", &source, &lake).ends(0);
    lake.holds_all(&source, Stream::ConvocoreExport);
    lake.holds_just(&whole.contents());
}

#[test]
fn a_killed_backfill_is_taken_up_by_the_next_and_no_run_does_its_work() {
    let source = Source::of_small_pages(60);
    let messages = Stream::AgentxMessages;
    let whole = Lake::new();
    backfill("agentx", &source, &whole).args(&["--stream", "messages"]).ends(0);
    let needed = source.requests(messages).len();
    assert!(needed > 8, "{needed}");

    let lake = Lake::new();
    let call = |who| backfill("agentx", &source, &lake).args(&["--stream", "messages"]).set(&contact(who));
    let wanted = ids(&whole, "messages", "message_id", |_| true);
    source.forget();
    source.fault(Fault::new(messages, 4, 1000, FaultKind::Delay { ms: 600_000 }));
    let killed = call("killed").start();
    until("three pages have landed", || lake.raw_files("agentx", "messages").len() >= 3);
    killed.kill();
    source.running.clear_faults();
    assert_eq!(lake.raw_files("agentx", "messages").len(), 3, "all others are late");

    // A run merges what has landed, and does nothing else of the backfill.
    let ended = Convolake::pull("agentx", &source, &lake)
        .args(&["--stream", "messages", "--from", "2025-02-28"])
        .set(&contact("run"))
        .ends(0);
    let of_run = asked_by("run", &source, messages);
    assert!(!of_run.is_empty(), "{ended}");
    let begins = |query: &str| -> i64 {
        let text = query.split('&').find_map(|pair| pair.strip_prefix("start_time=")).unwrap();
        text.parse().unwrap()
    };
    assert!(of_run.iter().all(|request| begins(&request.query) >= 1_740_700_800), "{of_run:?}; {ended}");
    let landed = ids(&lake, "messages", "message_id", |row| is_within(row, "sent_at")).len();
    assert!(landed > 0 && landed <= 3 * SMALL_PAGE, "{landed} rows of three pages; {ended}");

    let ended = call("next").ends(0);
    let made = asked_by("next", &source, messages).len();
    let most = most_requests(wanted.len(), SMALL_PAGE);
    assert!(made <= most, "{made} requests behind three pages, {most} for all; {ended}");
    let again = repeated(&source, messages);
    // Looked at last: what had been sent when its process was killed may arrive later.
    let under_way = asked_by("killed", &source, messages).len() - 3;
    assert!(again <= under_way, "{again} pages again, {under_way} were under way; {ended}");
    assert_eq!(ids(&lake, "messages", "message_id", |row| is_within(row, "sent_at")), wanted);
}

#[test]
fn a_backfill_on_a_budget_comes_to_its_end_in_several_runs() {
    for (pipeline, _) in PIPELINES {
        let source = Source::of_small_pages(60);
        let whole = Lake::new();
        let backfill = |lake: &Lake| backfill(pipeline, &source, lake).set(ONE_AFTER_THE_OTHER);
        backfill(&whole).ends(0);
        let needed = source.running.ledger().requests().len();

        let lake = Lake::new();
        source.forget();
        let budget = (needed / 3).to_string();
        let mut runs = 0;
        loop {
            let ended = backfill(&lake).args(&["--max-requests", &budget]).ends_somehow();
            runs += 1;
            match ended.code {
                Some(0) => break,
                code => assert_eq!(code, Some(75), "{ended}"),
            }
            assert!(runs < 100, "it comes to no end; {ended}");
        }
        assert!(runs > 1, "{pipeline}: all {needed} requests in one");
        lake.holds_just(&whole.contents());
        let made = source.running.ledger().requests().len();
        // Windows are cut another way each time, and the end of a list may be asked for again.
        let most = needed + needed / 4 + 10 + 3 * runs;
        assert!(made <= most, "{made} requests in {runs} backfills, {needed} in one");
    }
}

#[test]
fn no_time_at_all_is_refused() {
    let source = Source::tidy(5);
    let lake = Lake::new();
    let call = |from: &str, until: &str| {
        let words = ["backfill", "agentx", "--from", from, "--until", until, "--to"];
        Convolake::pulling(&words, "agentx", &source, &lake).ends(2).says(&["--until"]);
    };
    call("2025-01-02", "2025-01-01");
    call("2025-01-01", "2025-01-01");
    call("2999-01-01", "2999-02-01");
    Convolake::new(&["backfill", "agentx", "--to"]).arg(lake.path()).ends(2).says(&["--from"]);
    assert_eq!(source.running.ledger().requests(), []);
}
