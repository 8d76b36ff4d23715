//! What operators rely on: which pipeline is meant, exit codes that agree, variables, completions, the manual.

use std::path::Path;

use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::Source;

#[test]
fn a_file_in_pipelines_goes_by_its_name_and_comes_before_the_built_in_one() {
    let (source, lake, folder) = (Source::tidy(5), Lake::new(), TempDir::new().unwrap());
    let call = |words: &[&str]| {
        Convolake::new(words)
            .folder(folder.path())
            .set(&format!("base_url={}", source.base_url()))
            .set(param("agentx"))
    };
    call(&["check", "agentx"]).ends(0).shows(&["pipelines/agentx.yaml (built in)"]);

    Convolake::new(&["init"]).folder(folder.path()).ends(0);
    let ended = call(&["check", "agentx"]).ends(0);
    assert!(!ended.stdout.contains("built in"), "{ended}");

    // A pipeline of one's own, by its name.
    let file = folder.path().join("pipelines/agentx.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(folder.path().join("pipelines/mine.yaml"), text.replace("name: agentx", "name: mine"))
        .unwrap();
    call(&["run", "mine", "--to", lake.to(), "--output", "json"]).ends(0);
    assert!(!lake.rows("messages").is_empty());

    // One that differs from the built-in one, and one that is broken.
    std::fs::write(&file, text.clone() + "# mine\n").unwrap();
    call(&["check", "agentx"]).ends(0).says(&["going by the file pipelines/agentx.yaml"]);
    std::fs::write(&file, text.replace("streams:", "streems:")).unwrap();
    for command in ["check", "plan", "run"] {
        let ended = call(&[command, "agentx", "--to", lake.to()]).ends(2);
        let all = ended.stdout.clone() + &ended.stderr;
        assert!(all.contains("pipelines/agentx.yaml:") && all.contains("streams"), "{command}: {ended}");
    }
    // What stands in the lake is still told.
    Convolake::new(&["status", "--to", lake.to()]).folder(folder.path()).ends(0).shows(&["mine"]);
}

#[test]
fn a_word_that_is_nearly_right_is_answered_with_the_right_one() {
    let lake = Lake::new();
    for (words, meant) in [
        (&["rnu"][..], "'run'"),
        (&["statsu"], "'status'"),
        (&["run", "agntx", "--to", lake.to()], "`agentx`"),
        (&["run", "pipelines/convocor.yaml", "--to", lake.to()], "`convocore`"),
        (
            &["run", "agentx", "--to", lake.to(), "--set", "params.bot_name=b", "--stream", "mesages"],
            "`messages`",
        ),
        (&["run", "agentx", "--to", lake.to(), "--max-request", "1"], "--max-requests"),
    ] {
        Convolake::new(words).ends(2).says(&[meant]);
    }
}

#[test]
fn check_says_the_exit_code_that_a_run_ends_with() {
    let source = Source::tidy(5);
    let (empty, half) = ("", "half");
    for (to, secret, code) in
        [("/sys/lake", empty, 77), ("/proc/lake", empty, 1), ("s3://bucket/x", half, 77), ("s3:/x", empty, 2)]
    {
        for command in ["check", "run"] {
            let call = Convolake::new(&[command, "agentx", "--to", to])
                .set(&format!("base_url={}", source.base_url()))
                .set(param("agentx"))
                .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
                .env("AWS_ALLOW_HTTP", "true");
            let call = if secret == half { call.env("AWS_ACCESS_KEY_ID", "a") } else { call };
            let ended = call.ends_somehow();
            assert_eq!(ended.code, Some(code), "{command} --to {to}: {ended}");
        }
    }
}

#[test]
fn status_tells_monitors_of_what_failed_and_what_is_late() {
    let (source, lake) = (Source::tidy(10), Lake::new());
    let status = |words: &[&str]| Convolake::new(&["status", "--to", lake.to()]).args(words).without_keys();
    Convolake::pull("agentx", &source, &lake).ends(0);
    status(&["--fail-if-older-than", "6h"]).ends(0);
    Convolake::pull("agentx", &source, &lake).env("AGENTX_API_KEY", "x").ends(77);
    let ended = status(&["--output", "json"]).ends(77);
    assert_eq!((&ended.report()["outcome"], &ended.report()["exit_code"]), (&"refused".into(), &77.into()));
    Convolake::pull("agentx", &source, &lake).ends(0);
    status(&[]).ends(0);

    // A millisecond is no time for a lake.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let late = status(&["--fail-if-older-than", "1s"]).ends(66);
    late.shows(&["late, its watermark is"]);
    status(&[]).env("CONVOLAKE_FAIL_IF_OLDER_THAN", "1s").ends(66);
}

#[test]
fn one_broken_file_does_not_end_a_status() {
    let (source, lake) = (Source::tidy(10), Lake::new());
    Convolake::pull("agentx", &source, &lake).ends(0);
    Convolake::pull("convocore", &source, &lake).ends(0);
    let report = std::fs::read_dir(lake.path().join("_convolake/agentx/runs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    // No table file is opened: the newest commit tells what they hold.
    let commits = std::fs::read_dir(lake.path().join("_convolake/agentx/commits")).unwrap();
    let commit = commits.map(|entry| entry.unwrap().path()).max().unwrap();
    for file in [&report, &commit] {
        let kept = std::fs::read(file).unwrap();
        std::fs::write(file, &kept[..kept.len() / 3]).unwrap();
        let ended = Convolake::new(&["status", "--to", lake.to()]).ends(1);
        ended.shows(&["does not read, and is left out", "convocore: no run under way", "leads"]);
        let name = Path::new(file).file_name().unwrap().to_str().unwrap();
        assert!(ended.stdout.contains(name), "{name}: {ended}");
        std::fs::write(file, kept).unwrap();
    }
    Convolake::new(&["status", "--to", lake.to()]).ends(0);
}

#[test]
fn a_variable_stands_in_for_each_option() {
    let (source, lake) = (Source::tidy(5), Lake::new());
    let run = || {
        Convolake::new(&["run", "agentx"])
            .env("CONVOLAKE_TO", lake.to())
            .env("CONVOLAKE_OUTPUT", "json")
            .env("CONVOLAKE_QUIET", "1")
            .env("CONVOLAKE_SET", &format!("base_url={}\n{}", source.base_url(), param("agentx")))
    };
    let ended = run().env("CONVOLAKE_STREAM", "messages").ends(0);
    assert_eq!(ended.report()["streams"].as_array().unwrap().len(), 1, "{ended}");
    assert_eq!(ended.stderr, "");
    // The line counts more; what is empty or switched off is not set.
    let elsewhere = Lake::new();
    run().args(&["--to", elsewhere.to()]).env("CONVOLAKE_STRICT", "0").env("CONVOLAKE_FROM", "").ends(0);
    assert!(!elsewhere.rows("conversations").is_empty());
    Convolake::new(&["run", "--help"])
        .ends(0)
        .shows(&["[env: CONVOLAKE_TO]", "[env: CONVOLAKE_MAX_REQUESTS]"]);
}

#[test]
fn shells_are_told_pipelines_streams_and_settings() {
    let folder = TempDir::new().unwrap();
    Convolake::new(&["init"]).folder(folder.path()).ends(0);
    std::fs::copy(folder.path().join("pipelines/agentx.yaml"), folder.path().join("pipelines/mine.yaml"))
        .unwrap();
    for (line, word) in [
        (&["ru"][..], "run"),
        (&["run", "agen"], "agentx"),
        (&["run", "mi"], "mine"),
        (&["run", "agentx", "--str"], "--stream"),
        (&["run", "agentx", "--stream", "mess"], "messages"),
        (&["run", "--stream", "ex"], "export"),
        (&["flatten", "convocore/ex"], "convocore/export"),
        (&["run", "agentx", "--set", "params."], "params.bot_name="),
        (&["run", "convocore", "--set", "rate_limit.req"], "rate_limit.requests_per_second="),
    ] {
        let words = [&["--", "convolake"][..], line].concat();
        let ended = Convolake::new(&words).folder(folder.path()).env("CONVOLAKE_COMPLETE", "fish").ends(0);
        let found = ended.stdout.lines().any(|told| told.split('\t').next() == Some(word));
        assert!(found, "{line:?} does not go on as {word}: {ended}");
    }
}

#[test]
fn there_is_a_manual_with_a_page_a_command() {
    let folder = TempDir::new().unwrap();
    Convolake::new(&["man"]).ends(0).shows(&[".TH convolake 1", "CONVOLAKE_LOG_FORMAT"]);
    Convolake::new(&["man", "--dir"]).arg(folder.path()).ends(0);
    for page in ["convolake.1", "convolake-run.1", "convolake-status.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
}

#[test]
fn a_file_url_is_decoded() {
    let (source, folder) = (Source::tidy(3), TempDir::new().unwrap());
    let to = format!("file://{}/a%20b", folder.path().display());
    Convolake::new(&["run", "agentx", "--to", &to])
        .set(&format!("base_url={}", source.base_url()))
        .set(param("agentx"))
        .ends(0);
    assert!(folder.path().join("a b/messages").is_dir());
}

#[test]
fn the_simulator_takes_habits_from_the_command_line() {
    for wrong in ["lag", "convocore_list.lagg.requests=1", "other.lag.requests=1"] {
        Convolake::new(&["simulate", "--habit", wrong])
            .ends(2)
            .says(&[wrong, "convocore_export.lag.requests=5"]);
    }
    let words =
        ["simulate", "--port", "0", "--conversations", "5", "--habit", "agentx_messages.end.past_end=404"];
    let mut simulator = Convolake::new(&words).start();
    let mut line = String::new();
    let stdout = simulator.child.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
    assert!(line.starts_with("listening on"), "{line}");
}
