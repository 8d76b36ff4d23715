//! The Delta tree follows commits: one version a commit, the rows of the plain files, whatever dies on the way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use proptest::prelude::*;

use crate::delta::tests::{files_at, versions};
use crate::lease::LeaseTimes;
use crate::storage::LakeStorage;
use crate::storage::remote::faulty_store::FaultyStore;
use crate::table::file::{self, TableFile, TableFileReader};
use crate::tests::crashes::dying_after;
use crate::tests::history;
use crate::tests::model::{BY_DAY, PIPELINE, Page, Scene, Setup, TABLE, TIMES, Table1, rows_of, seen};
use crate::tests::verified::found;
use crate::{DeltaVersion, FindingKind, Lake, LeaseHolder, LoadError, LoadMode, VacuumMode, Vacuumed};

fn holder(number: u32) -> LeaseHolder {
    LeaseHolder { run: format!("20261122T120000Z-{number:06}"), pid: 1, since: jiff::Timestamp::UNIX_EPOCH }
}

fn publish(lake: &Lake) -> Result<BTreeMap<String, DeltaVersion>, LoadError> {
    let lease = lake.lease(PIPELINE, &holder(0))?;
    lake.publish_delta(&lease, jiff::Timestamp::UNIX_EPOCH)
}

/// A run as the engine makes it: what is open is published, pages are loaded, their commit is published.
fn run(scene: &mut Scene, mode: LoadMode, pages: &[(u32, &Page)]) -> Result<(), LoadError> {
    publish(&scene.lake)?;
    scene.has_delta = true;
    scene.load(mode, pages)?;
    publish(&scene.lake).map(drop)
}

/// What a reader of a version of the table sees, or the key it sees twice; of the newest where none is given.
fn seen_in_delta(lake: &Lake, version: Option<u64>) -> Result<Table1, (u8, u8)> {
    rows_of(files_at(&lake.storage, TABLE, version)).unwrap()
}

#[derive(Debug, Clone, Copy)]
enum On {
    Disk,
    Store,
}

impl On {
    fn scene(self, setup: Setup) -> Scene {
        match self {
            Self::Disk => Scene::new(setup),
            Self::Store => Scene::in_store(setup, Arc::new(InMemory::new())),
        }
    }
}

