//! The Delta tree held against the commits, mended, and cleared.

use std::collections::BTreeMap;

use crate::tests::delta::{On, SETUP, holder, page, run, run_as, seen_in_delta};
use crate::tests::model::{PIPELINE, Scene, TABLE};
use crate::tests::upkeep::UpkeepMode;
use crate::tests::verified::found;
use crate::{FindingKind, LoadError, LoadMode, Trees, Upkeep, UpkeepLimit, Vacuumed};

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
pub(crate) fn add_version(root: &std::path::Path, path: &str) {
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
            let pipelines = [PIPELINE.to_owned()].into();
            match mode {
                UpkeepMode::Do => scene.lake.vacuum_delta(TABLE, &[lease], now, week / 7).unwrap(),
                // Beside a run that holds the lease.
                UpkeepMode::Tell => scene.lake.vacuum_due(TABLE, &pipelines, now, week / 7).unwrap(),
            }
        };
        let before = n_files();
        assert_eq!(vacuum(6, UpkeepMode::Do), Vacuumed::default());
        let told = vacuum(8, UpkeepMode::Tell);
        assert!(told.files > 0 && told.bytes > 0);
        assert_eq!(n_files(), before);
        assert_eq!(vacuum(8, UpkeepMode::Do), told);
        assert_eq!(n_files() as u64, before as u64 - told.files);
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
        run(&mut scene, LoadMode::Merge, &[(9, &page(9))]).unwrap();
        assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
    }
}

/// `delta-rs#2174`, `delta-io/delta#4146`: logs were cleaned of what a reader needs. Upkeep has the log expire too, a bounded part of it in a run; a reader finds all that it needs.
#[test]
#[expect(clippy::disallowed_methods, reason = "files are as old as the machine's clock says")]
fn the_log_expires_in_upkeep() {
    for on in [On::Disk, On::Store] {
        for trees in [Trees::PlainAndDelta, Trees::Delta] {
            let mut scene = on.scene(SETUP);
            for number in 1..=24 {
                run_as(&mut scene, trees, LoadMode::Merge, &[(number, &page(number))]).unwrap();
            }
            let objects =
                || pollster::block_on(scene.lake.storage.list("delta/messages/_delta_log")).unwrap().len();
            let upkeep = |days: i64, limit, mode| {
                let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
                let head = scene.lake.head(PIPELINE).unwrap().unwrap();
                let created_at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
                let may_pack = |_: &crate::LandedName| false;
                let asked = Upkeep {
                    run: &head.run,
                    created_at,
                    state: head.state.clone(),
                    may_pack: &may_pack,
                    limit,
                };
                let done = match mode {
                    UpkeepMode::Do => scene.lake.upkeep(&lease, &asked),
                    UpkeepMode::Tell => scene.lake.upkeep_due(PIPELINE, &asked),
                };
                done.unwrap().delta_log
            };
            let before = objects();
            assert_eq!(upkeep(29, UpkeepLimit::None, UpkeepMode::Do), 0);
            let all = upkeep(31, UpkeepLimit::None, UpkeepMode::Tell);
            assert!(all > 10 && objects() == before, "{all}");
            assert_eq!(upkeep(31, UpkeepLimit::Objects(7), UpkeepMode::Do), 7);
            assert_eq!(upkeep(31, UpkeepLimit::None, UpkeepMode::Do), all - 7);
            assert_eq!(objects() as u64, before as u64 - all);
            assert_eq!(upkeep(31, UpkeepLimit::None, UpkeepMode::Do), 0);
            assert_eq!((seen_in_delta(&scene.lake, None), found(&scene)), (scene.seen(), BTreeMap::new()));
            run_as(&mut scene, trees, LoadMode::Merge, &[(30, &page(30))]).unwrap();
            assert_eq!(seen_in_delta(&scene.lake, None), scene.seen());
        }
    }
}

/// A name that no Delta table has is refused by who publishes, before anything of the table is written.
#[test]
fn a_column_that_delta_does_not_know_is_refused() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &page(1))]).unwrap();
    let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
    let head = scene.lake.head(PIPELINE).unwrap().unwrap();
    let text = head.tables[TABLE].columns.iter().position(|line| line.starts_with("text")).unwrap();
    let mut changed = head.clone();
    let column = &mut changed.tables.get_mut(TABLE).unwrap().columns[text];
    *column = column.replacen("text", "its text", 1);
    drop(lease);
    let name = crate::paths::commit(PIPELINE, head.seq);
    let sealed = crate::storage::seal::seal(&name, &changed).unwrap();
    std::fs::write(scene.folder.path().join(&name), sealed).unwrap();
    let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
    let error = scene.lake.publish_delta(&lease, jiff::Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(matches!(&error, LoadError::DeltaColumn { column, .. } if column == "its text"), "{error}");
    assert!(!scene.folder.path().join("delta").exists());
}
