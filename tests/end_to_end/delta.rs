//! Delta tables beside the plain files: read by others, version after version, on disk and on S3.

use std::collections::BTreeMap;
use std::path::Path;

use convolake_simulator::ChangeRequest;
use serde_json::{Value, json};

use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::s3::store::Store;
use crate::source::{PIPELINES, Source, lately};

const DELTA: &str = "publish=[plain, delta]";
const ALONE: &str = "publish=[delta]";

/// Pulls both pipelines into Delta tables too.
#[track_caller]
fn pull(source: &Source, lake: &Lake) {
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, source, lake).set(DELTA).ends(0);
    }
}

/// The versions of all tables of a lake that lies in files.
fn versions(lake: &Lake) -> BTreeMap<String, usize> {
    let count = |table: std::fs::DirEntry| {
        let log = std::fs::read_dir(table.path().join("_delta_log")).unwrap();
        let is_version = |name: &str| name.ends_with(".json");
        let n = log.filter(|entry| is_version(entry.as_ref().unwrap().file_name().to_str().unwrap())).count();
        (table.file_name().into_string().unwrap(), n)
    };
    std::fs::read_dir(lake.path().join("delta")).unwrap().map(|entry| count(entry.unwrap())).collect()
}

#[test]
fn tables_are_read_by_others_as_the_plain_files_are() {
    let source = Source::tidy(30);
    let store = Store::start();
    // Of the changes on disk there are enough for a checkpoint.
    for (lake, n_changes) in [(Lake::new(), 10), (Lake::in_store(&store, "delta"), 1)] {
        pull(&source, &lake);
        let first = versions(&lake);
        pull(&source, &lake);
        assert_eq!(versions(&lake), first, "a run with nothing new writes no version");
        let mut rows = json!({});
        for seed in 0..n_changes {
            drop(source.running.change(ChangeRequest { percent: 5.0, seed, at: lately() }));
            Convolake::pull("agentx", &source, &lake).set(DELTA).ends(0);
            for table in ["conversations", "messages"] {
                let newest = versions(&lake)[table] - 1;
                rows[table][newest.to_string()] = lake.rows(table).len().into();
            }
        }
        assert!(versions(&lake)["messages"] > first["messages"]);
        let status = Convolake::new(&["status"]).to(&lake).without_keys().ends(0);
        assert!(status.stdout.contains("delta versions: conversations "), "{status}");
        python::delta_agrees(&lake, &rows);
        Convolake::new(&["verify"]).to(&lake).without_keys().ends(0);
    }
}

/// The plain files are, byte for byte, those of a lake without Delta tables.
#[test]
fn the_plain_tree_stays_what_it_is() {
    let source = Source::tidy(40);
    let (plain, both) = (Lake::new(), Lake::new());
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, &source, &plain).ends(0);
    }
    pull(&source, &both);
    let names = |lake: &Lake| -> Vec<String> {
        let names = lake.table_files().into_keys();
        names.map(|path| path.strip_prefix(lake.path()).unwrap_or(&path).display().to_string()).collect()
    };
    assert_eq!(names(&plain), names(&both));
    assert!(!plain.path().join("delta").exists());
    for (table, before) in crate::lake::TABLES.map(|table| (table, plain.rows(table))) {
        assert_eq!(both.rows(table).len(), before.len(), "{table}");
    }
}

#[test]
fn a_foreign_version_is_met_with_the_remedy() {
    let source = Source::tidy(40);
    let lake = Lake::new();
    pull(&source, &lake);
    let log = lake.path().join("delta/messages/_delta_log");
    let next = versions(&lake)["messages"];
    let foreign = r#"{"commitInfo":{"operation":"OPTIMIZE"}}
{"add":{"path":"x.parquet","partitionValues":{},"size":1,"modificationTime":1,"dataChange":false}}"#;
    std::fs::write(log.join(format!("{next:020}.json")), foreign).unwrap();
    let ended = Convolake::pull("agentx", &source, &lake).set(DELTA).ends(1);
    assert!(
        ended.stdout.contains("publish --to LAKE --rebuild") && ended.stdout.contains("OPTIMIZE"),
        "{ended}"
    );
    // The plain files are as they should be.
    let verified = Convolake::new(&["verify", "agentx"]).to(&lake).without_keys().ends(1);
    assert!(verified.stdout.contains("publish --to") && verified.stdout.contains("--rebuild"), "{verified}");
    Convolake::new(&["publish"]).to(&lake).without_keys().ends(1);
    Convolake::new(&["publish", "--rebuild"]).to(&lake).without_keys().ends(0);
    Convolake::pull("agentx", &source, &lake).set(DELTA).ends(0);
    Convolake::new(&["verify"]).to(&lake).without_keys().ends(0);
    Convolake::new(&["vacuum", "--dry-run"]).to(&lake).without_keys().ends(0);
    python::delta_agrees(&lake, &json!({}));
}

