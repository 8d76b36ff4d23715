//! What a new user reads: counts that are right, places that are named, errors in their own words.

use convolake_simulator::{Corpus, SimulatorConfig};
use serde_json::Value;
use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::{Source, tidy, unlimited};

/// The line that says how a stream ended.
#[track_caller]
fn end_of<'a>(stderr: &'a str, stream: &str) -> &'a str {
    let is_it = |line: &&str| line.starts_with(&format!("{stream}: through"));
    stderr.lines().find(is_it).unwrap_or_else(|| panic!("no end of {stream} in {stderr}"))
}

#[test]
fn flatten_and_replay_say_what_they_merged() {
    let (source, lake) = (Source::tidy(30), Lake::new());
    let report = Convolake::pull("agentx", &source, &lake).ends(0).report();
    let streams = report["streams"].as_array().unwrap();
    let messages = streams.iter().find(|stream| stream["stream"] == "messages").unwrap();
    let expected = |pages: &Value, records: &Value| {
        let records: u64 = records.as_u64().unwrap();
        let thousands = if records < 1_000 { String::new() } else { format!("{},", records / 1_000) };
        let rest = if records < 1_000 { records.to_string() } else { format!("{:03}", records % 1_000) };
        let pages = if *pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
        format!("through, {pages}, {thousands}{rest} records")
    };
    let expected = expected(&messages["pages"], &messages["records"]);

    let replayed = Convolake::new(&["replay", "agentx", "--to"]).arg(lake.path()).ends(0);
    assert!(
        end_of(&replayed.stderr, "messages bot_name=demo-bot").contains(&expected),
        "{expected}: {replayed}"
    );

    let raw: Vec<_> = lake.raw_files("agentx", "messages");
    let call = Convolake::new(&["flatten", "agentx/messages"]).set(param("agentx"));
    let beside = Lake::new();
    let flattened = raw.iter().fold(call, |call, file| call.arg(file)).to(&beside).ends(0);
    assert!(
        end_of(&flattened.stderr, "messages bot_name=demo-bot").contains(&expected),
        "{expected}: {flattened}"
    );
    for ended in [&replayed, &flattened] {
        assert!(!ended.stderr.contains("through, 0 pages"), "{ended}");
    }
}

#[test]
fn each_of_several_agents_has_lines_and_counts_of_its_own() {
    let source = Source::start(SimulatorConfig { bot_name: None, ..unlimited(Corpus::Generated(tidy(25))) });
    let lake = Lake::new();
    let run = |output: &[&str]| {
        Convolake::new(&["run", "agentx"])
            .to(&lake)
            .set(&format!("base_url={}", source.base_url()))
            .set("params.bot_name=[one, two]")
            .set("rate_limit.requests_per_second=1000")
            .args(output)
    };
    let ended = run(&[]).ends(0);
    let report = lake.path().join("_convolake/agentx/runs");
    let report = std::fs::read_dir(report).unwrap().next().unwrap().unwrap().path();
    let report: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    for stream in report["streams"].as_array().unwrap() {
        let name = format!(
            "{} bot_name={}",
            stream["stream"].as_str().unwrap(),
            stream["params"]["bot_name"].as_str().unwrap()
        );
        let line = end_of(&ended.stderr, &name);
        let records: String = line.split(", ").nth(2).unwrap().chars().filter(char::is_ascii_digit).collect();
        assert_eq!(records, stream["records"].to_string(), "{line} of {stream:#}");
    }
}

#[test]
fn a_first_run_knows_no_before_and_says_where_its_report_is() {
    // Values of several types, fields without a column, new words.
    let source = Source::start(unlimited(Corpus::Generated(crate::source::odd(60))));
    let lake = Lake::new();
    let ended = Convolake::new(&["run", "convocore"])
        .to(&lake)
        .set(&format!("base_url={}", source.base_url()))
        .set(param("convocore"))
        .set("rate_limit.requests_per_second=1000")
        .ends_somehow();
    assert!(!ended.stderr.contains("earlier runs") && !ended.stderr.contains("had not before"), "{ended}");
    ended.says(&["values of more than one type", "which and where: "]);
    let path = ended.stderr.lines().find_map(|line| line.trim().strip_prefix("which and where: ")).unwrap();
    assert!(std::path::Path::new(path).is_file(), "{path}");
}

