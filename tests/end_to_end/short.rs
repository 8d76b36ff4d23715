//! What is short of what the source declares is asked for again by id: once for each count it declares.

use std::collections::BTreeSet;

use convolake_simulator::{ChangeRequest, Corpus, Fault, FaultKind, SimulatorConfig, Stream};
use serde_json::Value;

use crate::convolake::{Convolake, Ended};
use crate::damage::copy_all;
use crate::lake::Lake;
use crate::source::{Source, asked_ids, lately, odd, tidy, unlimited};
use crate::verify::is_sound;

const MESSAGES: Stream = Stream::AgentxMessages;
const EXPORT: Stream = Stream::ConvocoreExport;
/// Ids that one run asks for.
const ASKED_MAX: usize = 100;

fn pull(pipeline: &str, source: &Source, lake: &Lake) -> Convolake {
    Convolake::pull(pipeline, source, lake)
}

fn stream(ended: &Ended, name: &str) -> Value {
    let report = ended.report();
    let streams = report["streams"].as_array().cloned().unwrap_or_default();
    let found = streams.iter().find(|report| report["stream"] == name).cloned();
    found.unwrap_or_else(|| panic!("no stream {name}; {ended}"))
}

/// How many were asked for again, and how many of them are complete now.
fn again(ended: &Ended, name: &str) -> (u64, u64) {
    let again = &stream(ended, name)["fetched_again"];
    (again["asked"].as_u64().unwrap_or_default(), again["complete"].as_u64().unwrap_or_default())
}

fn n_short(ended: &Ended, name: &str) -> u64 {
    stream(ended, name)["completeness"]["short"].as_u64().unwrap()
}

/// The conversations that messages were asked for by.
fn asked_of(source: &Source) -> Vec<String> {
    let of = |query: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix("conversation_id=")).map(str::to_owned)
    };
    source.requests(MESSAGES).iter().filter_map(|request| of(&request.query)).collect()
}

fn asked_by_id(source: &Source) -> Vec<String> {
    source.requests(EXPORT).iter().flat_map(|request| asked_ids(&request.query)).collect()
}

/// A conversation in which the person said something.
fn talkative(source: &Source, lake: &Lake) -> String {
    let whole = Lake::new();
    drop(pull("agentx", source, &whole).ends(0));
    assert!(lake.rows("messages").is_empty());
    let rows = whole.rows("conversations");
    let most = rows.iter().max_by_key(|row| row["user_messages_declared"].as_i64()).unwrap();
    most["conversation_id"].as_str().unwrap().to_owned()
}

/// Windows leave a conversation's messages out, and its id brings them.
fn leave_out(source: &Source, conversation: &str) {
    for (stream, kind) in [
        (MESSAGES, FaultKind::LeaveOut { conversation: conversation.to_owned() }),
        (EXPORT, FaultKind::LeaveOutTurns { conversation: conversation.to_owned() }),
    ] {
        source.fault(Fault::new(stream, 1, 100_000, kind));
    }
}

#[test]
fn messages_that_windows_left_out_are_brought_by_their_conversation() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    let short = talkative(&source, &lake);
    leave_out(&source, &short);
    let ended = pull("agentx", &source, &lake).args(&["--strict"]).ends(66);
    assert_eq!(n_short(&ended, "conversations"), 1, "{ended}");
    assert_eq!(again(&ended, "messages"), (0, 0), "{ended}");

    source.forget();
    let ended = pull("agentx", &source, &lake).args(&["--strict"]).ends(0);
    assert_eq!(asked_of(&source), [short], "{ended}");
    assert_eq!(again(&ended, "messages"), (1, 1), "{ended}");
    lake.holds_all(&source, MESSAGES);
    is_sound(&lake);

    // Nothing is short any more, and nothing is asked for.
    source.forget();
    let before = lake.table_files();
    let ended = pull("agentx", &source, &lake).ends(0);
    assert_eq!((asked_of(&source), again(&ended, "messages")), (vec![], (0, 0)), "{ended}");
    assert_eq!(lake.table_files(), before);
    Convolake::replay("agentx", &lake).ends(0);
    lake.holds_all(&source, MESSAGES);
}