/// No plain file at any time, the rows of a plain lake, and all commands that work on one.
#[test]
fn tables_may_lie_in_the_delta_tree_alone() {
    let source = Source::tidy(30);
    let store = Store::start();
    for lake in [Lake::new(), Lake::in_store(&store, "alone")] {
        let mut rows = json!({});
        for seed in 0..2 {
            for (pipeline, _) in PIPELINES {
                let ended = Convolake::pull(pipeline, &source, &lake).set(ALONE).ends(0);
                let report: Value = serde_json::from_str(&ended.stdout).unwrap();
                let partitions = report["tables"]["messages"]["partitions"].as_array();
                let first = partitions.and_then(|partitions| partitions.first()?.as_str());
                assert!(first.is_none_or(|first| first.starts_with(&format!("source={pipeline}/month="))));
                assert!(seed > 0 || first.is_some(), "{ended}");
            }
            assert!(lake.table_files().is_empty());
            drop(source.running.change(ChangeRequest { percent: 5.0, seed, at: lately() }));
        }
        for (pipeline, _) in PIPELINES {
            Convolake::pull(pipeline, &source, &lake).set(ALONE).ends(0);
        }
        let before = (lake.all_files().len(), versions(&lake));
        let status = Convolake::new(&["status"]).to(&lake).without_keys().ends(0);
        assert!(status.stdout.contains("delta versions: conversations "), "{status}");
        Convolake::new(&["verify"]).to(&lake).without_keys().ends(0);
        Convolake::new(&["vacuum", "--dry-run"]).to(&lake).without_keys().ends(0);
        Convolake::new(&["publish", "--rebuild"]).to(&lake).without_keys().ends(0);
        assert_eq!((lake.all_files().len(), versions(&lake)), before);
        for (pipeline, _) in PIPELINES {
            Convolake::replay(pipeline, &lake).set(ALONE).ends(0);
        }
        assert_eq!(versions(&lake), before.1, "a replay that gives the same rows writes no version");
        Convolake::new(&["verify"]).to(&lake).without_keys().ends(0);
        // The same lake with plain files too, and back again.
        let with_plain = lake.copy();
        for (pipeline, _) in PIPELINES {
            Convolake::replay(pipeline, &with_plain).set(DELTA).ends(0);
        }
        Convolake::new(&["verify"]).to(&with_plain).without_keys().ends(0);
        assert_eq!(versions(&with_plain), before.1);
        for table in ["conversations", "messages"] {
            let newest = versions(&lake)[table] - 1;
            rows[table][newest.to_string()] = with_plain.rows(table).len().into();
        }
        python::delta_agrees_with(&lake, &with_plain, &rows);
        for (pipeline, _) in PIPELINES {
            Convolake::pull(pipeline, &source, &with_plain).set(ALONE).ends(0);
        }
        assert!(with_plain.table_files().is_empty());
        Convolake::new(&["verify"]).to(&with_plain).without_keys().ends(0);
        python::delta_agrees_with(&with_plain, &lake_with_plain_files(&with_plain), &json!({}));
    }
}

/// A copy of a lake whose tables lie in the Delta tree alone, with plain files.
fn lake_with_plain_files(lake: &Lake) -> Lake {
    let copy = lake.copy();
    for (pipeline, _) in PIPELINES {
        Convolake::replay(pipeline, &copy).set("publish=[plain]").ends(0);
    }
    copy
}

/// A tree that `publish` names no more is left, by the next run that has nothing else to do.
#[test]
fn pipelines_may_publish_otherwise_one_beside_the_other() {
    let source = Source::tidy(30);
    let lake = Lake::new();
    for (publish, moves_to, other) in [
        ("publish=[plain]", None, ALONE),
        (DELTA, None, "publish=[plain]"),
        (ALONE, Some("delta"), DELTA),
        (ALONE, None, ALONE),
        (DELTA, Some("plain"), ALONE),
    ] {
        let ended = Convolake::pull("agentx", &source, &lake).set(publish).ends(0);
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(report["files_moved"]["to"].as_str(), moves_to, "{ended}");
        Convolake::pull("convocore", &source, &lake).set(other).ends(0);
        let is_plain = |pipeline| !lake.files_of("messages", pipeline).is_empty();
        assert_eq!((is_plain("agentx"), is_plain("convocore")), (publish != ALONE, other != ALONE));
        // Of a pipeline that publishes no Delta tables any more they stay as they were.
        Convolake::new(&["verify"]).to(&lake).without_keys().ends(0);
        let publishes = Convolake::new(&["publish"]).to(&lake).without_keys().ends(0);
        assert!(!publishes.stdout.contains("refused"), "{publishes}");
    }
}

/// What a load that copies is to take: the partitions of each table that the run changed.
#[test]
fn the_report_names_the_partitions_that_changed() {
    let source = Source::tidy(40);
    let lake = Lake::new();
    let ended = Convolake::pull("agentx", &source, &lake).ends(0);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let partitions = report["tables"]["messages"]["partitions"].as_array().unwrap().clone();
    assert!(!partitions.is_empty());
    for partition in partitions {
        let folder = lake.path().join("messages").join(partition.as_str().unwrap());
        assert!(Path::new(&folder).join("part-0.parquet").is_file(), "{}", folder.display());
    }
    let ended = Convolake::pull("agentx", &source, &lake).ends(0);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["tables"]["messages"]["partitions"], Value::Null);
}

/// `delta-io/delta#687`: rows of no month, whose partition is null in versions and checkpoints.
#[test]
fn rows_without_a_date_have_no_month() {
    let lake = Lake::new();
    let folder = tempfile::tempdir().unwrap();
    for number in 0..12 {
        let page = folder.path().join(format!("{number}.json"));
        let message = |id: &str, time: &str| {
            format!(
                r#"{{"_id":"{id}",{time}"type":"Question","conversationId":"c","outMsg":{{"steps":[{{"text":"{number}"}}]}}}}"#
            )
        };
        let records = [message("m", ""), message(&format!("n{number}"), "\"time\":1733011282.5261234,")];
        std::fs::write(&page, format!(r#"{{"data":[{}]}}"#, records.join(","))).unwrap();
        let flatten = Convolake::new(&["flatten", "agentx/messages"]).arg(&page).to(&lake);
        flatten.set("params.bot_name=a").set(DELTA).ends(0);
    }
    assert_eq!(versions(&lake)["messages"], 12);
    python::delta_agrees(&lake, &json!({}));
}
