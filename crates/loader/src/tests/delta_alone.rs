//! Tables whose files lie in the Delta tree alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convolake_model::Tree;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use proptest::prelude::*;

use crate::delta::tests::versions;
use crate::storage::LakeStorage;
use crate::storage::remote::faulty_store::FaultyStore;
use crate::table::file::{self, TableFile};
use crate::tests::delta::{On, SETUP, converges, holder, page, run_as, seen_in_delta};
use crate::tests::history;
use crate::tests::model::{PIPELINE, Scene, TABLE, TIMES, live_files, seen};
use crate::tests::verified::found;
use crate::{FindingKind, Lake, LoadError, LoadMode, Trees};

const ALONE: (Trees, Trees) = (Trees::Delta, Trees::Delta);

fn other_trees() -> impl Strategy<Value = (Trees, Trees)> {
    prop::sample::select(vec![
        (Trees::Plain, Trees::Delta),
        (Trees::PlainAndDelta, Trees::Delta),
        (Trees::Delta, Trees::Plain),
        (Trees::Delta, Trees::PlainAndDelta),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn a_crash_at_any_step_converges(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..8,
    ) {
        converges(On::Disk, ALONE, pages, setup, dies_in_recovery_after)?;
    }

    #[test]
    fn a_crash_at_any_step_converges_in_a_store(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..14,
    ) {
        converges(On::Store, ALONE, pages, setup, dies_in_recovery_after)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    /// `publish` is another from one run to the next, and the first of them dies at each of its steps.
    #[test]
    fn a_crash_at_any_step_of_a_change_of_trees_converges(
        trees in other_trees(),
        on in prop::sample::select(vec![On::Disk, On::Store]),
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..14,
    ) {
        converges(on, trees, pages, setup, dies_in_recovery_after)?;
    }
}

fn hashes(files: &[TableFile]) -> BTreeSet<String> {
    let hash =
        |file: &TableFile| crate::table::expected_file::content(file.stored().unwrap()).unwrap().sha256;
    files.iter().map(hash).collect()
}

/// The same files as a plain lake has, byte for byte, and no plain file at any time; each version is a commit, and a run with nothing new writes
/// nothing.
#[test]
fn files_are_those_of_a_plain_lake() {
    for on in [On::Disk, On::Store] {
        let (mut alone, mut plain) = (on.scene(SETUP), on.scene(SETUP));
        let mut commits = Vec::new();
        for number in 1..=14 {
            let pages = [(number, &page(number))];
            run_as(&mut alone, Trees::Delta, LoadMode::Merge, &pages).unwrap();
            run_as(&mut plain, Trees::Plain, LoadMode::Merge, &pages).unwrap();
            assert_eq!(hashes(&live_files(&alone.lake).unwrap()), hashes(&live_files(&plain.lake).unwrap()));
            assert_eq!(alone.seen(), plain.seen());
            if commits.last() != Some(&alone.seen()) {
                commits.push(alone.seen());
            }
            let listed = || pollster::block_on(alone.lake.storage.list("")).unwrap();
            assert!(!listed().iter().any(|listed| listed.name.starts_with("messages/")));
            let before = listed().len();
            run_as(&mut alone, Trees::Delta, LoadMode::Merge, &[]).unwrap();
            assert_eq!(pollster::block_on(alone.lake.storage.list("")).unwrap().len(), before);
        }
        for (version, expected) in (0..).zip(&commits) {
            assert_eq!(seen_in_delta(&alone.lake, Some(version)), *expected, "{version} {on:?}");
        }
        assert_eq!(versions(&alone.lake.storage, TABLE).len(), commits.len());
        assert_eq!(found(&alone), BTreeMap::new());
        // A rebuild of the same pages changes nothing, and one of others leaves what it needs not.
        let all: Vec<_> = (1..=14).map(|number| (number, page(number))).collect();
        let all: Vec<_> = all.iter().map(|(number, page)| (*number, page)).collect();
        let before = hashes(&live_files(&alone.lake).unwrap());
        run_as(&mut alone, Trees::Delta, LoadMode::Rebuild, &all).unwrap();
        assert_eq!(hashes(&live_files(&alone.lake).unwrap()), before);
        assert_eq!(found(&alone), BTreeMap::new());
        run_as(&mut alone, Trees::Delta, LoadMode::Rebuild, &all[..3]).unwrap();
        run_as(&mut plain, Trees::Plain, LoadMode::Rebuild, &all[..3]).unwrap();
        assert_eq!((alone.seen(), found(&alone)), (plain.seen(), BTreeMap::new()));
        assert_eq!(seen_in_delta(&alone.lake, None), plain.seen());
    }
}

/// A change of `publish` takes the names that the Delta table has for the files that stay, so that its readers see no change at all.
#[test]
fn a_change_of_trees_is_none_to_readers_of_the_delta_table() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        for number in 1..=4 {
            run_as(&mut scene, Trees::PlainAndDelta, LoadMode::Merge, &[(number, &page(number))]).unwrap();
        }
        let (n_versions, rows) = (versions(&scene.lake.storage, TABLE).len(), scene.seen());
        for trees in [Trees::Delta, Trees::PlainAndDelta, Trees::Delta, Trees::Plain, Trees::PlainAndDelta] {
            run_as(&mut scene, trees, LoadMode::Merge, &[]).unwrap();
            assert_eq!((scene.seen(), found(&scene)), (rows.clone(), BTreeMap::new()), "{trees:?} {on:?}");
            assert_eq!(seen_in_delta(&scene.lake, None), rows);
            assert_eq!(versions(&scene.lake.storage, TABLE).len(), n_versions, "{trees:?} {on:?}");
            let plain = file::list(&scene.lake.storage, TABLE, PIPELINE).unwrap();
            assert_eq!(plain.is_empty(), trees == Trees::Delta);
        }
        run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[(5, &page(5))]).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// Plain files that no commit names are neither taken for the table's nor written over.
#[test]
fn plain_files_that_nobody_knows_are_told_of() {
    let stray = |scene: &Scene| {
        let folder = scene.folder.path().join("messages/source=agentx/date=1970-01-01");
        std::fs::create_dir_all(&folder).unwrap();
        let mut other = Scene::new(SETUP);
        other.load(LoadMode::Merge, &[(1, &page(1))]).unwrap();
        let files = file::list(&other.lake.storage, TABLE, PIPELINE).unwrap();
        std::fs::copy(files[0].stored().unwrap().path(), folder.join("part-0.parquet")).unwrap();
    };
    for mode in [LoadMode::Merge, LoadMode::Rebuild] {
        let mut scene = Scene::new(SETUP);
        stray(&scene);
        let error = run_as(&mut scene, Trees::Delta, mode, &[(1, &page(1))]).unwrap_err();
        assert!(matches!(error, LoadError::OtherTree { wanted: Tree::Delta, .. }), "{error}");
    }
    let mut scene = Scene::new(SETUP);
    run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[(1, &page(1))]).unwrap();
    stray(&scene);
    assert_eq!(found(&scene).get(&FindingKind::FileUnknown), Some(&1));
    let error = run_as(&mut scene, Trees::Plain, LoadMode::Merge, &[]).unwrap_err();
    assert!(matches!(error, LoadError::NotAsCommitted { found: "is there", .. }), "{error}");
    run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[(2, &page(2))]).unwrap();
}

