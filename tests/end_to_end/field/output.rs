//! Output that cannot be written: progress is advice, the report is not, and the work is committed all the same.

use std::fs::{File, OpenOptions};
use std::io::pipe;
use std::process::Stdio;

use convolake_simulator::{Fault, FaultKind, Stream};

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::Source;

/// A file that is full from the start.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// The end of a pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A source that fails now and then, so that retries are logged.
fn moody() -> Source {
    let source = Source::of_small_pages(20);
    for request in [1, 3] {
        let kind = FaultKind::Status { code: 503, retry_after: None, body: None };
        source.fault(Fault::new(Stream::AgentxMessages, request, 1, kind));
    }
    source
}

#[test]
fn nobody_listens_on_stderr_while_requests_are_retried() {
    for stderr in [full().into(), closed()] {
        let (source, lake) = (moody(), Lake::new());
        let ended = Convolake::pull("agentx", &source, &lake).args(&["-v"]).stderr_to(stderr).ends(0);
        assert_eq!(ended.report()["outcome"], "done");
        lake.holds_all(&source, Stream::AgentxMessages);
    }
}

/// A source of one's own that asks for patience, and files beside it.
#[test]
fn nobody_listens_to_a_source_of_ones_own_either() {
    const STREAM: &str =
        "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /id, schema: x/t }";
    const PAGE: &str = r#"{"data":[{"id":"1","at":"2024-12-01T00:00:00Z"}],"next":null}"#;
    let source = Script::start(|before, _| match before {
        0 => Answer::status(503, "{}").header("retry-after", "0"),
        _ => Answer::json(PAGE),
    });
    let schema = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n";
    let project = OwnProject::new(STREAM, schema).table("u", &[]);
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).stderr_to(full()).ends(0);
    assert_eq!((lake.rows("u").len(), source.asked().len()), (1, 2));

    let file = project.write("page.json", PAGE);
    let beside = Lake::new();
    project.flatten(&[&file], &beside).ends(0).says(&["t: through, 1 page, 1 record"]);
    project.flatten(&[&file], &beside).stdout_to(closed()).stderr_to(closed()).ends(1);
    assert_eq!(beside.rows("u").len(), 1);
}

#[test]
fn a_report_that_cannot_be_handed_over_is_a_failure_and_the_work_is_committed() {
    for (stdout, why) in [(full().into(), "no space is left"), (closed(), "its reader has closed it")] {
        let (source, lake) = (Source::tidy(20), Lake::new());
        let ended = Convolake::pull("agentx", &source, &lake).stdout_to(stdout).ends(1);
        ended.says(&["the result could not be written to stdout", why]);
        assert!(!ended.stderr.contains("panicked"), "{ended}");
        lake.holds_all(&source, Stream::AgentxMessages);
    }
}

#[test]
fn text_for_people_may_be_left_unread_and_not_be_lost() {
    let lake = Lake::new();
    Convolake::pull("agentx", &Source::tidy(5), &lake).ends(0);
    let status = ["status", "--to", lake.to()];
    for (words, stdout, code) in [
        (&["--help"][..], closed(), 0),
        (&["--help"], full().into(), 1),
        (&["--version"], full().into(), 1),
        (&["completions", "bash"], full().into(), 1),
        (&status, closed(), 0),
        (&status, full().into(), 1),
        (&[&status[..], &["--output", "json"]].concat(), closed(), 1),
    ] {
        let ended = Convolake::new(words).stdout_to(stdout).ends(code);
        assert!(!ended.stderr.contains("panicked"), "{words:?}: {ended}");
    }
    // What fails, fails with its own code, whether or not the document can be read.
    Convolake::new(&["run", "agentx", "--to", lake.to(), "--output", "json"]).stdout_to(full()).ends(2);
}

/// What is called on a schedule says nothing with `-q` where all is well, also not on stdout: cron mails it.
#[test]
fn good_news_are_not_told_with_q() {
    let (source, lake) = (Source::tidy(10), Lake::new());
    Convolake::pull("agentx", &source, &lake).ends(0);
    for command in ["verify", "upkeep"] {
        let call = |words: &[&str]| Convolake::new(&[command]).to(&lake).args(words).without_keys().ends(0);
        let quiet = call(&["-q"]);
        assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""), "{command}");
        assert!(!call(&[]).stdout.is_empty(), "{command}");
        call(&["-q", "--output", "json"]).report();
    }
    let file = lake.files_of("messages", "agentx").remove(0);
    std::fs::remove_file(file).unwrap();
    let ended = Convolake::new(&["verify", "-q"]).to(&lake).without_keys().ends_somehow();
    assert!(ended.code != Some(0) && !ended.stdout.is_empty(), "{ended}");
}