#[test]
fn quiet_is_silent_until_something_is_wrong() {
    let (source, lake) = (Source::tidy(10), Lake::new());
    let pull = || Convolake::pull("agentx", &source, &lake);
    let ended = pull().args(&["-q"]).ends(0);
    assert_eq!(ended.stderr, "", "{ended}");
    assert_eq!(ended.report()["outcome"], "done");
    let human = Convolake::new(&["replay", "agentx", "-q"]).to(&lake).ends(0);
    assert_eq!((human.stdout, human.stderr), (String::new(), String::new()));
    let refused = pull().args(&["-q"]).env("AGENTX_API_KEY", "wrong").ends(77);
    refused.says(&["messages bot_name=demo-bot: stopped", "AGENTX_API_KEY"]);
    assert!(!refused.stderr.contains("begun") && !refused.stderr.contains("merging"), "{refused}");
}

#[test]
fn a_log_for_machines_is_a_line_of_json_an_event() {
    let (source, lake) = (Source::tidy(10), Lake::new());
    let well = Convolake::pull("agentx", &source, &lake).args(&["--log-format", "json", "-v"]).ends(0);
    let refused = Convolake::pull("agentx", &source, &lake)
        .env("CONVOLAKE_LOG_FORMAT", "json")
        .env("AGENTX_API_KEY", "x")
        .ends(77);
    let usage = Convolake::new(&["run", "--log-format", "json"]).ends(2);
    let misconfigured = Convolake::new(&["status", "--to", "ftp://x", "--log-format=json"]).ends(2);
    for (ended, events) in [
        (&well, &["stream_started", "stream_ended", "merging", "run_ended"][..]),
        (&refused, &["stream_ended", "run_ended"]),
        (&usage, &["failed"]),
        (&misconfigured, &["failed"]),
    ] {
        let lines: Vec<Value> = ended
            .stderr
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
            .collect();
        assert!(lines.iter().all(|line| line["at"].is_string() && line["level"].is_string()), "{ended}");
        for event in events {
            assert!(lines.iter().any(|line| line["event"] == *event), "no {event}: {ended}");
        }
    }
    let ended: Value =
        well.stderr.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).next_back().unwrap();
    assert_eq!((&ended["event"], &ended["exit_code"]), (&"run_ended".into(), &0.into()));
}

/// Words that only libraries and systems say.
pub(crate) const FOREIGN: [&str; 29] = [
    "os error",
    "relative URL",
    "InvalidContentType",
    "corrupt message",
    "error sending request",
    "client error (",
    "Generic S3",
    "max_retries",
    "untagged enum",
    "invalid type:",
    "expected struct",
    "unknown variant",
    "Parquet error",
    "dns error",
    "tcp connect",
    "reqwest",
    "hyper",
    "builder error",
    "Unknown frame descriptor",
    "Written",
    "panicked",
    "invalid digit",
    "target type",
    "No CA certificates",
    "OtherError",
    "EOF while",
    "expected value at",
    "Invalid Data",
    "metadata from headers",
];

