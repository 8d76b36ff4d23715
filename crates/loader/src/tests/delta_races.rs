//! Several who write the Delta tree at once, and who read beside them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::ObjectStore;
use object_store::memory::InMemory;

use crate::delta::tests::{files_at, versions};
use crate::lease::LeaseTimes;
use crate::storage::LakeStorage;
use crate::table::file::{self, TableFile, TableFileReader};
use crate::tests::delta::{SETUP, holder, page, run, seen_in_delta};
use crate::tests::model::{Scene, TABLE, Table1, rows_of};
use crate::{Lake, LoadMode};

/// `delta-rs#1254`: writers that overwrite at once have rows twice. Two pipelines publish into one table at once, again and again: no version is lost, and each has its rows once.
#[test]
fn two_pipelines_share_a_table() {
    const ROUNDS: u32 = 50;
    let folder = tempfile::tempdir().unwrap();
    let mut scenes = ["agentx", "convocore"].map(|pipeline| {
        let mut scene = Scene::new(SETUP);
        scene.lake = Lake::open(&crate::Location::Folder(folder.path().to_owned())).unwrap();
        scene.pipeline = pipeline;
        scene
    });
    std::thread::scope(|scope| {
        for scene in &mut scenes {
            scope.spawn(move || {
                for number in 1..=ROUNDS {
                    scene.load(LoadMode::Merge, &[(number, &page(number))]).unwrap();
                    let lease = scene.lake.lease(scene.pipeline, &holder(number)).unwrap();
                    scene.lake.publish_delta(&lease, jiff::Timestamp::UNIX_EPOCH).unwrap();
                }
            });
        }
    });
    let files = files_at(&scenes[0].lake.storage, TABLE, None);
    let n_rows = |files: Vec<TableFile>| -> u64 {
        files.iter().map(|file| TableFileReader::open(file).unwrap().n_rows()).sum()
    };
    let plain = |pipeline| file::list(&scenes[0].lake.storage, TABLE, pipeline).unwrap();
    assert_eq!(n_rows(files), n_rows(plain("agentx")) + n_rows(plain("convocore")));
    let n_versions = pollster::block_on(scenes[0].lake.storage.list("delta/messages/_delta_log")).unwrap();
    let n_versions = n_versions.iter().filter(|listed| listed.name.ends_with(".json")).count();
    assert_eq!(n_versions, versions(&scenes[0].lake.storage, TABLE).len());
    println!("figure delta_versions_of_two_pipelines {n_versions}");
}

/// The reason for the tree: readers of files that are replaced in place see generations mixed, and errors. Here each
/// reader sees one commit.
#[test]
fn readers_see_one_commit_while_others_come() {
    const PUBLISHES: u32 = 60;
    let mut scene = Scene::new(SETUP);
    run(&mut scene, LoadMode::Merge, &[(1, &page(1))]).unwrap();
    let storage = scene.lake.storage.clone();
    let is_over = AtomicBool::new(false);
    let (seen, committed) = std::thread::scope(|scope| {
        let read = || {
            let mut seen = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                seen.push(rows_of(files_at(&storage, TABLE, None)).unwrap().unwrap());
            }
            seen
        };
        let readers = [scope.spawn(read), scope.spawn(read)];
        let mut committed = vec![scene.seen().unwrap()];
        for number in 2..=PUBLISHES + 1 {
            run(&mut scene, LoadMode::Merge, &[(number, &page(number))]).unwrap();
            committed.push(scene.seen().unwrap());
        }
        is_over.store(true, Ordering::Relaxed);
        let seen: Vec<Table1> = readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
        (seen, committed)
    });
    let n_torn = seen.iter().filter(|rows| !committed.contains(rows)).count();
    println!("figure delta_reads_beside_{PUBLISHES}_publishes {}, torn {n_torn}", seen.len());
    assert_eq!(n_torn, 0);
}

/// A holder that stands still: it renews nothing, and on waking takes itself for the holder.
const ASLEEP: LeaseTimes = LeaseTimes {
    renewed_every: Duration::from_secs(3600),
    lost_after: Duration::from_secs(3600),
    abandoned_after: Duration::from_millis(20),
};

/// A run stands still before each of its steps in turn, and another takes its lease over, loads and publishes. Then it goes on: the table stays
/// what the newest commit says, or the next run makes it so, and no commit has two versions.
#[test]
fn a_run_that_lost_its_lease_takes_no_version_back() {
    let mut n_taken_over = 0;
    for sleeps_before in 0.. {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let scene = |first_run: u32| {
            let mut scene = Scene::in_store(SETUP, Arc::clone(&store));
            scene.lake = Lake::over(LakeStorage::on_store(Arc::clone(&store)).unwrap(), ASLEEP);
            scene.n_runs = first_run;
            scene
        };
        run(&mut scene(0), LoadMode::Merge, &[(1, &page(1)), (2, &page(2))]).unwrap();
        let steps = AtomicUsize::new(0);
        let (taker, has_loaded) = (Mutex::new(scene(50)), Arc::new(AtomicBool::new(false)));
        let loaded = Arc::clone(&has_loaded);
        let step = move |_: &'static str| {
            if steps.fetch_add(1, Ordering::Relaxed) == sleeps_before {
                run(&mut taker.lock().unwrap(), LoadMode::Merge, &[(200, &page(12))]).unwrap();
                loaded.store(true, Ordering::Relaxed);
            }
            Ok(())
        };
        let mut zombie = scene(10);
        zombie.lake.storage.steps = Arc::new(step);
        let outcome = run(&mut zombie, LoadMode::Merge, &[(100, &page(4))]);
        if !has_loaded.load(Ordering::Relaxed) {
            outcome.unwrap();
            break;
        }
        n_taken_over += 1;
        let mut last = scene(90);
        run(&mut last, LoadMode::Merge, &[]).unwrap();
        assert_eq!(seen_in_delta(&last.lake, None), last.seen(), "{sleeps_before}");
        let commits = versions(&last.lake.storage, TABLE);
        assert!(commits.is_sorted_by(|one, other| one < other), "{sleeps_before}: {commits:?}");
    }
    assert!(n_taken_over >= 12, "{n_taken_over} steps");
    println!("figure delta_zombie_steps_without_harm {n_taken_over} of {n_taken_over}");
}
