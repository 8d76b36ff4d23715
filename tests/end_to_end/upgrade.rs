//! A lake of the release before, whose commits name no files: it is read as it is, and the next run names them.
//!
//! `fixtures/lake_of_format_1.tar.gz` was made by the binary of `a2d4826`: `simulate --conversations 4 --seed 7`, then `run` of both
//! pipelines.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::convolake::Convolake;
use crate::lake::{Lake, TABLES};
use crate::partitions::kinds;
use crate::source::{PIPELINES, Source};

const FIXTURE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/end_to_end/fixtures/lake_of_format_1.tar.gz");

fn lake_of_format_1() -> Lake {
    let lake = Lake::new();
    let mut unpack = Command::new("tar");
    unpack.args(["xzf", FIXTURE, "--strip-components=1", "-C"]).arg(lake.path());
    assert!(unpack.status().unwrap().success());
    lake
}

/// The newest commit of a pipeline.
fn head(lake: &Lake, pipeline: &str) -> Value {
    let folder = lake.path().join(format!("_convolake/{pipeline}/commits"));
    let newest = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    serde_json::from_slice(&std::fs::read(newest).unwrap()).unwrap()
}

fn n_rows(lake: &Lake) -> [usize; TABLES.len()] {
    TABLES.map(|table| lake.rows(table).len())
}

#[test]
fn a_lake_of_format_1_is_read_and_left_as_it_is_by_whoever_only_looks() {
    let lake = lake_of_format_1();
    let before = lake.all_files();
    Convolake::new(&["verify"]).to(&lake).ends(0);
    let status = Convolake::new(&["status"]).to(&lake).json().ends(0);
    let status = status.report();
    let rows = |table: &str| -> u64 {
        let pipelines = status["pipelines"].as_array().unwrap();
        pipelines.iter().filter_map(|pipeline| pipeline["tables"][table]["rows"].as_u64()).sum()
    };
    assert_eq!(TABLES.map(|table| usize::try_from(rows(table)).unwrap()), n_rows(&lake));
    assert!(lake.all_files() == before, "nothing is written");
    assert_eq!(head(&lake, "agentx")["version"], 1);
}

#[test]
fn the_next_run_names_the_files_of_a_lake_of_format_1() {
    let lake = lake_of_format_1();
    let before = n_rows(&lake);
    let source = Source::tidy(4);
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, &source, &lake).args(&["--allow-new-origin"]).ends(0);
        let head = head(&lake, pipeline);
        assert_eq!(head["version"], 2);
        for (name, table) in head["tables"].as_object().unwrap() {
            let manifests = table["manifests"].as_array().unwrap();
            let files: u64 = manifests.iter().map(|manifest| manifest["files"].as_u64().unwrap()).sum();
            assert_eq!(files, lake.files_of(name, pipeline).len() as u64, "{pipeline} {name}");
        }
        assert_eq!(kinds(&lake, pipeline), ["date".to_owned()].into(), "it goes on by days");
        assert!(!index(lake.path(), pipeline).exists() || is_empty(&index(lake.path(), pipeline)));
    }
    Convolake::new(&["verify"]).to(&lake).ends(0);
    for (before, after) in before.into_iter().zip(n_rows(&lake)) {
        assert!(after >= before, "rows of another source come beside those that are there");
    }
    for (pipeline, _) in PIPELINES {
        let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
        assert_eq!(ended.total("files_written"), 0, "{ended}");
        Convolake::replay(pipeline, &lake).ends(0);
        assert_eq!(kinds(&lake, pipeline), ["month".to_owned()].into());
    }
    Convolake::new(&["verify"]).to(&lake).ends(0);
}

fn index(lake: &Path, pipeline: &str) -> std::path::PathBuf {
    lake.join(format!("_convolake/{pipeline}/index"))
}

fn is_empty(folder: &Path) -> bool {
    crate::lake::files_below(folder).is_empty()
}
