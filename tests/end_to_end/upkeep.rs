//! A lake is kept up: few objects are made of many, and it is the same lake.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::convolake::{Convolake, param};
use crate::lake::{Lake, files_below};
use crate::source::{PIPELINES, Source};

/// A run of a month that is long closed.
const CLOSED: &str = "20200115T030000Z-0a1b2c3d";

/// The raw zone of a run as if it had been made long ago, and the tables that a replay makes of it.
fn lake_of_a_closed_month(source: &Source) -> Lake {
    let lake = Lake::new();
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, source, &lake).ends(0);
    }
    lake.keep_raw_only();
    for path in files_below(&lake.path().join("raw")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (run, seq) = name.rsplit_once('-').unwrap();
        let line = String::from_utf8(zstd::decode_all(&*fs::read(&path).unwrap()).unwrap()).unwrap();
        let line = line.replace(run, CLOSED);
        fs::write(
            path.with_file_name(format!("{CLOSED}-{seq}")),
            zstd::encode_all(line.as_bytes(), 3).unwrap(),
        )
        .unwrap();
        fs::remove_file(&path).unwrap();
    }
    for (pipeline, _) in PIPELINES {
        Convolake::replay(pipeline, &lake).ends(0);
    }
    lake
}

fn upkeep(lake: &Lake, words: &[&str]) -> Value {
    Convolake::new(&["upkeep"]).args(words).to(lake).json().ends(0).report()
}

fn raw(lake: &Lake, pipeline: &str) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_pack = |path: &PathBuf| path.parent().unwrap().file_name().unwrap() == "packs";
    files_below(&lake.path().join("raw").join(pipeline)).into_iter().partition(is_pack)
}

#[test]
fn a_lake_that_is_kept_up_is_the_same_lake() {
    let source = Source::of_small_pages(40);
    let lake = lake_of_a_closed_month(&source);
    let (contents, files) = (lake.contents(), lake.all_files());
    let before = PIPELINES.map(|(pipeline, _)| raw(&lake, pipeline).1.len());

    let told = upkeep(&lake, &["--dry-run"]);
    // The lease of a folder is a file.
    let is_lease = |path: &Path| path.ends_with("lease");
    let after: Vec<PathBuf> = lake.all_files().into_keys().filter(|path| !is_lease(path)).collect();
    assert_eq!(after, files.into_keys().filter(|path| !is_lease(path)).collect::<Vec<_>>());

    let done = upkeep(&lake, &[]);
    for (at, (pipeline, _)) in PIPELINES.iter().enumerate() {
        let (told, done) = (&told["pipelines"][at]["pages"], &done["pipelines"][at]["pages"]);
        assert_eq!(told["objects"], done["objects"], "{pipeline}");
        assert_eq!(done["objects"].as_u64().unwrap(), before[at] as u64, "{pipeline}");
        let (packs, own) = raw(&lake, pipeline);
        assert_eq!((packs.len() as u64, own.len()), (done["archives"].as_u64().unwrap(), 0), "{pipeline}");
    }
    lake.holds_just(&contents);
    Convolake::new(&["verify"]).to(&lake).ends(0);
    Convolake::new(&["status"]).to(&lake).ends(0);
    for (pipeline, _) in PIPELINES {
        assert_eq!(Convolake::replay(pipeline, &lake).ends(0).total("files_written"), 0);
        Convolake::pull(pipeline, &source, &lake).ends(0);
    }
    Convolake::new(&["verify"]).to(&lake).ends(0);
    assert!(upkeep(&lake, &[])["pipelines"].as_array().unwrap().iter().all(|of| of["pages"]["objects"] == 0));

    // A pack that is lost is told of, by name, and no row goes.
    let pack = raw(&lake, "agentx").0.remove(0);
    fs::remove_file(&pack).unwrap();
    let name = pack.file_name().unwrap().to_str().unwrap().to_owned();
    Convolake::new(&["verify", "agentx"]).to(&lake).ends(1).shows(&["archive_damaged", &name]);
    Convolake::replay("agentx", &lake).ends(1).says(&["landed pages are missing"]);
}

#[test]
fn a_page_that_refers_is_flattened_where_its_lake_is() {
    let source = Source::of_small_pages(40);
    let lake = Lake::new();
    Convolake::pull("convocore", &source, &lake).ends(0);
    let first = lake.raw_files("convocore", "list");
    Convolake::pull("convocore", &source, &lake).ends(0);
    let refers = |path: &PathBuf| {
        String::from_utf8(zstd::decode_all(&*fs::read(path).unwrap()).unwrap())
            .unwrap()
            .contains(r#""body_pa"#)
    };
    let again: Vec<PathBuf> = lake.raw_files("convocore", "list").into_iter().filter(refers).collect();
    assert!(!again.is_empty() && !first.iter().any(refers));
    let flatten = |path: &Path, to: &Lake| {
        Convolake::new(&["flatten", "convocore/list"]).arg(path).to(to).set(param("convocore")).without_keys()
    };
    flatten(&again[0], &Lake::new()).ends(0);
    let elsewhere = tempfile::TempDir::new().unwrap();
    let copy = elsewhere.path().join("page.jsonl.zst");
    fs::copy(&again[0], &copy).unwrap();
    let other = Lake::new();
    flatten(&copy, &other).ends(2).says(&["refers to raw/convocore/list/", "convolake replay convocore"]);
    assert!(other.rows("leads").is_empty());
}
