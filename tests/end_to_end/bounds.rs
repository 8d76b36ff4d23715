//! What is asked for, by bounds in time and by params: understood as a whole or refused before any request.

use convolake_simulator::Stream;
use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::Source;

/// A call with these options ends with 2, says these texts, asks for nothing and leaves the lake as it is.
#[track_caller]
fn refused(source: &Source, lake: &Lake, options: &[&str], said: &[&str]) {
    let had_state = lake.path().join("_convolake").exists();
    let files = lake.table_files();
    source.forget();
    Convolake::pull("agentx", source, lake).args(options).ends(2).says(said).says(&["hint: "]);
    // A misspelt param is refused by every command; the others differ in what they ask for.
    Convolake::new(&["plan", "agentx"])
        .to(lake)
        .set(&format!("base_url={}", source.base_url()))
        .set(param("agentx"))
        .args(options)
        .ends(2)
        .says(said);
    assert_eq!(source.running.ledger().requests(), [], "{options:?}");
    assert_eq!(lake.table_files(), files, "{options:?}");
    assert_eq!(lake.path().join("_convolake").exists(), had_state, "{options:?}");
}

#[test]
fn bounds_that_make_no_sense_are_refused_on_a_fresh_lake() {
    let source = Source::tidy(20);
    let lake = Lake::new();
    let (february, january) = ("2025-02-01T00:00:00Z", "2025-01-01T00:00:00Z");
    for (options, said) in [
        (&["--from", "2025-02-01", "--until", "2025-01-01"][..], &["--from", february, january][..]),
        (&["--from", "2025-01-01", "--until", "2025-01-01"], &["--from", january]),
        (&["--from", "2999-01-01"], &["--from", "2999-01-01T00:00:00Z", "now is"]),
        (&["--until", "2019-01-01"], &["--until", "2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "`begin`"]),
        (&["--set", "begin=2999-01-01"], &["2999-01-01T00:00:00Z", "now is", "conversations"]),
    ] {
        refused(&source, &lake, options, said);
    }
    Convolake::pull("agentx", &source, &lake).ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
}

#[test]
fn no_stretch_is_left_out_between_a_watermark_and_a_later_beginning() {
    let source = Source::tidy(200);
    let lake = Lake::new();
    let pull = || Convolake::pull("agentx", &source, &lake);
    pull().args(&["--stream", "messages", "--until", "2025-01-10"]).ends(0);
    // A stream without a watermark would take it; one of those asked for has one.
    refused(
        &source,
        &lake,
        &["--from", "2025-02-01"],
        &[
            "2025-02-01T00:00:00Z",
            "the watermark of the stream messages, 2025-01-10T00:00:00Z",
            "convolake backfill agentx --to",
            "--stream messages --from 2025-02-01T00:00:00Z --until",
        ],
    );
    let until = ["--stream", "messages", "--until", "2025-01-09"];
    refused(&source, &lake, &until, &["2025-01-09T00:00:00Z", "2025-01-10T00:00:00Z", "backfill"]);
    pull().args(&["--stream", "conversations", "--from", "2025-02-01"]).ends(0);

    // A `begin` that was moved is for streams without a watermark.
    pull().args(&["--stream", "messages"]).set("begin=2025-02-01").ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
}

#[test]
fn a_beginning_before_the_watermark_moves_nothing_and_is_told() {
    let source = Source::tidy(100);
    let lake = Lake::new();
    let pull = || Convolake::pull("agentx", &source, &lake).args(&["--stream", "messages"]);
    pull().args(&["--from", "2025-01-15", "--until", "2025-02-15"]).ends(0);
    source.forget();
    let ended = pull().args(&["--from", "2025-01-15"]).ends(0);
    let warnings = ended.report()["streams"][0]["warnings"].to_string();
    for text in ["2025-02-15T00:00:00Z", "2025-01-15T00:00:00Z", "convolake backfill"] {
        assert!(warnings.contains(text), "no `{text}`; {ended}");
    }
    // Two days before the watermark.
    let first = "start_time=1739404800";
    let requests = source.requests(Stream::AgentxMessages);
    assert!(requests.iter().any(|request| request.query.contains(first)), "{requests:?}");
}

#[test]
fn a_time_of_day_is_kept_with_or_without_a_zone() {
    let lake = Lake::new();
    let plan = || {
        Convolake::new(&["plan", "agentx", "--set", "params.bot_name=b", "--stream", "messages"])
            .to(&lake)
            .json()
            .without_keys()
    };
    for (from, until) in [
        ("2024-12-01T10:00:00", "2024-12-01T18:00:00"),
        ("2024-12-01 10:00:00", "2024-12-01 18:00"),
        ("2024-12-01T10:00", "2024-12-01T18:00Z"),
        ("2024-12-01T12:00:00+02:00", "1733076000"),
    ] {
        for beginning in
            [["--from".to_owned(), from.to_owned()], ["--set".to_owned(), format!("begin={from}")]]
        {
            let [option, value] = &beginning;
            let report = plan().args(&[option, value, "--until", until]).ends(0).report();
            let slices = report["streams"][0]["slices"].as_array().unwrap();
            assert_eq!(slices[0]["from"], "2024-12-01T10:00:00Z", "{beginning:?}: {report:#}");
            let last = slices.last().unwrap();
            assert_eq!(last["until"], "2024-12-01T18:00:00Z", "{beginning:?}, {until}: {report:#}");
        }
    }
    for text in ["2024-12-01T10:00:00[Europe/Berlin]", "2024-12-01T10:00:00 CET", "2024-12", "01.12.2024"] {
        for options in [["--from", text], ["--until", text], ["--set", &format!("begin={text}")]] {
            plan().args(&options).ends(2).says(&["RFC 3339", "a date", "Unix seconds"]);
        }
    }
}

#[test]
fn params_that_nothing_names_or_that_are_empty_are_refused() {
    let source = Source::tidy(20);
    let lake = Lake::new();
    for (set, said) in [
        ("params.botname=x", &["`botname`", "did you mean `bot_name`?"][..]),
        ("params.bot_name=", &["`bot_name`", "is empty"]),
        ("params.bot_name= ", &["`bot_name`", "is empty"]),
        ("params.bot_name=[demo-bot, '']", &["`bot_name`", "is empty"]),
    ] {
        refused(&source, &lake, &["--set", set], said);
    }
    let ended = Convolake::pull("agentx", &source, &lake).set("params.bot_name=[demo-bot, demo-bot]").ends(0);
    assert_eq!(ended.report()["streams"].as_array().unwrap().len(), 2, "one value; {ended}");
}

#[test]
fn a_param_multiplies_the_streams_that_name_it() {
    let folder = TempDir::new().unwrap();
    Convolake::new(&["init", "here"]).folder(folder.path()).ends(0);
    let file = folder.path().join("here/pipelines/agentx.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    // What counts rows of another stream, or asks by it, has the params of that one as well.
    let is_kept = |line: &&str| !line.trim_start().starts_with("declares:") && !line.contains("by_parent:");
    let alone: Vec<&str> = text.lines().filter(is_kept).collect();
    let (before, messages) =
        alone.join("\n").split_once("\n  messages:").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let messages = messages.replace("bot_name: \"{bot_name}\"", "bot_name: \"{bot_name}\", lang: \"{lang}\"");
    let before = before.replace("params:\n", "params:\n  lang: { doc: a language }\n");
    std::fs::write(&file, format!("{before}\n  messages:{messages}\n")).unwrap();
    let lake = Lake::new();
    let report = Convolake::new(&["plan"])
        .arg(&file)
        .to(&lake)
        .set("params.bot_name=[b1, b2]")
        .set("params.lang=[de, en]")
        .json()
        .without_keys()
        .ends(0)
        .report();
    let streams = report["streams"].as_array().unwrap();
    let params_of = |name: &str| {
        let of_stream = streams.iter().filter(|stream| stream["stream"] == name);
        of_stream.map(|stream| stream["params"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(params_of("conversations"), [r#"{"bot_name":"b1"}"#, r#"{"bot_name":"b2"}"#], "{report:#}");
    assert_eq!(params_of("messages").len(), 4, "{report:#}");
}
