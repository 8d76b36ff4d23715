//! What servers do wrong, and what becomes of it.

use convolake_simulator::{Fault, FaultKind, Stream, TornHow};
use serde_json::Value;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::{PIPELINES, Source, closed_port};

/// Every endpoint misbehaves at its second page; the run ends well, and no row is lost or doubled.
#[track_caller]
fn check(times: u64, kinds: &[FaultKind]) {
    let source = Source::of_small_pages(40);
    let lake = Lake::new();
    for (pipeline, streams) in PIPELINES {
        for stream in streams {
            let mut from = 2;
            for kind in kinds {
                source.fault(Fault::new(stream, from, times, kind.clone()));
                // A retry and a page that is right lie between two of them.
                from += times + 2;
            }
        }
        Convolake::pull(pipeline, &source, &lake).ends(0);
        for stream in streams {
            lake.holds_all(&source, stream);
            let played = source.requests(stream).iter().filter(|request| request.fault.is_some()).count();
            assert!(played > 0, "{}: no fault was played", stream.name());
        }
        assert_eq!(lake.quarantined(pipeline), [Value::Null; 0]);
    }
}

fn status(code: u16) -> FaultKind {
    FaultKind::Status { code, retry_after: None, body: None }
}

fn torn(how: TornHow) -> FaultKind {
    FaultKind::Torn { at: None, how }
}

#[test]
fn a_burst_of_503() {
    check(2, &[status(503)]);
}

#[test]
fn statuses_that_pass() {
    let busy = FaultKind::Status {
        code: 429,
        retry_after: Some("1".to_owned()),
        body: Some("<html>slow down</html>".to_owned()),
    };
    check(1, &[busy, status(500), status(502)]);
}

#[test]
fn torn_pages() {
    check(1, &[torn(TornHow::Close), torn(TornHow::Short), torn(TornHow::Chunked), FaultKind::Reset]);
}

#[test]
fn answers_that_are_no_page() {
    let refusal = FaultKind::SuccessFalse { message: "The export is unavailable".to_owned() };
    check(1, &[FaultKind::Html, refusal, FaultKind::EmptyBody]);
}

#[test]
fn text_that_is_no_json() {
    check(1, &[FaultKind::InvalidJson]);
}

#[test]
fn half_an_emoji() {
    check(1, &[FaultKind::LoneSurrogate]);
}

#[test]
fn a_page_that_stays_broken_stops_its_stream_and_no_other() {
    let source = Source::of_small_pages(40);
    let lake = Lake::new();
    // The first windows lie in years without a message.
    source.fault(Fault::new(Stream::AgentxMessages, 10, 1_000_000, FaultKind::Html));
    let ended = Convolake::pull("agentx", &source, &lake).ends(69);
    assert_eq!(ended.report()["outcome"], "unavailable", "{ended}");
    lake.holds_all(&source, Stream::AgentxConversations);
    let landed = lake.rows("messages").len();
    assert!(landed > 0, "the pages before it are committed; {ended}");

    source.running.clear_faults();
    let ended = Convolake::pull("agentx", &source, &lake).ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
    assert_eq!(ended.report()["tables"]["messages"]["rows_changed"], 0, "{ended}");
}

/// A cursor or page that comes again is no endless loop, nor taken for an end: the stream stops there, and its watermark
/// stays.
#[test]
fn a_server_that_goes_in_circles() {
    for kind in
        [FaultKind::RepeatCursor { back: 0 }, FaultKind::RepeatCursor { back: 2 }, FaultKind::SamePage]
    {
        let source = Source::of_small_pages(40);
        let lake = Lake::new();
        source.fault(Fault {
            when: Some("cursor=".to_owned()),
            ..Fault::new(Stream::AgentxMessages, 4, 1, kind.clone())
        });
        let first = Convolake::pull("agentx", &source, &lake).ends(1);
        let requests = source.requests(Stream::AgentxMessages);
        let played = requests.iter().filter(|request| request.fault.is_some()).count();
        assert_eq!(played, 1, "{}: {first}", kind.name());
        let report = first.report();
        let messages = &report["streams"][1];
        assert_eq!(messages["stream"], "messages", "{first}");
        assert_eq!(
            (&messages["outcome"], &messages["watermark"]),
            (&"failed".into(), &Value::Null),
            "{first}"
        );
        assert!(messages["error"].as_str().unwrap().contains("pagination loop"), "{first}");
        Convolake::pull("agentx", &source, &lake).ends(0);
        lake.holds_all(&source, Stream::AgentxMessages);
    }
}

