//! The command line as a person or a scheduler meets it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::{Lake, TABLES};
use crate::source::{PIPELINES, Source};

#[test]
fn help_names_every_command() {
    let help = Convolake::new(&["--help"]).ends(0).stdout;
    for command in [
        "demo",
        "run",
        "backfill",
        "plan",
        "check",
        "status",
        "flatten",
        "replay",
        "verify",
        "completions",
        "man",
        "init",
        "simulate",
        "query",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{command} is not in\n{help}");
        let help = Convolake::new(&[command, "--help"]).ends(0).stdout;
        // What follows the command of another program is for that program.
        let is_ours = command != "query";
        for text in ["Usage: convolake", "Example:\n  convolake"] {
            assert!(!is_ours || help.contains(text), "no `{text}` in {help}");
        }
    }
    assert!(Convolake::new(&["--version"]).ends(0).stdout.starts_with("convolake "));
}

#[test]
fn shells_are_told_to_ask_the_binary() {
    for shell in ["bash", "fish", "zsh"] {
        let script = Convolake::new(&["completions", shell]).ends(0).stdout;
        assert!(script.contains("CONVOLAKE_COMPLETE"), "{shell} does not ask the binary: {script}");
    }
}

/// `convolake completions bash | head -1` ended in a panic.
#[test]
fn who_stops_reading_has_seen_enough() {
    let lake = Lake::new();
    for (words, expected) in [
        (&["completions", "bash"][..], 0),
        (&["init", lake.to()], 0),
        // Files to edit are no lake.
        (&["status", "--to", lake.to()], 2),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake"));
        let mut child = command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(expected), "{words:?}");
    }
}