#[test]
fn errors_are_in_words_of_those_who_run_it() {
    let (source, folder) = (Source::tidy(5), TempDir::new().unwrap());
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (no_gzip, no_zstd) = (file("a.json.gz", b"garbage"), file("a.jsonl.zst", b"garbage"));
    let taken = file("taken", b"");
    let base = |url: &str| {
        Convolake::new(&["check", "agentx", "--stream", "messages", "--set", &format!("base_url={url}")])
            .set(param("agentx"))
    };
    let run = |to: &str| {
        Convolake::new(&["run", "agentx", "--to", to])
            .set(&format!("base_url={}", source.base_url()))
            .set(param("agentx"))
    };
    let flatten = |path: &str| {
        let lake = folder.path().join("flat");
        Convolake::new(&["flatten", "agentx/messages", path, "--to"]).arg(lake).set(param("agentx"))
    };
    let store = |url: &str, call: Convolake| {
        call.env("AWS_ENDPOINT_URL", url)
            .env("AWS_ACCESS_KEY_ID", "a")
            .env("AWS_SECRET_ACCESS_KEY", "b")
            .env("AWS_ALLOW_HTTP", "true")
    };
    let plain = source.base_url();
    let tls = plain.replace("http://", "https://");
    let half_a_key = run("s3://bucket/x")
        .env("AWS_ENDPOINT_URL", &plain)
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_ACCESS_KEY_ID", "a");
    let mut wrong = Vec::new();
    for (case, call, code, said) in [
        ("https to an http port", base(&tls), 69, "does not speak TLS"),
        ("nobody listens", base("http://127.0.0.1:9"), 69, "nobody listens there"),
        ("no such host", base("http://no.such.host.invalid"), 69, "name is not known"),
        ("no scheme", base("127.0.0.1:8080"), 2, "begins with https:// or http://"),
        ("no host", base("https://"), 2, "names no host"),
        ("no such port", base("http://h:99999"), 2, "port is no number up to 65535"),
        ("a file is there", run(&taken), 1, "is there already"),
        ("nothing may be made there", run("/sys/lake"), 77, "not allowed to"),
        ("a mistyped URL", run("s3:/x"), 2, "two slashes"),
        ("no such scheme", run("ftp://x/y"), 2, "s3://bucket/prefix"),
        ("no gzip", flatten(&no_gzip), 1, "a.json.gz"),
        ("no zstd", flatten(&no_zstd), 1, "a.jsonl.zst"),
        ("a folder", flatten(folder.path().to_str().unwrap()), 2, "this is a folder"),
        ("no file", flatten("no-such.json"), 2, "there is no such file"),
        (
            "no pipeline file",
            Convolake::new(&["plan", "pipelines/none.yaml", "--to", "x"]),
            2,
            "there is no such file",
        ),
        ("no store", store("http://127.0.0.1:9", run("s3://bucket/x")), 69, "nobody listens there"),
        ("https to a plain store", store(&tls, run("s3://bucket/x")), 69, "does not speak TLS"),
        ("no store at all", store(&plain, run("s3://bucket/x")), 69, "it answered 404"),
        ("half a key", half_a_key, 77, "AWS_SECRET_ACCESS_KEY"),
        (
            "no such habit",
            Convolake::new(&["simulate", "--habit", "convocore_list.lagg.requests=1"]),
            2,
            "convocore_export",
        ),
    ] {
        let ended = call.ends_somehow();
        let text = ended.stdout.clone() + &ended.stderr;
        let foreign: Vec<&&str> = FOREIGN.iter().filter(|word| text.contains(**word)).collect();
        if ended.code != Some(code) || !text.contains(said) || !foreign.is_empty() {
            wrong
                .push(format!("{case}: expected code {code} and `{said}`, and none of {foreign:?}: {ended}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!std::path::Path::new("s3:").exists());
}

#[test]
fn errors_of_the_source_name_the_agent() {
    let (source, lake) = (Source::tidy(5), Lake::new());
    let unknown = Convolake::pull("agentx", &source, &lake).set("params.bot_name=nobody").ends(1);
    let error = unknown.report()["streams"][0]["error"].as_str().unwrap().to_owned();
    for text in ["bot_name=nobody", "404", "does the source know bot_name=nobody?"] {
        assert!(error.contains(text), "{error}");
    }
    let refused = Convolake::pull("agentx", &source, &lake).env("AGENTX_API_KEY", "x").ends(77);
    assert!(
        refused.report()["streams"][0]["error"].as_str().unwrap().contains("bot_name=demo-bot"),
        "{refused}"
    );
    let checked = Convolake::new(&["check", "agentx"])
        .set(&format!("base_url={}", source.base_url()))
        .set("params.bot_name=nobody")
        .ends(1);
    checked.shows(&["bot_name=nobody"]);
}
