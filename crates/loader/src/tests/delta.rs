//! The Delta tree follows commits: one version a commit, the rows of the plain files, whatever dies on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use proptest::prelude::*;

use crate::delta::tests::{files_at, versions};
use crate::storage::remote::faulty_store::FaultyStore;
use crate::storage::{Expected, LakeStorage};
use crate::table::file;
use crate::tests::crashes::dying_after;
use crate::tests::history;
use crate::tests::model::{PIPELINE, Page, Scene, Setup, TABLE, TIMES, Table1, rows_of, seen};
use crate::tests::verified::found;
use crate::{DeltaVersion, FindingKind, Lake, Lease, LeaseHolder, LoadError, LoadMode, Trees};

pub(crate) fn holder(number: u32) -> LeaseHolder {
    LeaseHolder { run: format!("20261122T120000Z-{number:06}"), pid: 1, since: jiff::Timestamp::UNIX_EPOCH }
}

pub(crate) fn publish(lake: &Lake) -> Result<BTreeMap<String, DeltaVersion>, LoadError> {
    let lease = lake.lease(PIPELINE, &holder(0))?;
    lake.publish_delta(&lease, jiff::Timestamp::UNIX_EPOCH)
}

/// A run as the engine makes it: what is open is published, pages are loaded, their commit is published. Beside plain files, unless the
/// scene says otherwise.
pub(crate) fn run(scene: &mut Scene, mode: LoadMode, pages: &[(u32, &Page)]) -> Result<(), LoadError> {
    if scene.trees == Trees::Plain {
        scene.trees = Trees::PlainAndDelta;
    }
    run_as(scene, scene.trees, mode, pages)
}

/// A run of a pipeline that publishes these trees.
pub(crate) fn run_as(
    scene: &mut Scene,
    trees: Trees,
    mode: LoadMode,
    pages: &[(u32, &Page)],
) -> Result<(), LoadError> {
    scene.trees = trees;
    let lease = scene.lake.lease(scene.pipeline, &holder(0))?;
    scene.lake.change_tree(&lease, trees.files_in(), jiff::Timestamp::UNIX_EPOCH)?;
    let publish = |lease: &Lease| match trees {
        Trees::Plain => Ok(()),
        _ => scene.lake.publish_delta(lease, jiff::Timestamp::UNIX_EPOCH).map(drop),
    };
    publish(&lease)?;
    drop(lease);
    scene.load(mode, pages)?;
    let lease = scene.lake.lease(scene.pipeline, &holder(0))?;
    match trees {
        Trees::Plain => Ok(()),
        _ => scene.lake.publish_delta(&lease, jiff::Timestamp::UNIX_EPOCH).map(drop),
    }
}

/// What a reader of a version of the table sees, or the key it sees twice; of the newest where none is given.
pub(crate) fn seen_in_delta(lake: &Lake, version: Option<u64>) -> Result<Table1, (u8, u8)> {
    rows_of(files_at(&lake.storage, TABLE, version)).unwrap()
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum On {
    Disk,
    Store,
}

impl On {
    pub(crate) fn scene(self, setup: Setup) -> Scene {
        match self {
            Self::Disk => Scene::new(setup),
            Self::Store => Scene::in_store(setup, Arc::new(InMemory::new())),
        }
    }
}

/// Loads and publishes `after` on top of `before`, dying at each step in turn, then in clearing up, and going on. What was published as the
/// first trees is published as the second ones then.
pub(crate) fn converges(
    on: On,
    (trees_before, trees): (Trees, Trees),
    (before, after): (Vec<Page>, Vec<Page>),
    setup: Setup,
    dies_in_recovery_after: usize,
) -> Result<(), TestCaseError> {
    let setup = Setup { trees: Trees::Plain, ..setup };
    let before: Vec<(u32, &Page)> = (1..).zip(&before).collect();
    let after: Vec<(u32, &Page)> = (100..).zip(&after).collect();
    for steps in 0.. {
        let mut scene = on.scene(setup);
        run_as(&mut scene, trees_before, LoadMode::Merge, &before).unwrap();
        let old = scene.seen();
        let whole = scene.lake.clone();
        let agrees = |trees| match trees {
            Trees::Plain => true,
            _ => seen_in_delta(&whole, None) == seen(&whole),
        };
        prop_assert!(agrees(trees_before));
        scene.lake = dying_after(&whole, steps);
        let outcome = run_as(&mut scene, trees, LoadMode::Merge, &after);
        if outcome.is_err() {
            if trees_before != Trees::Plain {
                let now = seen_in_delta(&whole, None);
                prop_assert!(now == old || now == seen(&whole), "after {} steps", steps);
            }
            scene.lake = dying_after(&whole, dies_in_recovery_after);
            let _ = run_as(&mut scene, trees, LoadMode::Merge, &[]);
            scene.lake = whole.clone();
            run_as(&mut scene, trees, LoadMode::Merge, &[]).unwrap();
            prop_assert!(agrees(trees), "after {} steps", steps);
            run_as(&mut scene, trees, LoadMode::Merge, &after).unwrap();
        }
        prop_assert!(agrees(trees), "after {} steps", steps);
        let n_plain = file::list(&whole.storage, TABLE, PIPELINE).unwrap().len();
        prop_assert!(n_plain == 0 || trees != Trees::Delta, "after {} steps {} plain files", steps, n_plain);
        let found = found(&scene);
        prop_assert!(found.is_empty() || trees == Trees::Plain, "after {} steps: {:?}", steps, found);
        let commits: Vec<u64> = versions(&whole.storage, TABLE);
        prop_assert!(commits.is_sorted_by(|one, other| one < other), "one version a commit: {:?}", commits);
        if outcome.is_ok() {
            break;
        }
    }
    Ok(())
}

const BESIDE: (Trees, Trees) = (Trees::PlainAndDelta, Trees::PlainAndDelta);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn a_crash_at_any_step_converges(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..8,
    ) {
        converges(On::Disk, BESIDE, pages, setup, dies_in_recovery_after)?;
    }

    #[test]
    fn a_crash_at_any_step_converges_in_a_store(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..14,
    ) {
        converges(On::Store, BESIDE, pages, setup, dies_in_recovery_after)?;
    }
}