#[test]
fn wrong_use_ends_with_2() {
    let lake = Lake::new();
    let to = lake.path().display().to_string();
    let to = to.as_str();
    let mut wrong = Vec::new();
    for (words, said) in [
        (&[][..], "Usage"),
        (&["flaten"], "flatten"),
        (&["run", "agentx"], "--to"),
        (&["run", "agent", "--to", to, "--set", "params.bot_name=b"], "agentx"),
        (&["run", "agentx", "--to", to], "bot_name"),
        (&["run", "agentx", "--to", to, "--set", "params.bot_name=b", "--stream", "mesages"], "messages"),
        (&["run", "agentx", "--to", to, "--set", "params.bot_nam=b"], "bot_name"),
        (
            &["run", "agentx", "--to", to, "--set", "params.bot_name=b", "--set", "rate_limt.per=stream"],
            "rate_limit",
        ),
        (&["run", "agentx", "--to", to, "--from", "yesterday"], "RFC 3339"),
        (&["run", "agentx", "--to", to, "--memory", "much"], "256MB"),
        (&["run", "no/such/pipeline.yaml", "--to", to], "no/such/pipeline.yaml"),
        (&["flatten", "agentx", "x.json", "--to", to, "--set", "params.bot_name=b"], "convocore/export"),
        (
            &["flatten", "agentx/messages", "no-such-file.json", "--to", to, "--set", "params.bot_name=b"],
            "no-such-file.json",
        ),
        (&["flatten", "agentx/messages", "no-such-file.json", "--to", to], "bot_name"),
    ] {
        let ended = Convolake::new(words).ends_somehow();
        if ended.code != Some(2) || !ended.stderr.contains(said) {
            wrong.push(format!("{words:?}, expected code 2 and `{said}`: {ended}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(lake.table_files().len(), 0);
}

#[test]
fn stdout_holds_the_report_and_nothing_else() {
    let source = Source::tidy(20);
    let lake = Lake::new();
    let ended = Convolake::pull("convocore", &source, &lake).ends(0);
    let report = ended.report();
    assert_eq!(report["version"], 1);
    assert_eq!(report["pipeline"], "convocore");
    assert_eq!(report["outcome"], "done");
    assert_eq!(report["exit_code"], 0);
    let run = report["run"].as_str().unwrap();
    assert!(lake.path().join(format!("_convolake/convocore/runs/{run}.json")).is_file(), "{ended}");
    for (stream, endpoint) in report["streams"].as_array().unwrap().iter().zip(PIPELINES[1].1) {
        assert!(endpoint.name().ends_with(stream["stream"].as_str().unwrap()), "{ended}");
        assert_eq!(stream["requests"], source.requests(endpoint).len(), "{ended}");
        assert_eq!(stream["records"], source.ids(endpoint).len(), "{ended}");
        assert!(stream["pages"].as_u64().unwrap() > 0, "{ended}");
        assert_eq!(stream["quarantined"], 0);
        assert_eq!(stream["params"]["agent_id"], "demo-agent");
        assert!(stream.get("watermark").is_some(), "{ended}");
    }
    for table in TABLES {
        let rows = lake.rows(table).len();
        assert_eq!(report["tables"][table]["rows_added"], rows, "{table}; {ended}");
    }

    // People get words, on stderr.
    let human = Convolake::new(&["replay", "convocore", "--to"]).arg(lake.path()).ends(0);
    assert_eq!(human.stdout, "");
    assert!(!human.stderr.is_empty());
}

#[test]
fn a_failure_is_a_document_too() {
    let lake = Lake::new();
    let ended = Convolake::new(&["run", "agentx", "--output", "json", "--to"]).arg(lake.path()).ends(2);
    assert_eq!(ended.report()["exit_code"], 2, "{ended}");
}

#[test]
fn what_init_writes_works_by_path() {
    let source = Source::tidy(20);
    let folder = TempDir::new().unwrap();
    Convolake::new(&["init", "here"]).folder(folder.path()).ends(0);
    let here = folder.path().join("here");
    assert!(here.join("schemas/pipeline.schema.json").is_file());
    let lake = Lake::new();
    for pipeline in ["agentx", "convocore"] {
        let file = here.join("pipelines").join(format!("{pipeline}.yaml"));
        Convolake::new(&["run"])
            .arg(file)
            .arg("--to")
            .arg(lake.path())
            .set(&format!("base_url={}", source.base_url()))
            .set(param(pipeline))
            .ends(0);
    }
    let built_in = Lake::new();
    for pipeline in ["agentx", "convocore"] {
        Convolake::pull(pipeline, &source, &built_in).ends(0);
    }
    lake.holds_just(&built_in.contents());

    // Nothing that a person edited is written over.
    let edited = here.join("pipelines/agentx.yaml");
    std::fs::write(&edited, "edited").unwrap();
    Convolake::new(&["init", "here"]).folder(folder.path()).ends(2).says(&["is there already"]);
    assert_eq!(std::fs::read_to_string(edited).unwrap(), "edited");
}

#[test]
fn simulate_says_where_it_listens() {
    let words = ["simulate", "--port", "0", "--conversations", "30", "--agentx-rate", "1000"];
    let mut simulator = Convolake::new(&words).start();
    let stdout = simulator.child.stdout.take().unwrap();
    let line = BufReader::new(stdout).lines().next().unwrap().unwrap();
    let address = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}"));
    let lake = Lake::new();
    Convolake::run("agentx", address, &lake).set("rate_limit.requests_per_second=1000").ends(0);
    assert!(!lake.rows("messages").is_empty());
}

#[test]
fn demo_needs_nothing() {
    let folder = TempDir::new().unwrap();
    let ended = Convolake::new(&["demo"]).folder(folder.path()).without_keys().ends(0);
    for table in TABLES {
        ended.says(&[table]);
        assert!(folder.path().join("lake").join(table).is_dir(), "{table}");
    }
}

/// Wherever this is tested, the other program may have been built beside this one.
#[test]
fn a_command_of_a_program_that_is_not_here_says_so() {
    let folder = TempDir::new().unwrap();
    let alone = folder.path().join("convolake");
    std::fs::copy(env!("CARGO_BIN_EXE_convolake"), &alone).unwrap();
    let output = Command::new(alone).args(["query", "select 1"]).env("PATH", folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("`convolake query` needs the program convolake-marts, which is not here"),
        "{said}"
    );
    assert!(said.contains("hint: "), "{said}");
}
