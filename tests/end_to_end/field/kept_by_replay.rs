//! A replay takes no row away for want of a page: what was flattened stays, and landed pages that are missing are named.

use std::path::Path;

use convolake_simulator::{Corpus, write_pages};
use serde_json::Value;
use tempfile::TempDir;

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::s3::store::Store;
use crate::source::{Source, tidy};

const STREAM: &str =
    "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /id, schema: x/t }";
const SCHEMA: &str = "u:\n  columns:\n    id: { at: /id }\n    at: { at: /at }\n    x: { at: /x }\n";
const AT: &str = "2024-12-01T00:00:00Z";

fn project() -> OwnProject {
    OwnProject::new(STREAM, SCHEMA).table("u", &["x: { type: string }"])
}

/// Records as a page, each an id and a value.
fn page(records: &[(&str, &str)]) -> String {
    let record = |(id, x): &(&str, &str)| format!(r#"{{"id":"{id}","at":"{AT}","x":"{x}"}}"#);
    let records: Vec<String> = records.iter().map(record).collect();
    format!(r#"{{"data":[{}],"next":null}}"#, records.join(","))
}

/// Each row's id, value and page.
fn rows(lake: &Lake) -> Vec<(String, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let mut rows: Vec<_> =
        lake.rows("u").iter().map(|row| (text(row, "id"), text(row, "x"), text(row, "page"))).collect();
    rows.sort();
    rows
}

fn values(lake: &Lake) -> Vec<(String, String)> {
    rows(lake).into_iter().map(|(id, x, _)| (id, x)).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(id, x)| ((*id).to_owned(), (*x).to_owned())).collect()
}

fn replay(project: &OwnProject, lake: &Lake) -> Convolake {
    Convolake::new(&["replay", "pipelines/x.yaml"]).folder(project.path()).to(lake).json().without_keys()
}

fn verify(project: &OwnProject, lake: &Lake) -> Convolake {
    let call = Convolake::new(&["verify", "pipelines/x.yaml"]).folder(project.path());
    call.to(lake).json().without_keys()
}

/// Ten rows of a file and ten of a run are twenty, however often the tables are rebuilt, and whichever came last.
#[test]
fn what_flatten_brought_outlives_every_replay() {
    let source = Script::start(|n, _| match n {
        0 => Answer::json(page(&[("run", "1"), ("both", "of the run")])),
        _ => Answer::json(page(&[("run", "2"), ("both", "of the run"), ("later", "of the second run")])),
    });
    let project = project();
    let first = project.write("first.json", page(&[("file", "1"), ("both", "of the first file")]));
    let second = project.write("second.json", page(&[("file", "2"), ("both", "of the second file")]));
    let lake = Lake::new();
    project.flatten(&[&first], &lake).ends(0);
    project.run(&source.base_url(), &lake).ends(0);
    let expected = pairs(&[("both", "of the run"), ("file", "1"), ("run", "1")]);
    assert_eq!(values(&lake), expected);
    let before = lake.table_files();
    for _ in 0..2 {
        let report = replay(&project, &lake).ends(0).report();
        assert_eq!(report["rows_kept"]["of_files"]["u"], 1);
        assert_eq!(values(&lake), expected);
        assert_eq!(lake.table_files(), before);
    }
    verify(&project, &lake).ends(0);

    // A file that comes after the run wins over it, also when the run's page is replayed later than it.
    project.flatten(&[&second], &lake).ends(0);
    let expected = pairs(&[("both", "of the second file"), ("file", "2"), ("run", "1")]);
    assert_eq!(values(&lake), expected);
    replay(&project, &lake).ends(0);
    assert_eq!(values(&lake), expected);
    verify(&project, &lake).ends(0);

    project.run(&source.base_url(), &lake).ends(0);
    let expected =
        pairs(&[("both", "of the run"), ("file", "2"), ("later", "of the second run"), ("run", "2")]);
    assert_eq!(values(&lake), expected);
    replay(&project, &lake).ends(0);
    assert_eq!(values(&lake), expected);
    verify(&project, &lake).ends(0);
}

/// A conversation of which a file brought a newer answer, with a message less and one changed, is replaced as a whole by it, and
/// stays so.
#[test]
fn a_conversation_that_a_file_replaced_stays_as_the_file_has_it() {
    let record = |texts: &[&str]| {
        let message = |text: &&str| format!(r#"{{"type":"text","payload":"{text}"}}"#);
        let messages: Vec<String> = texts.iter().map(message).collect();
        format!(
            r#"{{"success":true,"data":[{{"metadata":{{"ID":"c1","ts":1735689600,"messagesNum":{}}},"turns":[{{"from":"bot","messages":[{}]}}]}}]}}"#,
            texts.len(),
            messages.join(",")
        )
    };
    let whole = record(&["a", "b", "c"]);
    let source = Script::start(move |_, asked| match asked.path().ends_with("/export") {
        true if matches!(asked.query("page"), None | Some("1")) => Answer::json(whole.clone()),
        true => Answer::json(r#"{"success":true,"data":[]}"#),
        false => Answer::json(r#"{"success":true,"data":[{"ID":"c1","ts":1735689600}],"hasMore":false}"#),
    });
    let lake = Lake::new();
    let run = || {
        Convolake::run("convocore", &source.base_url(), &lake)
            .set(&format!("streams.export.base_url={}", source.base_url()))
    };
    run().ends(0);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("newer.json");
    std::fs::write(&file, record(&["a", "B"])).unwrap();
    let flatten = || {
        Convolake::new(&["flatten", "convocore/export"])
            .arg(&file)
            .to(&lake)
            .set(param("convocore"))
            .json()
            .without_keys()
    };
    flatten().ends(0);
    let texts = || -> Vec<String> {
        lake.rows("messages").iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(), ["a", "B"]);
    Convolake::replay("convocore", &lake).ends(0);
    assert_eq!(texts(), ["a", "B"]);
    Convolake::new(&["verify"]).to(&lake).json().without_keys().ends(0);
    flatten().ends(0);
    Convolake::replay("convocore", &lake).ends(0);
    assert_eq!(texts(), ["a", "B"]);
}

fn lose_a_page(lake: &Lake) -> String {
    let pages = lake.raw_files("x", "t");
    std::fs::remove_file(&pages[0]).unwrap();
    pages[0].strip_prefix(lake.path()).unwrap().display().to_string()
}

/// A lifecycle rule took the first month's pages: nothing is changed, they are named, and only when told to does a replay go on,
/// without losing a row.
#[test]
fn missing_pages_are_named_and_nothing_is_changed() {
    lose_a_page_of(&Lake::new());
}

#[test]
fn missing_pages_are_named_in_a_bucket() {
    let store = Store::start();
    lose_a_page_of(&Lake::in_store(&store, "lake"));
}

fn lose_a_page_of(lake: &Lake) {
    let source = Script::start(|n, _| match n {
        0 => Answer::json(page(&[("1", "old"), ("2", "old")])),
        _ => Answer::json(page(&[("2", "new"), ("3", "new")])).header("content-type", "application/json"),
    });
    let project = project();
    for _ in 0..2 {
        project.run(&source.base_url(), lake).ends(0);
    }
    let expected = pairs(&[("1", "old"), ("2", "new"), ("3", "new")]);
    assert_eq!(values(lake), expected);
    let before = (lake.table_files(), rows(lake));
    let lost = lose_a_page(lake);

    let refused = replay(&project, lake).ends(1);
    for part in
        ["1 landed page is missing", "the row away that names it", &lost, "--allow-missing", "restore raw/x/"]
    {
        assert!(refused.stderr.contains(part), "{part}: {refused}");
    }
    assert_eq!((lake.table_files(), rows(lake)), before);

    let found = verify(&project, lake).ends(1).report();
    let pipeline = &found["pipelines"][0];
    assert_eq!(pipeline["counts"], serde_json::json!({ "page_missing": 1 }), "{found}");
    assert!(pipeline["findings"][0]["place"].as_str().unwrap().starts_with(&lost));

    for _ in 0..2 {
        let report = replay(&project, lake).args(&["--allow-missing"]).ends(0).report();
        assert_eq!(report["rows_kept"]["of_missing_pages"]["u"], 1);
        assert_eq!(report["rows_kept"]["missing_pages"], 1);
        assert_eq!(values(lake), expected);
    }
    // A run afterwards goes on as ever.
    project.run(&source.base_url(), lake).ends(0);
    assert_eq!(values(lake), expected);
}

/// The page is there, and refers to the body of one that is not.
#[test]
fn a_page_that_refers_to_a_missing_one_counts_as_missing() {
    let source = Script::start(|_, _| Answer::json(page(&[("1", "a"), ("2", "a")])));
    let project = project();
    let lake = Lake::new();
    for _ in 0..2 {
        project.run(&source.base_url(), &lake).ends(0);
    }
    let expected = rows(&lake);
    lose_a_page(&lake);
    replay(&project, &lake).ends(1);
    replay(&project, &lake).args(&["--allow-missing"]).ends(0);
    assert_eq!(rows(&lake), expected);
}

/// The pages are there, and a bad filter has emptied them: an empty input never empties a table.
#[test]
fn pages_without_records_do_not_empty_a_table() {
    let source = Script::start(|_, _| Answer::json(page(&[("1", "a"), ("2", "a")])));
    let project = project();
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    let expected = rows(&lake);
    for page in lake.raw_files("x", "t") {
        let line = zstd::decode_all(std::fs::File::open(&page).unwrap()).unwrap();
        let mut line: Value = serde_json::from_slice(&line).unwrap();
        line["body"] = r#"{"data":[],"next":null}"#.into();
        let line = serde_json::to_vec(&line).unwrap();
        std::fs::write(&page, zstd::encode_all(&*line, 3).unwrap()).unwrap();
    }
    let refused = replay(&project, &lake).ends(1);
    for part in ["2 rows of the table u fewer", "id=1", "--allow-missing"] {
        assert!(refused.stderr.contains(part), "{part}: {refused}");
    }
    assert_eq!(rows(&lake), expected);
    replay(&project, &lake).args(&["--allow-missing"]).ends(0);
    assert!(rows(&lake).is_empty());
}

/// All of `raw/` was removed, and a run landed a little since.
#[test]
fn a_raw_zone_that_was_cleared_takes_no_row_away() {
    let source = Source::start(crate::source::unlimited(Corpus::Generated(tidy(40))));
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).ends(0);
    let expected = lake.rows("messages");
    std::fs::remove_dir_all(lake.path().join("raw")).unwrap();
    Convolake::replay("agentx", &lake).ends(1);
    Convolake::pull("agentx", &source, &lake).ends(0);
    let refused = Convolake::replay("agentx", &lake).ends(1);
    assert!(refused.stderr.contains("landed pages are missing"), "{refused}");
    assert_eq!(lake.rows("messages"), expected);
}

/// Pages flattened from files, then run from the middle on.
#[test]
fn a_history_of_files_is_kept_beside_what_runs_landed() {
    let corpus = Corpus::Generated(tidy(60));
    let pages = TempDir::new().unwrap();
    write_pages(pages.path(), &corpus).unwrap();
    let source = Source::start(crate::source::unlimited(corpus));
    let lake = Lake::new();
    Convolake::new(&["flatten", "agentx/messages"])
        .arg(pages.path().join("agentx_messages.jsonl.zst"))
        .to(&lake)
        .set(param("agentx"))
        .json()
        .without_keys()
        .ends(0);
    let expected = lake.contents()["messages"].clone();
    Convolake::pull("agentx", &source, &lake).args(&["--from", "2025-02-01"]).ends(0);
    for _ in 0..2 {
        Convolake::replay("agentx", &lake).ends(0);
        assert_eq!(lake.contents()["messages"], expected);
    }
    Convolake::new(&["verify"]).to(&lake).json().without_keys().ends(0);
}

/// A file in a folder that is called as the raw zone is a file all the same.
#[test]
fn a_file_that_is_called_as_a_landed_page_is_none() {
    let source = Script::start(|_, _| Answer::json(page(&[("run", "1")])));
    let project = project();
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    project.write("raw/x/t/all/20260101T000000Z-abcdef-00001.json", page(&[("file", "1")]));
    project.flatten(&[Path::new("raw/x/t/all/20260101T000000Z-abcdef-00001.json")], &lake).ends(0);
    let expected = rows(&lake);
    assert_eq!(expected[0].2, "./raw/x/t/all/20260101T000000Z-abcdef-00001.json#1");
    replay(&project, &lake).ends(0);
    assert_eq!(rows(&lake), expected);
    verify(&project, &lake).ends(0);
}

/// Rows that only the table holds would lose what their columns hold, where the table has others: nothing is changed.
#[test]
fn a_changed_table_does_not_take_what_flatten_brought() {
    let source = Script::start(|_, _| Answer::json(page(&[("run", "1")])));
    let project = project();
    let lake = Lake::new();
    project.run(&source.base_url(), &lake).ends(0);
    let file = project.write("a.json", page(&[("file", "1")]));
    project.flatten(&[&file], &lake).ends(0);
    let expected = rows(&lake);
    let project = project.table("u", &["x: { type: json }"]);
    let refused = replay(&project, &lake).ends(1);
    assert!(refused.stderr.contains("1 rows of the table u come from no landed page"), "{refused}");
    assert_eq!(rows(&lake), expected);
}
