//! A run that is killed at any write to the store loses and doubles nothing.

use std::time::{Duration, Instant};

use super::store::{FAULTS, Store, forget_lease};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::{PIPELINES, Source};
use crate::until::until;

#[test]
fn a_killed_run_is_finished_by_the_next_whichever_write_it_was_at() {
    let (pipeline, streams) = PIPELINES[0];
    let source = Source::tidy(3);
    let mut n_kills = 0;
    for is_applied in [false, true] {
        for number in 1.. {
            let store = Store::start();
            let lake = Lake::in_store(&store, "lake");
            store.stop_at(number, is_applied);
            let mut run = Convolake::pull(pipeline, &source, &lake).start();
            until("the store stops or the run ends", || store.has_stopped() || run.has_ended());
            if !store.has_stopped() {
                break;
            }
            run.kill();
            store.resume();
            n_kills += 1;
            if lake.path().join("_convolake").join(pipeline).join("lease").exists() {
                forget_lease(lake.path(), pipeline);
            }
            Convolake::pull(pipeline, &source, &lake).ends(0);
            for stream in streams {
                lake.holds_all(&source, stream);
            }
            let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
            assert_eq!(ended.total("files_written"), 0, "{ended}");
        }
    }
    assert!(n_kills >= 20, "{n_kills} kills");
    println!("figure s3_kills {n_kills}");
    println!("figure s3_rows_lost_or_doubled 0");
}

#[test]
fn a_run_amid_faults_loses_and_doubles_nothing() {
    let (pipeline, streams) = PIPELINES[1];
    let source = Source::tidy(20);
    let store = Store::start();
    let lake = Lake::in_store(&store, "lake");
    store.disturb(Some(4));
    Convolake::pull(pipeline, &source, &lake).ends(0);
    let n_faults = store.disturb(None);
    assert!(n_faults >= FAULTS.len(), "{n_faults} faults");
    for stream in streams {
        lake.holds_all(&source, stream);
    }
    let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
    assert_eq!(ended.total("files_written"), 0, "{ended}");
    println!("figure s3_faults_survived {n_faults}");
}

/// Each of the writes that a run stands or falls with, by the end of its name.
const DECISIVE: [&str; 4] = [".staged", "intents/00000001.json", "part-0.parquet", "commits/00000001.json"];

#[test]
fn whatever_is_answered_to_a_decisive_write_the_run_knows_what_became_of_it() {
    let (pipeline, streams) = PIPELINES[0];
    let source = Source::tidy(2);
    let mut n_resolved = 0;
    for name in DECISIVE {
        for fault in FAULTS {
            let store = Store::start();
            let lake = Lake::in_store(&store, "lake");
            store.fault(name, fault);
            Convolake::pull(pipeline, &source, &lake).ends(0);
            assert_eq!(store.disturb(None), 1, "{fault:?} was done to {name}");
            for stream in streams {
                lake.holds_all(&source, stream);
            }
            let commits = lake.path().join("_convolake").join(pipeline).join("commits");
            // That of the rows, and that of what their comparison has found.
            assert_eq!(std::fs::read_dir(commits).unwrap().count(), 2, "{fault:?} at {name}");
            n_resolved += 1;
        }
    }
    println!("figure s3_ambiguous_writes_resolved {n_resolved} of {}", DECISIVE.len() * FAULTS.len());
}

#[test]
fn a_live_run_is_named_and_a_killed_one_blocks_the_next_no_longer_than_its_lease() {
    let (pipeline, streams) = PIPELINES[0];
    let source = Source::tidy(12);
    let store = Store::start();
    let lake = Lake::in_store(&store, "lake");
    source.fault(convolake_simulator::Fault::new(
        streams[1],
        1,
        1,
        convolake_simulator::FaultKind::Delay { ms: 600_000 },
    ));
    let first = Convolake::pull(pipeline, &source, &lake).start();
    until("the first run asks", || !source.requests(streams[1]).is_empty());
    Convolake::pull(pipeline, &source, &lake)
        .ends(75)
        .says(&["another run holds the lease since", "process"]);

    first.kill();
    source.running.clear_faults();
    let killed = Instant::now();
    Convolake::pull(pipeline, &source, &lake).ends(0);
    let waited = killed.elapsed();
    assert!(waited < Duration::from_secs(60), "{waited:?}");
    println!("figure s3_wait_for_killed_run_s {:.1}", waited.as_secs_f64());
    for stream in streams {
        lake.holds_all(&source, stream);
    }
}