#[test]
fn turns_that_a_walk_left_out_are_brought_by_their_conversation() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    let ids = source.ids(EXPORT);
    // Those without a message are not short.
    let whole = Lake::new();
    pull("convocore", &source, &whole).ends(0);
    let rows = whole.rows("messages");
    let short = ids.iter().find(|id| rows.iter().any(|row| row["conversation_id"] == ***id)).unwrap();
    leave_out(&source, short);
    let ended = pull("convocore", &source, &lake).args(&["--strict"]).ends(66);
    assert_eq!(n_short(&ended, "export"), 1, "{ended}");
    source.forget();
    let ended = pull("convocore", &source, &lake).args(&["--strict"]).ends(0);
    assert_eq!(asked_by_id(&source), std::slice::from_ref(short), "{ended}");
    assert_eq!(again(&ended, "export"), (1, 1), "{ended}");
    lake.holds_just(&whole.contents());
    is_sound(&lake);
    source.forget();
    pull("convocore", &source, &lake).ends(0);
    assert_eq!(asked_by_id(&source), Vec::<String>::new());
}

/// Counts that are wrong at the source are wrong for good: each is asked about once.
#[test]
fn what_stays_short_is_asked_for_once_for_each_count() {
    for (pipeline, declaring, asked_stream) in
        [("agentx", "conversations", "messages"), ("convocore", "export", "export")]
    {
        let source = Source::start(unlimited(Corpus::Generated(odd(400))));
        let lake = Lake::new();
        let asked = |source: &Source| match pipeline {
            "agentx" => asked_of(source),
            _ => asked_by_id(source),
        };
        let run = || pull(pipeline, &source, &lake).set("max_quarantined=100");
        let first = run().ends(0);
        let short = n_short(&first, declaring);
        assert!((3..100).contains(&short), "{short} are short; {first}");
        let before = lake.table_files();
        source.forget();
        let ended = run().ends(0);
        assert_eq!(again(&ended, asked_stream).0, short, "{ended}");
        let ids = asked(&source);
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), distinct.len()), (short as usize, short as usize), "{ended}");
        println!("figure short_{pipeline}_asked_again {short}");
        // What came was there already.
        assert_eq!(lake.table_files(), before, "{ended}");
        source.forget();
        let ended = run().ends(0);
        assert_eq!((asked(&source), again(&ended, asked_stream)), (vec![], (0, 0)), "{ended}");

        // All of them go on, and declare one message more: whoever is short still is asked for once more.
        let changed = source.running.change(ChangeRequest { percent: 100.0, seed: 1, at: lately() });
        let changed = if pipeline == "agentx" { changed.agentx } else { changed.convocore };
        let walked = run().set(&format!("streams.{declaring}.full_walk=0s")).ends(0);
        source.forget();
        let ended = run().ends(0);
        let again_ids: BTreeSet<String> = asked(&source).into_iter().collect();
        let changed: BTreeSet<String> = changed.into_iter().collect();
        assert!(again_ids.is_subset(&changed), "{again_ids:?}; {ended}");
        match pipeline {
            "agentx" => assert!(!again_ids.is_empty(), "{walked}; {ended}"),
            // The walk that found them changed has asked for all of them already, and they are as short as the source has it.
            _ => assert!(again_ids.len() <= short as usize, "{ended}"),
        }
        source.forget();
        let ended = run().ends(0);
        assert_eq!(asked(&source), Vec::<String>::new(), "{ended}");
    }
}