/// `delta-rs#3645`: a file that is there before the version that adds it was vacuumed. What is live is never vacuumed, also where the log does not
/// tell of it yet.
#[test]
#[expect(clippy::disallowed_methods, reason = "files are as old as the machine's clock says")]
fn a_vacuum_keeps_what_a_commit_names() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        // Two commits that the log does not show yet.
        run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[(1, &vec![(0, vec![(0, 1, Some(0))])])]).unwrap();
        for (number, text) in [(2, 2), (3, 3)] {
            scene.load(LoadMode::Merge, &[(number, &vec![(0, vec![(0, text, Some(0))])])]).unwrap();
        }
        let in_8_days = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 8);
        let vacuum = |scene: &Scene| {
            let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
            scene.lake.vacuum_delta(TABLE, &[lease], in_8_days, jiff::SignedDuration::ZERO).unwrap()
        };
        assert_eq!(vacuum(&scene).files, 1);
        assert_eq!(scene.seen().unwrap()[&(0, 0)].0, 3);
        run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[]).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
        vacuum(&scene);
        assert_eq!((found(&scene), seen_in_delta(&scene.lake, None)), (BTreeMap::new(), scene.seen()));
    }
}

/// `delta-rs#455`, `delta-rs#2507`: a file that was added, removed and added again. Somebody else takes a file out of the table; a rebuild has it back
/// under its own name, since it lies nowhere else, and no vacuum takes it for one that was removed.
#[test]
#[expect(clippy::disallowed_methods, reason = "files are as old as the machine's clock says")]
fn a_file_that_others_removed_comes_back() {
    for on in [On::Disk, On::Store] {
        let mut scene = on.scene(SETUP);
        run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[(1, &page(1)), (2, &page(5))]).unwrap();
        let live = scene.lake.live_tables(PIPELINE).unwrap();
        let path = live.tables[TABLE].files[0].name["delta/messages/".len()..].to_owned();
        let foreign = format!(
            r#"{{"commitInfo":{{"operation":"DELETE"}}}}
{{"remove":{{"path":"{path}","deletionTimestamp":1,"dataChange":true}}}}"#
        );
        let name = crate::paths::delta_version(TABLE, 1);
        pollster::block_on(scene.lake.storage.create(&name, foreign.into())).unwrap();
        assert_ne!(seen_in_delta(&scene.lake, None), scene.seen());
        assert!(matches!(found(&scene).get(&FindingKind::DeltaForeign), Some(1)));
        let error = run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[]).unwrap_err();
        assert!(matches!(error, LoadError::DeltaForeign { version: 1, .. }), "{error}");
        let lease = || scene.lake.lease(PIPELINE, &holder(0)).unwrap();
        scene.lake.rebuild_delta(&[lease()], jiff::Timestamp::UNIX_EPOCH).unwrap();
        let in_8_days = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 8);
        let vacuumed = scene.lake.vacuum_delta(TABLE, &[lease()], in_8_days, jiff::SignedDuration::ZERO);
        assert_eq!(vacuumed.unwrap().files, 0);
        assert_eq!((seen_in_delta(&scene.lake, None), found(&scene)), (scene.seen(), BTreeMap::new()));
        for number in 3..=14 {
            run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[(number, &page(number))]).unwrap();
        }
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// Damage is found, named with its place, and a rebuild mends what landed pages give.
#[test]
fn verify_finds_what_is_wrong() {
    type Damage = fn(&std::path::Path, &[String]);
    let damages: [(Damage, FindingKind); 4] = [
        (|root, files| std::fs::remove_file(root.join(&files[0])).unwrap(), FindingKind::FileMissing),
        (
            |root, files| {
                std::fs::remove_file(root.join(&files[0])).unwrap();
                std::fs::copy(root.join(&files[1]), root.join(&files[0])).unwrap();
            },
            FindingKind::FileChanged,
        ),
        (
            |root, files| {
                let twin = files[0].replace("part-0-00000001-", "part-0-00000007-");
                std::fs::copy(root.join(&files[0]), root.join(&twin)).unwrap();
                crate::tests::delta_upkeep::add_version(root, &twin["delta/messages/".len()..]);
            },
            FindingKind::DeltaDoubled,
        ),
        (
            |root, _| std::fs::remove_dir_all(root.join("delta/messages/_delta_log")).unwrap(),
            FindingKind::DeltaBehind,
        ),
    ];
    for (damage, expected) in damages {
        let pages = [(1, &page(1)), (2, &page(5))];
        let mut scene = Scene::new(SETUP);
        run_as(&mut scene, Trees::Delta, LoadMode::Merge, &pages).unwrap();
        let rows = scene.seen();
        assert_eq!(found(&scene), BTreeMap::new());
        let listed = pollster::block_on(scene.lake.storage.list("delta/messages")).unwrap();
        let is_file = |name: &String| name.ends_with(".parquet");
        let files: Vec<String> = listed.into_iter().map(|listed| listed.name).filter(is_file).collect();
        damage(scene.folder.path(), &files);
        let kinds = found(&scene);
        assert_eq!(kinds.get(&expected), Some(&1), "{kinds:?}");
        let is_of_file = matches!(expected, FindingKind::FileMissing | FindingKind::FileChanged);
        let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
        let rebuilt = scene.lake.rebuild_delta(&[lease], jiff::Timestamp::UNIX_EPOCH);
        // What lies nowhere else cannot be placed anew.
        assert_eq!(rebuilt.is_err(), is_of_file, "{rebuilt:?}");
        if expected == FindingKind::FileChanged {
            // As what `verify` says: it is moved away first.
            run_as(&mut scene, Trees::Delta, LoadMode::Rebuild, &pages).unwrap_err();
            std::fs::remove_file(scene.folder.path().join(&files[0])).unwrap();
        }
        run_as(&mut scene, Trees::Delta, LoadMode::Rebuild, &pages).unwrap();
        assert_eq!((scene.seen(), seen_in_delta(&scene.lake, None)), (rows.clone(), rows), "{expected:?}");
        assert_eq!(found(&scene), BTreeMap::new(), "{expected:?}");
    }
}

