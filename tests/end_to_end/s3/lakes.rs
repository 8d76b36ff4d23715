//! Runs, reruns, changes and replays.

use convolake_simulator::ChangeRequest;

use super::store::Store;
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::python;
use crate::source::{PIPELINES, Source, lately};

#[test]
fn a_lake_in_a_bucket_holds_what_one_on_disk_does_and_a_rerun_writes_no_table_file() {
    let source = Source::tidy(30);
    let store = Store::start();
    let (disk, bucket) = (Lake::new(), Lake::in_store(&store, "a/lake"));
    for (pipeline, streams) in PIPELINES {
        Convolake::pull(pipeline, &source, &disk).ends(0);
        Convolake::pull(pipeline, &source, &bucket).ends(0);
        for stream in streams {
            bucket.holds_all(&source, stream);
        }
        python::rebuilds(&source, &streams, &bucket);
    }
    bucket.holds_just(&disk.contents());
    assert_no_stray_parquet(&store);

    store.forget();
    for (pipeline, _) in PIPELINES {
        let ended = Convolake::pull(pipeline, &source, &bucket).ends(0);
        assert_eq!(ended.total("files_written"), 0, "{ended}");
    }
    let tables = store.writes().iter().filter(|write| write.ends_with(".parquet")).count();
    assert_eq!(tables, 0, "{:?}", store.writes());
    println!("figure s3_rerun_table_writes {tables}");

    Convolake::new(&["verify"]).to(&bucket).ends(0);

    drop(source.running.change(ChangeRequest { percent: 20.0, seed: 1, at: lately() }));
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, &source, &disk).ends(0);
        Convolake::pull(pipeline, &source, &bucket).ends(0);
    }
    bucket.holds_just(&disk.contents());
    for (pipeline, _) in PIPELINES {
        Convolake::replay(pipeline, &bucket).ends(0);
    }
    bucket.holds_just(&disk.contents());
    Convolake::new(&["verify"]).to(&bucket).ends(0);
    // What is no longer what was committed is found there as well.
    let messages = bucket.path().join("messages/source=agentx");
    let date = std::fs::read_dir(messages).unwrap().next().unwrap().unwrap().path();
    std::fs::write(date.join("part-0.parquet"), "torn").unwrap();
    Convolake::new(&["verify"]).to(&bucket).ends(1);
}

/// Nothing beside the tables' own files ends in `.parquet`.
#[track_caller]
fn assert_no_stray_parquet(store: &Store) {
    let stray: Vec<String> = store
        .writes()
        .into_iter()
        .filter(|write| write.contains(".parquet") && !write.ends_with("/part-0.parquet"))
        .collect();
    assert!(stray.is_empty(), "{stray:?}");
}