/// Much is short, as where most was pulled from a later day on: a run asks for a part of it, and the next ones for the rest.
#[test]
fn what_a_run_asks_for_again_is_bounded() {
    let source = Source::tidy(400);
    let lake = Lake::new();
    pull("agentx", &source, &lake).args(&["--stream", "conversations"]).ends(0);
    pull("agentx", &source, &lake).args(&["--stream", "messages", "--from", "2025-02-01"]).ends(0);
    let mut short = n_short(&pull("agentx", &source, &lake).ends(0), "conversations");
    assert!(short > 2 * ASKED_MAX as u64, "{short}");
    let mut asked = BTreeSet::new();
    while short > 0 {
        source.forget();
        let ended = pull("agentx", &source, &lake).ends(0);
        let expected = short.min(ASKED_MAX as u64);
        assert_eq!(again(&ended, "messages"), (expected, expected), "{ended}");
        // Beside the windows that are looked at again anyway: one request for each conversation.
        let windows = source.requests(MESSAGES).len() - asked_of(&source).len();
        assert_eq!(asked_of(&source).len() as u64, expected, "{ended}");
        assert!(windows <= 10, "{windows} requests for windows that hold nothing new; {ended}");
        asked.extend(asked_of(&source));
        let left = n_short(&ended, "conversations");
        assert_eq!(left, short - expected, "{ended}");
        short = left;
    }
    // A person's messages are counted; the agent's came with them.
    let from = "2025-02-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second() as f64;
    let is_expected = |message: &Value| {
        message["time"].as_f64() >= Some(from) || asked.contains(message["conversationId"].as_str().unwrap())
    };
    let records = source.running.records(MESSAGES).into_iter();
    let messages = records.map(|record| serde_json::from_slice::<Value>(&record).unwrap());
    assert_eq!(lake.rows("messages").len(), messages.filter(is_expected).count());
}

/// A backfill is out for a stretch of time, and leaves what is short to the next run; so does a stream that is not pulled.
#[test]
fn only_a_run_of_the_stream_itself_asks_again() {
    let source = Source::tidy(60);
    let lake = Lake::new();
    let short = talkative(&source, &lake);
    leave_out(&source, &short);
    pull("agentx", &source, &lake).ends(0);
    source.forget();
    let words = ["backfill", "agentx", "--from", "2026-01-01", "--until", "2026-02-01", "--to"];
    Convolake::pulling(&words, "agentx", &source, &lake).ends(0);
    pull("agentx", &source, &lake).args(&["--stream", "conversations"]).ends(0);
    assert_eq!(asked_of(&source), Vec::<String>::new());
    pull("agentx", &source, &lake).args(&["--stream", "messages"]).ends(0);
    assert_eq!(asked_of(&source), [short]);
    lake.holds_all(&source, MESSAGES);
}

/// What was landed before the process died is not asked for again.
#[test]
fn what_a_killed_run_has_landed_of_it_is_merged() {
    let source = Source::tidy(60);
    let lake = Lake::new();
    let short = talkative(&source, &lake);
    leave_out(&source, &short);
    pull("agentx", &source, &lake).ends(0);
    let through = lake.copy();
    pull("agentx", &source, &through).ends(0);
    copy_all(&through.path().join("raw"), &lake.path().join("raw"));
    is_sound(&lake);
    source.forget();
    let ended = pull("agentx", &source, &lake).ends(0);
    assert_eq!(asked_of(&source), Vec::<String>::new(), "{ended}");
    assert_eq!(again(&ended, "messages"), (1, 1), "{ended}");
    lake.holds_all(&source, MESSAGES);
    is_sound(&lake);
}

/// A conversation of many pages goes on at the page that a stopped run had reached.
#[test]
fn a_run_that_is_stopped_on_the_way_goes_on_there() {
    let corpus = Corpus::Generated(tidy(60));
    let source = Source::start(SimulatorConfig { page_cap: Some(3), ..unlimited(corpus) });
    let lake = Lake::new();
    let short = talkative(&source, &lake);
    leave_out(&source, &short);
    pull("agentx", &source, &lake).ends(0);
    source.forget();
    pull("agentx", &source, &lake.copy()).args(&["--stream", "messages"]).ends(0);
    let pages = asked_of(&source).len();
    let windows = source.requests(MESSAGES).len() - pages;
    assert!(pages >= 4, "{pages} pages");
    source.forget();
    let budget = (windows + 2).to_string();
    let stopped = ["--stream", "messages", "--max-requests", &budget];
    pull("agentx", &source, &lake).args(&stopped).ends(75);
    assert_eq!(asked_of(&source).len(), 2);
    let ended = pull("agentx", &source, &lake).ends(0);
    assert_eq!(asked_of(&source).len(), pages, "no page comes twice; {ended}");
    assert_eq!(again(&ended, "messages"), (1, 1), "{ended}");
    lake.holds_all(&source, MESSAGES);
    is_sound(&lake);
}