/// A rebuild takes the Delta log for what its commit lists, where manifests are gone.
#[test]
fn a_rebuild_gets_over_lost_manifests() {
    let pages = [(1, &page(1)), (2, &page(5))];
    let mut scene = Scene::new(SETUP);
    run_as(&mut scene, Trees::Delta, LoadMode::Merge, &pages).unwrap();
    let rows = scene.seen();
    std::fs::remove_dir_all(scene.folder.path().join("_convolake/agentx/manifests")).unwrap();
    assert!(run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[(3, &page(3))]).is_err());
    scene.load(LoadMode::Rebuild, &pages).unwrap();
    run_as(&mut scene, Trees::Delta, LoadMode::Merge, &[]).unwrap();
    assert_eq!((scene.seen(), found(&scene)), (rows, BTreeMap::new()));
}

/// A store that applies writes and loses their answers.
#[test]
fn lost_answers_lose_no_row() {
    for seed in 0..12 {
        let memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let faulty = Arc::new(FaultyStore::new(Arc::clone(&memory), seed, 15));
        let mut scene = Scene::in_store(SETUP, faulty);
        let mut plain = Scene::new(SETUP);
        for number in 1..=6 {
            // The trees change on the way.
            let trees = if number % 3 == 2 { Trees::PlainAndDelta } else { Trees::Delta };
            let mut is_done =
                || run_as(&mut scene, trees, LoadMode::Merge, &[(number, &page(number))]).is_ok();
            assert!((0..80).any(|_| is_done()), "seed {seed}");
            plain.load(LoadMode::Merge, &[(number, &page(number))]).unwrap();
        }
        let lake = Lake::over(LakeStorage::on_store(memory).unwrap(), TIMES);
        assert_eq!(seen(&lake), plain.seen(), "seed {seed}");
        assert_eq!(seen_in_delta(&lake, None), seen(&lake), "seed {seed}");
    }
}

