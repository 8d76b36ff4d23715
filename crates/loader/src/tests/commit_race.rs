//! Commits below the lease: of many processes that append at once, one wins each number, on disk and on S3.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use object_store::memory::InMemory;

use crate::publish::commit;
use crate::storage::blocking::block_on;
use crate::storage::contract_tests::store;
use crate::storage::remote::faulty_store::FaultyStore;
use crate::storage::{Created, LakeStorage};
use crate::{Lake, Location, paths};

const PIPELINE: &str = "agentx";
const WRITERS: usize = 8;
const COMMITS_EACH: usize = 25;
/// Names the lake to a process that is to write.
const LAKE: &str = "CONVOLAKE_COMMIT_RACE_LAKE";

/// Appends commits behind those that are there, until it has won as many as it is to; tells the numbers.
fn append(lake: &LakeStorage, writer: u32) -> Vec<u64> {
    let mut won = Vec::new();
    let mut seq = 1;
    while won.len() < COMMITS_EACH {
        let content = Bytes::from(format!("{writer} {seq} {}", won.len()));
        if block_on(lake.create(&paths::commit(PIPELINE, seq), content)).unwrap() == Created::Ours {
            won.push(seq);
        }
        seq += 1;
    }
    won
}

/// Each number from 1 on was won once, and stands in the lake.
#[track_caller]
fn check_dense(lake: &LakeStorage, mut won: Vec<u64>, n_writers: usize) {
    won.sort_unstable();
    let dense: Vec<u64> = (1..=(n_writers * COMMITS_EACH) as u64).collect();
    assert_eq!(won, dense, "each number has one winner, and none is left out");
    let listed = block_on(lake.list(&paths::commits(PIPELINE))).unwrap();
    let listed: Vec<u64> = listed.iter().filter_map(|listed| commit::seq_of(&listed.name)).collect();
    assert_eq!(listed, dense);
}

/// Runs this very test in processes that write to `to`; in such a process, writes.
fn race(test: &str, to: &str, environment: &[(&str, String)]) -> Option<Vec<u64>> {
    if let Ok(lake) = std::env::var(LAKE) {
        let lake = Lake::open(&Location::parse(&lake).unwrap()).unwrap();
        append(&lake.storage, std::process::id()).iter().for_each(|seq| println!("won {seq}"));
        return None;
    }
    let start = |_| {
        let mut writer = Command::new(std::env::current_exe().unwrap());
        writer.args([&format!("tests::commit_race::{test}"), "--exact", "--nocapture"]);
        writer.env(LAKE, to).envs(environment.iter().cloned()).stdout(Stdio::piped()).spawn().unwrap()
    };
    let writers: Vec<Child> = (0..WRITERS).map(start).collect();
    let mut won = Vec::new();
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
        won.extend(said.lines().filter_map(|line| line.strip_prefix("won ")?.parse::<u64>().ok()));
    }
    Some(won)
}

#[test]
fn of_processes_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let Some(won) = race("of_processes_on_disk", to, &[]) else { return };
    let lake = Lake::open(&Location::parse(to).unwrap()).unwrap();
    check_dense(&lake.storage, won, WRITERS);
    println!("figure concurrent_commits_on_disk {}", WRITERS * COMMITS_EACH);
}

#[test]
fn of_processes_on_s3() {
    let store = store::Store::start();
    let to = format!("s3://{}/race", store::BUCKET);
    let Some(won) = race("of_processes_on_s3", &to, &store.environment()) else { return };
    // The store keeps objects as files.
    let lake = Lake::open(&Location::Folder(store.folder_of("race"))).unwrap();
    check_dense(&lake.storage, won, WRITERS);
    println!("figure concurrent_commits_on_s3 {}", WRITERS * COMMITS_EACH);
}

#[test]
fn of_threads_in_a_store_that_lies() {
    const WRITERS: u32 = 8;
    let memory = Arc::new(InMemory::new());
    let start = |seed: u32| {
        let faulty = FaultyStore::new(memory.clone(), seed.into(), 20);
        let lake = LakeStorage::on_store(Arc::new(faulty)).unwrap();
        std::thread::spawn(move || append(&lake, seed))
    };
    let writers: Vec<_> = (0..WRITERS).map(start).collect();
    let won = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    check_dense(&LakeStorage::on_store(memory).unwrap(), won, WRITERS as usize);
}
