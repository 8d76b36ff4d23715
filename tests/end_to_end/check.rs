//! `check`: what is wrong, found out before a run.

use convolake_simulator::{Corpus, Fault, FaultKind, Generator, Stream};
use serde_json::Value;
use tempfile::TempDir;

use crate::convolake::{Convolake, Ended, param};
use crate::lake::Lake;
use crate::source::{Source, tidy, unlimited};

fn check(pipeline: &str, source: &Source) -> Convolake {
    Convolake::new(&["check", pipeline])
        .set(&format!("base_url={}", source.base_url()))
        .set(param(pipeline))
        .json()
}

/// The findings of a level, as one text.
fn findings(ended: &Ended, level: &str) -> String {
    let report = ended.report();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["level"] == level).map(|finding| format!("{finding:#}\n")).collect()
}

#[test]
fn all_is_well_and_nothing_is_kept() {
    let source = Source::tidy(40);
    let lake = Lake::new();
    for (pipeline, streams) in [("agentx", ["conversations", "messages"]), ("convocore", ["list", "export"])]
    {
        source.forget();
        let ended = check(pipeline, &source).arg("--to").arg(lake.path()).ends(0);
        let report = ended.report();
        assert_eq!(findings(&ended, "warning") + &findings(&ended, "error"), "", "{ended}");
        let subjects: Vec<&str> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|finding| finding["subject"].as_str())
            .collect();
        assert_eq!(subjects, ["files", "key", "source", "source", "clock", "store", "lake"], "{ended}");
        for name in streams {
            let checked = report["streams"].as_array().unwrap();
            let checked = checked.iter().find(|stream| stream["stream"] == name).unwrap();
            assert!(checked["records"].as_u64().unwrap() > 0, "{ended}");
            assert!(
                checked["rows"].as_object().unwrap().values().all(|rows| rows.as_u64() > Some(0)),
                "{ended}"
            );
        }
        // A page a stream; a window in which nothing happened costs one more.
        assert!(source.running.ledger().requests().len() <= 4);
    }
    assert_eq!(std::fs::read_dir(lake.path()).unwrap().count(), 0);

    let words = Convolake::new(&["check", "agentx"])
        .set(&format!("base_url={}", source.base_url()))
        .set(param("agentx"))
        .ends(0);
    for text in
        ["ok       pipelines/agentx.yaml", "AGENTX_API_KEY", "rows of messages", "a run would go well"]
    {
        assert!(words.stdout.contains(text), "nothing says `{text}`: {words}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_remedy_and_its_exit_code() {
    let source = Source::tidy(20);
    let pull = |call: Convolake| call.ends_somehow();
    let unreachable = Convolake::new(&["check", "agentx"])
        .set("base_url=http://127.0.0.1:9")
        .set(param("agentx"))
        .args(&["--stream", "messages"])
        .json();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let mut wrong = Vec::new();
    for (case, call, code, said) in [
        ("no param", Convolake::new(&["check", "agentx"]).json(), 2, "bot_name"),
        ("a wrong word", check("agentx", &source).set("rate_limt.per=stream"), 2, "rate_limit"),
        ("no such pipeline", Convolake::new(&["check", "agent"]).json(), 2, "agentx"),
        ("no such stream", check("agentx", &source).args(&["--stream", "mesages"]), 2, "messages"),
        ("no key", check("agentx", &source).without_keys(), 2, "export AGENTX_API_KEY"),
        ("a wrong key", check("agentx", &source).env("AGENTX_API_KEY", "wrong"), 77, "site admins"),
        ("nobody there", unreachable, 69, "base_url"),
        ("no such place", check("agentx", &source).args(&["--to", "/proc/lake"]), 1, "/proc"),
        ("no lake there", check("agentx", &source).args(&["--to", "ftp://x/y"]), 2, "ftp"),
    ] {
        let ended = pull(call);
        if ended.code != Some(code) || !findings(&ended, "error").contains(said) {
            wrong.push(format!("{case}: expected code {code} and `{said}`: {ended}"));
        }
        assert!(!ended.stdout.contains("wrong\""), "the key is not shown: {ended}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn records_that_would_be_quarantined_are_a_warning() {
    let broken = Generator { broken_share: 0.1, ..tidy(100) };
    let source = Source::start(unlimited(Corpus::Generated(broken)));
    let ended = check("convocore", &source).ends(0);
    let report = ended.report();
    let rejected: u64 =
        report["streams"].as_array().unwrap().iter().map(|stream| stream["rejected"].as_u64().unwrap()).sum();
    assert!(rejected > 0, "{ended}");
    assert!(findings(&ended, "warning").contains("exit code 65"), "{ended}");

    source.fault(Fault::new(
        Stream::AgentxMessages,
        1,
        100,
        FaultKind::Status { code: 404, retry_after: None, body: None },
    ));
    let failed = check("agentx", &source).ends(1);
    assert!(findings(&failed, "error").contains("404"), "{failed}");
}

#[test]
fn a_lake_that_a_run_would_not_take_is_found_out() {
    let source = Source::tidy(20);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).ends(0);
    let files = lake.table_files();
    let moved = Source::tidy(20);
    let ended = check("agentx", &moved).arg("--to").arg(lake.path()).ends(2);
    assert!(findings(&ended, "error").contains("--allow-new-origin"), "{ended}");
    let ended = check("agentx", &source).set("buckets=4").arg("--to").arg(lake.path()).ends(2);
    assert!(findings(&ended, "error").contains("replay"), "{ended}");
    let ended = check("agentx", &source).arg("--to").arg(lake.path()).ends(0);
    assert_eq!(findings(&ended, "error"), "", "{ended}");
    assert_eq!(lake.table_files(), files);
    assert_ne!(ended.report()["findings"], Value::Null);
}

#[test]
fn buckets_are_advised_where_files_are_large() {
    let source = Source::tidy(5);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).ends(0);
    lake.change_newest_commit("agentx", |commit| {
        commit["tables"]["messages"]["manifests"][0]["largest"] = (200 << 20).into();
    });
    let ended = check("agentx", &source).arg("--to").arg(lake.path()).ends(0);
    let warning = findings(&ended, "warning");
    for text in ["the largest file of messages has 200 MiB", "`buckets: 5`", "convolake replay agentx"] {
        assert!(warning.contains(text), "{ended}");
    }
}
