//! A pipeline's partitions may be cut into several files, a fixed number of them.

use std::collections::BTreeMap;
use std::path::Path;

use convolake_simulator::{ChangeRequest, Stream};
use serde_json::{Value, json};

use crate::convolake::{Convolake, param};
use crate::lake::{Lake, TABLES};
use crate::python;
use crate::source::{PIPELINES, Source, lately};

fn pull(pipeline: &str, source: &Source, lake: &Lake) -> Convolake {
    Convolake::pull(pipeline, source, lake).set("buckets=4")
}

fn is_sound(lake: &Lake) {
    Convolake::new(&["verify", "--to"]).arg(lake.path()).without_keys().ends(0);
}

#[test]
fn a_conversation_lies_in_one_bucket_and_readers_see_one_table() {
    let source = Source::tidy(60);
    let lake = Lake::new();
    for (pipeline, streams) in PIPELINES {
        pull(pipeline, &source, &lake).ends(0);
        for stream in streams {
            lake.holds_all(&source, stream);
        }
    }
    drop(source.running.change(ChangeRequest { percent: 30.0, seed: 1, at: lately() }));
    for (pipeline, streams) in PIPELINES {
        pull(pipeline, &source, &lake).ends(0);
        // Conversations that this one has found to be older than their messages are asked for by the next.
        pull(pipeline, &source, &lake).ends(0);
        let again = pull(pipeline, &source, &lake).ends(0);
        assert_eq!(again.total("files_written"), 0, "{again}");
        // A conversation of AgentX that went on after the lookback is not asked for again, whatever the buckets.
        if pipeline == "convocore" {
            python::rebuilds(&source, &streams, &lake);
        }
    }
    python::readers_agree(&lake);
    is_sound(&lake);

    // The same number in every table, so that tables can be joined bucket by bucket.
    let mut bucket_of: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for table in TABLES {
        for (path, row) in lake.rows_by_file(table) {
            let bucket = path.file_name().unwrap().to_str().unwrap().to_owned();
            *used.entry(bucket.clone()).or_default() += 1;
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let conversation = (text("source"), text("conversation_id"));
            let known = bucket_of.entry(conversation.clone()).or_insert_with(|| bucket.clone());
            assert_eq!(*known, bucket, "{conversation:?} in {table}");
        }
    }
    let parts: Vec<&str> = used.keys().map(String::as_str).collect();
    assert_eq!(parts, ["part-0.parquet", "part-1.parquet", "part-2.parquet", "part-3.parquet"]);
}

#[test]
fn another_number_is_refused_until_the_tables_are_rebuilt() {
    let source = Source::tidy(30);
    let lake = Lake::new();
    pull("agentx", &source, &lake).args(&["--stream", "messages"]).ends(0);
    let before = lake.table_files();
    let refused = Convolake::pull("agentx", &source, &lake).args(&["--stream", "messages"]).ends(2);
    refused.says(&["messages", "`buckets: 4`", "the pipeline says 1", "convolake replay"]);
    // Nor a table that is not there yet: a pipeline has one number.
    Convolake::pull("agentx", &source, &lake)
        .args(&["--stream", "conversations"])
        .ends(2)
        .says(&["buckets: 4"]);
    Convolake::pull("agentx", &source, &lake).set("buckets=8").ends(2).says(&["the pipeline says 8"]);
    assert_eq!(lake.table_files(), before);
    // Another pipeline has its own.
    Convolake::pull("convocore", &source, &lake).ends(0);

    let rows = lake.rows("messages");
    Convolake::replay("agentx", &lake).set("buckets=2").ends(0);
    assert_eq!(lake.rows("messages"), rows);
    is_sound(&lake);
    Convolake::pull("agentx", &source, &lake).set("buckets=2").ends(0);
    lake.holds_all(&source, Stream::AgentxMessages);
    is_sound(&lake);
}

#[test]
fn rows_move_across_dates_within_their_bucket() {
    let lake = Lake::new();
    let mut buckets: Option<BTreeMap<String, String>> = None;
    for day in [1, 5, 2, 2] {
        let page = lake.path().join("_page.json");
        std::fs::write(&page, conversations(day).to_string()).unwrap();
        let ended = Convolake::new(&["flatten", "agentx/conversations"])
            .arg(&page)
            .arg("--to")
            .arg(lake.path())
            .set(param("agentx"))
            .set("buckets=4")
            .json()
            .ends(0);
        let rows = lake.rows_by_file("conversations");
        assert_eq!(rows.len(), 50, "day {day}; {ended}");
        let date = format!("2025-03-0{day}");
        assert!(rows.iter().all(|(_, row)| row["date"] == *date), "day {day}");
        let part = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let now = rows.iter().map(|(path, row)| (row["conversation_id"].to_string(), part(path))).collect();
        assert_eq!(*buckets.get_or_insert_with(|| BTreeMap::clone(&now)), now, "day {day}");
        is_sound(&lake);
    }
}

fn conversations(day: u32) -> Value {
    let start = 1_740_787_200 + 86_400 * (day - 1);
    let records: Vec<Value> =
        (0..50).map(|number| json!({"_id": format!("c{number}"), "startTime": start})).collect();
    json!({"success": true, "data": records})
}