/// Loads and publishes `after` on top of `before`, dying at each step in turn, then in clearing up, and going on.
fn converges(
    on: On,
    (before, after): (Vec<Page>, Vec<Page>),
    setup: Setup,
    dies_in_recovery_after: usize,
) -> Result<(), TestCaseError> {
    let before: Vec<(u32, &Page)> = (1..).zip(&before).collect();
    let after: Vec<(u32, &Page)> = (100..).zip(&after).collect();
    for steps in 0.. {
        let mut scene = on.scene(setup);
        run(&mut scene, LoadMode::Merge, &before).unwrap();
        let old = seen_in_delta(&scene.lake, None);
        prop_assert_eq!(&old, &scene.seen());
        let whole = scene.lake.clone();
        scene.lake = dying_after(&whole, steps);
        let outcome = run(&mut scene, LoadMode::Merge, &after);
        if outcome.is_err() {
            let now = seen_in_delta(&whole, None);
            prop_assert!(now == old || now == seen(&whole), "after {} steps", steps);
            scene.lake = dying_after(&whole, dies_in_recovery_after);
            let _ = run(&mut scene, LoadMode::Merge, &[]);
            scene.lake = whole.clone();
            run(&mut scene, LoadMode::Merge, &[]).unwrap();
            prop_assert_eq!(seen_in_delta(&whole, None), seen(&whole), "after {} steps", steps);
            run(&mut scene, LoadMode::Merge, &after).unwrap();
        }
        prop_assert_eq!(seen_in_delta(&whole, None), seen(&whole), "after {} steps", steps);
        let commits: Vec<u64> = versions(&whole.storage, TABLE);
        prop_assert!(commits.is_sorted_by(|one, other| one < other), "one version a commit: {:?}", commits);
        if outcome.is_ok() {
            break;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn a_crash_at_any_step_converges(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..8,
    ) {
        converges(On::Disk, pages, setup, dies_in_recovery_after)?;
    }

    #[test]
    fn a_crash_at_any_step_converges_in_a_store(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..14,
    ) {
        converges(On::Store, pages, setup, dies_in_recovery_after)?;
    }
}

const SETUP: Setup = Setup { replace: false, memory_bytes: 1 << 20, buckets: 1, partitions: BY_DAY };

/// A page that changes a row of one day and adds one to another.
fn page(number: u32) -> Page {
    let digit = |of: u32| u8::try_from(number % of).unwrap();
    vec![(digit(3), vec![(0, digit(7), Some(0)), (digit(4), digit(5), Some(digit(3)))])]
}

/// Every version shows what the lake held when it was committed, also across checkpoints, and a run with nothing new writes none.
#[test]
fn each_version_is_a_commit() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        let mut history = Vec::new();
        for number in 1..=25 {
            run(&mut scene, LoadMode::Merge, &[(number, &page(number))]).unwrap();
            if history.last() != Some(&scene.seen()) {
                history.push(scene.seen());
            }
            // Nothing new, nothing written.
            run(&mut scene, LoadMode::Merge, &[]).unwrap();
        }
        for (version, expected) in (0..).zip(&history) {
            assert_eq!(seen_in_delta(&scene.lake, Some(version)), *expected, "{version} {on:?}");
        }
        assert_eq!(versions(&scene.lake.storage, TABLE).len(), history.len());
        // A reader needs no version before the newest checkpoint.
        let old = (0..20).map(|version| crate::paths::delta_version(TABLE, version)).collect();
        pollster::block_on(scene.lake.storage.remove(old)).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
        run(&mut scene, LoadMode::Merge, &[(90, &page(6))]).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// A store that applies writes and loses their answers, or answers that it has not written what it has.
#[test]
fn lost_answers_make_no_second_version() {
    for seed in 0..12 {
        let memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let faulty = Arc::new(FaultyStore::new(Arc::clone(&memory), seed, 15));
        let mut scene = Scene::in_store(SETUP, faulty);
        for number in 1..=6 {
            // Where the store does not say what became of a write, the run ends, and the next goes on.
            let mut is_done = || run(&mut scene, LoadMode::Merge, &[(number, &page(number))]).is_ok();
            assert!((0..50).any(|_| is_done()), "seed {seed}");
        }
        let lake = Lake::over(LakeStorage::on_store(memory).unwrap(), TIMES);
        let commits = versions(&lake.storage, TABLE);
        assert!(
            commits.len() > 3 && commits.is_sorted_by(|one, other| one < other),
            "seed {seed}: {commits:?}"
        );
        assert_eq!(seen_in_delta(&lake, None), seen(&lake));
    }
}

/// `delta-io/delta#326` and what was tried here: a rewrite of the same files by others, not looked at, has rows twice.
#[test]
fn a_foreign_rewrite_is_refused_until_the_table_is_rebuilt() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        for number in 1..=3 {
            run(&mut scene, LoadMode::Merge, &[(number, &page(number))]).unwrap();
        }
        let storage = scene.lake.storage.clone();
        let foreign = concat!(
            r#"{"commitInfo":{"timestamp":1,"operation":"OPTIMIZE","engineInfo":"Apache-Spark/4.0"}}"#,
            "\n",
            r#"{"add":{"path":"source=agentx/date=1970-01-01/part-00000-x.snappy.parquet","partitionValues":{"source":"agentx","date":"1970-01-01"},"size":9,"modificationTime":1,"dataChange":false}}"#,
        );
        let name = crate::paths::delta_version(TABLE, 3);
        pollster::block_on(storage.create(&name, foreign.into())).unwrap();
        scene.load(LoadMode::Merge, &[(7, &page(9))]).unwrap();
        let error = publish(&scene.lake).unwrap_err();
        assert!(matches!(error, LoadError::DeltaForeign { version: 3, .. }), "{error}");
        assert!(error.to_string().contains("(OPTIMIZE)"), "{error}");
        let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
        scene.lake.rebuild_delta(&[lease], jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
        run(&mut scene, LoadMode::Merge, &[(8, &page(10))]).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// What is done to the tree behind our back is found, named with its place, and mended by a rebuild.
#[test]
fn verify_finds_what_is_wrong_with_the_tree() {
    type Damage = fn(&std::path::Path, &[String]);
    let damages: [(Damage, FindingKind); 5] = [
        (|root, files| std::fs::remove_file(root.join(&files[0])).unwrap(), FindingKind::FileMissing),
        (
            |root, files| {
                // Another file under its name, as long as it or not.
                std::fs::remove_file(root.join(&files[0])).unwrap();
                std::fs::copy(root.join(&files[1]), root.join(&files[0])).unwrap();
            },
            FindingKind::FileChanged,
        ),
        (
            |root, files| {
                let twin = files[0].replace("part-0-00000001-", "part-0-00000007-");
                std::fs::copy(root.join(&files[0]), root.join(&twin)).unwrap();
                add_version(root, &twin["delta/messages/".len()..]);
            },
            FindingKind::DeltaDoubled,
        ),
        (
            |root, _| std::fs::remove_dir_all(root.join("delta/messages/_delta_log")).unwrap(),
            // Nothing was ever published, for all that can be seen.
            FindingKind::CountsWrong,
        ),
        (
            |root, _| {
                let version = root.join("delta/messages/_delta_log/00000000000000000001.json");
                std::fs::write(version, "no JSON").unwrap();
            },
            FindingKind::DeltaUnreadable,
        ),
    ];
    for (damage, expected) in damages {
        let mut scene = Scene::new(SETUP);
        run(&mut scene, LoadMode::Merge, &[(1, &page(1)), (2, &page(5))]).unwrap();
        assert_eq!(found(&scene), BTreeMap::new());
        let listed = pollster::block_on(scene.lake.storage.list("delta/messages")).unwrap();
        let is_file = |name: &String| name.ends_with(".parquet");
        let files: Vec<String> = listed.into_iter().map(|listed| listed.name).filter(is_file).collect();
        damage(scene.folder.path(), &files);
        let kinds = found(&scene);
        match expected {
            FindingKind::CountsWrong => assert_eq!(kinds, BTreeMap::new()),
            _ => assert_eq!(kinds.get(&expected), Some(&1), "{kinds:?}"),
        }
        let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
        if expected == FindingKind::DeltaUnreadable {
            assert!(scene.lake.rebuild_delta(&[lease], jiff::Timestamp::UNIX_EPOCH).is_err());
            continue;
        }
        scene.lake.rebuild_delta(&[lease], jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(found(&scene), BTreeMap::new());
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// A version of somebody else that adds this file.
fn add_version(root: &std::path::Path, path: &str) {
    let size = std::fs::metadata(root.join("delta/messages").join(path)).unwrap().len();
    let line = format!(
        r#"{{"add":{{"path":"{path}","partitionValues":{{"source":"agentx","date":"1970-01-01"}},"size":{size},"modificationTime":1,"dataChange":true}}}}"#
    );
    std::fs::write(root.join("delta/messages/_delta_log/00000000000000000001.json"), line).unwrap();
}

/// What a vacuum takes is of no version that is younger than a week, and the plain files are not its business.
#[test]
#[expect(clippy::disallowed_methods, reason = "files are as old as the machine's clock says")]
fn a_vacuum_takes_what_no_reader_needs() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        for number in 1..=4 {
            run(&mut scene, LoadMode::Merge, &[(number, &page(number))]).unwrap();
        }
        let week = jiff::SignedDuration::from_hours(7 * 24);
        let n_files = || pollster::block_on(scene.lake.storage.list("delta")).unwrap().len();
        let vacuum = |days: i64, mode| {
            let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
            let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
            // Less than a week is a week.
            scene.lake.vacuum_delta(TABLE, &[lease], now, week / 7, mode).unwrap()
        };
        let before = n_files();
        assert_eq!(vacuum(6, VacuumMode::Do), Vacuumed::default());
        let told = vacuum(8, VacuumMode::Tell);
        assert!(told.files > 0 && told.bytes > 0);
        assert_eq!(n_files(), before);
        assert_eq!(vacuum(8, VacuumMode::Do), told);
        assert_eq!(n_files() as u64, before as u64 - told.files);
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
        run(&mut scene, LoadMode::Merge, &[(9, &page(9))]).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// Two pipelines publish into one table at once, again and again: no version is lost, and each has its rows once.
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
