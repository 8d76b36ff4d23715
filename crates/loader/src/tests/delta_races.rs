//! Several who write the Delta tree at once, and who read beside them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::ObjectStore;
use object_store::memory::InMemory;

use crate::delta::tests::{files_at, versions};
use crate::lease::LeaseTimes;
use crate::storage::LakeStorage;
use crate::table::file::{TableFile, TableFileReader};
use crate::tests::delta::{SETUP, holder, page, run, run_as, seen_in_delta};
use crate::tests::model::{Scene, TABLE, Table1, rows_of};
use crate::tests::verified::found;
use crate::{FindingKind, Lake, LoadMode, Trees};

/// `delta-rs#1254`: writers that overwrite at once have rows twice. Two pipelines publish into one table at once, again and again: no version is lost, and each has its rows once.
#[test]
fn two_pipelines_share_a_table() {
    for trees in [Trees::PlainAndDelta, Trees::Delta] {
        share_a_table(trees);
    }
}

fn share_a_table(trees: Trees) {
    const ROUNDS: u32 = 50;
    let folder = tempfile::tempdir().unwrap();
    let mut scenes = ["agentx", "convocore"].map(|pipeline| {
        let mut scene = Scene::new(SETUP);
        scene.lake = Lake::open(&crate::Location::Folder(folder.path().to_owned())).unwrap();
        scene.pipeline = pipeline;
        scene.trees = trees;
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
    let n_live = |pipeline| -> u64 {
        let live = scenes[0].lake.live_tables(pipeline).unwrap();
        live.tables[TABLE].files.iter().filter_map(|file| file.rows).sum()
    };
    assert_eq!(n_rows(files), n_live("agentx") + n_live("convocore"));
    let n_versions = pollster::block_on(scenes[0].lake.storage.list("delta/messages/_delta_log")).unwrap();
    let n_versions = n_versions.iter().filter(|listed| listed.name.ends_with(".json")).count();
    assert_eq!(n_versions, versions(&scenes[0].lake.storage, TABLE).len());
    println!("figure delta_versions_of_two_pipelines {n_versions}, {trees:?}");
}

/// The reason for the tree: readers of files that are replaced in place see generations mixed, and errors. Here each
/// reader sees one commit.
#[test]
fn readers_see_one_commit_while_others_come() {
    for trees in [Trees::PlainAndDelta, Trees::Delta] {
        readers_see_one_commit(trees);
    }
}

fn readers_see_one_commit(trees: Trees) {
    const PUBLISHES: u32 = 60;
    let mut scene = Scene::new(SETUP);
    scene.trees = trees;
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
    println!("figure delta_reads_beside_{PUBLISHES}_publishes {}, torn {n_torn}, {trees:?}", seen.len());
    assert_eq!(n_torn, 0);
}

/// A holder that stands still: it renews nothing, and on waking takes itself for the holder.
const ASLEEP: LeaseTimes = LeaseTimes {
    renewed_every: Duration::from_secs(3600),
    lost_after: Duration::from_secs(3600),
    abandoned_after: Duration::from_millis(20),
};

/// A run stands still before each of its steps in turn, and another takes its lease over, loads and publishes. Then it goes on: the table stays
/// what the newest commit says, or the next run makes it so, and no commit has two versions. The trees are those of before, of the one and
/// of the other.
fn takes_no_version_back([before, of_zombie, of_taker]: [Trees; 3]) -> usize {
    for sleeps_before in 0.. {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let scene = |first_run: u32| {
            let mut scene = Scene::in_store(SETUP, Arc::clone(&store));
            scene.lake = Lake::over(LakeStorage::on_store(Arc::clone(&store)).unwrap(), ASLEEP);
            scene.n_runs = first_run;
            scene
        };
        run_as(&mut scene(0), before, LoadMode::Merge, &[(1, &page(1)), (2, &page(2))]).unwrap();
        let steps = AtomicUsize::new(0);
        let (taker, has_loaded) = (Mutex::new(scene(50)), Arc::new(AtomicBool::new(false)));
        let loaded = Arc::clone(&has_loaded);
        let step = move |_: &'static str| {
            if steps.fetch_add(1, Ordering::Relaxed) == sleeps_before {
                let taker = &mut taker.lock().unwrap();
                run_as(taker, of_taker, LoadMode::Merge, &[(200, &page(12))]).unwrap();
                loaded.store(true, Ordering::Relaxed);
            }
            Ok(())
        };
        let mut zombie = scene(10);
        zombie.lake.storage.steps = Arc::new(step);
        let outcome = run_as(&mut zombie, of_zombie, LoadMode::Merge, &[(100, &page(4))]);
        if !has_loaded.load(Ordering::Relaxed) {
            outcome.unwrap();
            return sleeps_before;
        }
        let mut last = scene(90);
        run_as(&mut last, of_taker, LoadMode::Merge, &[]).unwrap();
        let trees = [before, of_zombie, of_taker];
        assert_eq!(seen_in_delta(&last.lake, None), last.seen(), "{sleeps_before} {trees:?}");
        let mut found = found(&last);
        if of_zombie != Trees::Delta && of_taker == Trees::Delta {
            // A plain file that it sends where the other has removed all of them: it is told of, and is of no table.
            found.remove(&FindingKind::FileUnknown);
        }
        assert_eq!(found, BTreeMap::new(), "{sleeps_before} {trees:?}");
        let taken: Vec<u32> = last.seen().unwrap().values().map(|(_, _, page)| *page).collect();
        assert!(taken.contains(&200), "{sleeps_before} {trees:?}");
        let commits = versions(&last.lake.storage, TABLE);
        assert!(commits.is_sorted_by(|one, other| one < other), "{sleeps_before}: {commits:?}");
    }
    0
}

#[test]
fn a_run_that_lost_its_lease_takes_no_version_back() {
    use Trees::{Delta, PlainAndDelta};
    for trees in [
        [PlainAndDelta, PlainAndDelta, PlainAndDelta],
        [Delta, Delta, Delta],
        [PlainAndDelta, PlainAndDelta, Delta],
        [PlainAndDelta, Delta, Delta],
        [Delta, PlainAndDelta, Delta],
    ] {
        let n_steps = takes_no_version_back(trees);
        assert!(n_steps >= 8, "{n_steps} steps {trees:?}");
        println!("figure delta_zombie_steps_without_harm {trees:?} {n_steps} of {n_steps}");
    }
}