pub(crate) const SETUP: Setup = Setup { replace: false, ..Setup::REPLACING };

/// A page that changes a row of one day and adds one to another.
pub(crate) fn page(number: u32) -> Page {
    let digit = |of: u32| u8::try_from(number % of).unwrap();
    vec![(digit(3), vec![(0, digit(7), Some(0)), (digit(4), digit(5), Some(digit(3)))])]
}

/// `delta-rs#3047`: what was removed before a checkpoint came back behind it. Every version shows what the lake held when it was committed, also across checkpoints, and a run with nothing new writes none.
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

/// `delta-io/delta#1813`: where the table or what writes to it is brought back, the number of the last transaction in the log is ahead. A lake that was begun anew beside its Delta tables says so, and is mended by a
/// rebuild.
#[test]
fn a_log_that_is_ahead_of_the_lake_is_told_and_rebuilt() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        for number in 1..=5 {
            run(&mut scene, LoadMode::Merge, &[(number, &page(number))]).unwrap();
        }
        let storage = scene.lake.storage.clone();
        let mut all = pollster::block_on(storage.list("")).unwrap();
        all.retain(|listed| !crate::paths::is_of_delta(&listed.name));
        pollster::block_on(storage.remove(all.into_iter().map(|listed| listed.name).collect())).unwrap();
        scene.load(LoadMode::Merge, &[(11, &page(4))]).unwrap();
        let error = publish(&scene.lake).unwrap_err();
        assert!(matches!(error, LoadError::DeltaAhead { published: 5, commit: 1, .. }), "{error} {on:?}");
        assert!(found(&scene).contains_key(&FindingKind::DeltaBehind));
        let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
        scene.lake.rebuild_delta(&[lease], jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(found(&scene), BTreeMap::new(), "{on:?}");
        run(&mut scene, LoadMode::Merge, &[(12, &page(10))]).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// `delta-rs#3173`: deltalake takes a column of instants of which the log does not tell for one without values. A log that the release before this one
/// wrote, which told no nulls and had no property, says it of all files with the next version.
#[test]
fn a_log_that_tells_no_nulls_tells_them_with_the_next_version() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        for number in 1..=3 {
            run(&mut scene, LoadMode::Merge, &[(number, &page(number))]).unwrap();
        }
        let storage = scene.lake.storage.clone();
        let at = |version| crate::paths::delta_version(TABLE, version);
        for version in 0..3 {
            let bytes = pollster::block_on(storage.get(&at(version))).unwrap().unwrap();
            let mut lines: Vec<serde_json::Value> = bytes
                .split(|byte| *byte == b'\n')
                .filter_map(|line| serde_json::from_slice(line).ok())
                .collect();
            for line in &mut lines {
                if line.get("metaData").is_some() {
                    line["metaData"]["configuration"] = serde_json::json!({});
                }
                if line.get("add").is_some() {
                    line["add"]["stats"] = r#"{"numRecords":1}"#.into();
                }
                if line.get("commitInfo").is_some() {
                    line["commitInfo"]["operationParameters"]["tableDigests"] = "{}".into();
                }
            }
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let content = lines.join("\n").into();
            pollster::block_on(storage.replace(&at(version), content, &Expected::Anything)).unwrap();
        }
        publish(&scene.lake).unwrap();
        let state = pollster::block_on(crate::delta::tests::state(&storage, TABLE));
        assert_eq!(state.version, 3, "{on:?}");
        let metadata = state.metadata.unwrap();
        assert!(metadata.configuration["delta.dataSkippingStatsColumns"].contains("fetched_at"), "{on:?}");
        for (path, add) in state.files {
            let stats: serde_json::Value = serde_json::from_str(&add.stats.unwrap()).unwrap();
            assert_eq!(stats["nullCount"]["fetched_at"], 0, "{path}");
        }
        publish(&scene.lake).unwrap();
        assert_eq!(versions(&storage, TABLE).len(), 4, "once is enough");
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}