/// Of two pipelines that share a table one publishes plain files, the other Delta alone: each has its rows where it says.
#[test]
fn two_pipelines_may_publish_one_table_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let scene = |pipeline| {
        let mut scene = Scene::new(SETUP);
        scene.lake = Lake::open(&crate::Location::Folder(folder.path().to_owned())).unwrap();
        scene.pipeline = pipeline;
        scene
    };
    let (mut alone, mut plain) = (scene("agentx"), scene("convocore"));
    for number in 1..=3 {
        run_as(&mut alone, Trees::Delta, LoadMode::Merge, &[(number, &page(number))]).unwrap();
        run_as(&mut plain, Trees::Plain, LoadMode::Merge, &[(number, &page(number + 1))]).unwrap();
    }
    assert_eq!(seen_in_delta(&alone.lake, None), alone.seen());
    let names = |pipeline| -> Vec<String> {
        let live = alone.lake.live_tables(pipeline).unwrap();
        live.tables[TABLE].files.iter().map(|file| file.check().map(|_| file.name.clone()).unwrap()).collect()
    };
    assert!(names("agentx").iter().all(|name| name.starts_with("delta/messages/source=agentx/")));
    assert!(names("convocore").iter().all(|name| name.starts_with("messages/source=convocore/")));
    // A rebuild shows what both have, and takes nothing of either.
    let leases = ["agentx", "convocore"].map(|pipeline| alone.lake.lease(pipeline, &holder(9)).unwrap());
    alone.lake.rebuild_delta(&leases, jiff::Timestamp::UNIX_EPOCH).unwrap();
    drop(leases);
    let (of_both, n_alone) =
        (crate::delta::tests::files_at(&alone.lake.storage, TABLE, None).len(), names("agentx").len());
    assert_eq!(of_both, n_alone + names("convocore").len());
    run_as(&mut alone, Trees::Delta, LoadMode::Merge, &[(9, &page(9))]).unwrap();
    assert_eq!(found(&alone), BTreeMap::new());
}