#[test]
fn a_cursor_that_is_too_old() {
    let source = Source::of_small_pages(40);
    let lake = Lake::new();
    for stream in PIPELINES[0].1 {
        source.fault(Fault {
            when: Some("cursor=".to_owned()),
            ..Fault::new(stream, 2, 1, FaultKind::ExpiredCursor)
        });
    }
    Convolake::pull("agentx", &source, &lake).ends(0);
    for stream in PIPELINES[0].1 {
        lake.holds_all(&source, stream);
    }
}

#[test]
fn a_wrong_key_is_refused() {
    let source = Source::tidy(5);
    for (pipeline, variable) in [("agentx", "AGENTX_API_KEY"), ("convocore", "CONVOCORE_API_KEY")] {
        let lake = Lake::new();
        let secret = "guessed-and-wrong";
        let ended = Convolake::pull(pipeline, &source, &lake).env(variable, secret).ends(77);
        ended.says(&[variable]);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.contains(secret), "the key is shown; {ended}");
        assert_eq!(ended.report()["exit_code"], 77);
    }
}

#[test]
fn a_missing_key_is_told_before_any_request() {
    let source = Source::tidy(5);
    for (pipeline, variable) in [("agentx", "AGENTX_API_KEY"), ("convocore", "CONVOCORE_API_KEY")] {
        let lake = Lake::new();
        let ended = Convolake::pull(pipeline, &source, &lake).without_keys().ends(2);
        ended.says(&[variable]);
    }
    assert_eq!(source.running.ledger().requests(), []);
}

#[test]
fn a_key_may_stand_in_a_file() {
    let source = Source::tidy(5);
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("key");
    for (text, code) in [("simulator\n", 0), ("guessed-and-wrong\n", 77)] {
        std::fs::write(&file, text).unwrap();
        let lake = Lake::new();
        let pull = Convolake::pull("agentx", &source, &lake).without_keys();
        let ended = pull.env("AGENTX_API_KEY_FILE", file.to_str().unwrap()).ends(code);
        assert!(!ended.to_string().contains("guessed-and-wrong"), "the key is shown; {ended}");
    }
}

/// Whoever runs the source sees what asks, in which version, and whom to turn to.
#[test]
fn requests_introduce_themselves() {
    let source = Source::tidy(5);
    let name = concat!("convolake/", env!("CARGO_PKG_VERSION"));
    let contact = "https://example.org/data-team";
    for (set, expected) in [(None, name.to_owned()), (Some(contact), format!("{name} (+{contact})"))] {
        source.forget();
        for (pipeline, _) in PIPELINES {
            let pull = Convolake::pull(pipeline, &source, &Lake::new());
            match set {
                Some(contact) => pull.set(&format!("contact={contact}")),
                None => pull,
            }
            .ends(0);
        }
        let requests = source.running.ledger().requests();
        assert!(requests.len() > 4);
        for request in requests {
            assert_eq!(request.user_agent.as_deref(), Some(expected.as_str()), "{}", request.path);
        }
    }
    Convolake::pull("agentx", &source, &Lake::new()).set("contact=us").ends(2).says(&["contact", "mailto:"]);
}

#[test]
fn a_host_that_is_not_there() {
    let lake = Lake::new();
    let nobodys = closed_port();
    let address = format!("http://{}", nobodys.local_addr().unwrap());
    let ended = Convolake::run("agentx", &address, &lake).ends(69);
    ended.says(&[&address]);
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_place_and_the_word_that_was_meant() {
    let source = Source::tidy(5);
    for (file, word, wrong) in [
        ("pipelines/agentx.yaml", "records:", "recrods:"),
        ("schemas/agentx/messages.yaml", "message_id:", "mesage_id:"),
        ("schemas/tables/messages.yaml", "partition:", "partiton:"),
    ] {
        let folder = tempfile::TempDir::new().unwrap();
        Convolake::new(&["init"]).folder(folder.path()).ends(0);
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let line = 1 + text.lines().position(|line| line.trim_start().starts_with(word)).unwrap();
        std::fs::write(&path, text.replacen(word, wrong, 1)).unwrap();

        let lake = Lake::new();
        let ended = Convolake::new(&["run", "pipelines/agentx.yaml", "--to"])
            .arg(lake.path())
            .set(&format!("base_url={}", source.base_url()))
            .set(param("agentx"))
            .folder(folder.path())
            .ends(2);
        let place = format!("{file}:{line}");
        ended.says(&[place.as_str(), word.trim_end_matches(':')]);
    }
    assert_eq!(source.running.ledger().requests(), []);
}
