//! What others and killed processes leave in a lake's folders.

use std::collections::BTreeMap;

use crate::storage::blocking::block_on;
use crate::tests::delta::{SETUP, holder, page};
use crate::tests::model::{PIPELINE, Scene, TABLE};
use crate::tests::verified::found;
use crate::{FindingKind, LoadError, LoadMode, Upkeep, UpkeepLimit};

/// What was found here: `verify` took them for faults. Names that begin with `.` or `_` are passed over by readers, and file managers, NFS and Spark leave such.
#[test]
fn names_that_readers_pass_over_are_no_fault() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &page(1))]).unwrap();
    let root = scene.lake.storage.root_folder().unwrap().to_owned();
    for name in [".DS_Store", "_SUCCESS", &format!("source={PIPELINE}/.nfs000001"), "_temporary/0/part-0"] {
        let path = root.join(TABLE).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    assert_eq!(found(&scene), BTreeMap::new());
    // A glob of `*.parquet` finds these.
    for name in [".hidden.parquet", "notes.txt"] {
        std::fs::write(root.join(TABLE).join(name), "x").unwrap();
    }
    assert_eq!(found(&scene), [(FindingKind::FileForeign, 2)].into());
}

/// What was found here: a process that is killed while it writes an object leaves `NAME#1`, which nothing lists.
#[test]
#[expect(clippy::disallowed_methods, reason = "files are as old as the machine's clock says")]
fn upkeep_removes_what_killed_processes_were_writing() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &page(1))]).unwrap();
    let root = scene.lake.storage.root_folder().unwrap().to_owned();
    let names = [
        format!("raw/{PIPELINE}/s/x/20261122T120000Z-000000-00001.jsonl.zst#1"),
        format!("raw/{PIPELINE}/packs/a_b_c.jsonl.zst#2"),
        format!("_convolake/{PIPELINE}/commits/00000009.json#1"),
        format!("delta/{TABLE}/_delta_log/00000000000000000003.json#1"),
    ];
    for name in &names {
        std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        std::fs::write(root.join(name), "x").unwrap();
    }
    let upkeep = |days: i64, is_done: bool| {
        let created_at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        let head = scene.lake.head(PIPELINE).unwrap().unwrap();
        let (run, state, limit) = (head.run.as_str(), head.state.clone(), UpkeepLimit::None);
        let asked = Upkeep { run, created_at, state, may_pack: &|_| false, limit };
        let lease = scene.lake.lease(PIPELINE, &holder(0)).unwrap();
        let done = match is_done {
            true => scene.lake.upkeep(&lease, &asked),
            // Beside a run that holds the lease.
            false => scene.lake.upkeep_due(PIPELINE, &asked),
        };
        done.unwrap().unfinished
    };
    assert_eq!((upkeep(0, true), upkeep(2, false)), (0, 4), "somebody may be writing them");
    assert!(names.iter().all(|name| root.join(name).exists()));
    assert_eq!((upkeep(2, true), upkeep(2, true)), (4, 0));
    assert!(!names.iter().any(|name| root.join(name).exists()));
}

/// What was found here: a full disk was told of in the words of a library. What is said is what the system said, of the file.
#[test]
fn errors_of_a_disk_are_those_of_the_system() {
    let scene = Scene::new(SETUP);
    let root = scene.lake.storage.root_folder().unwrap().to_owned();
    std::fs::write(root.join("a"), "x").unwrap();
    for error in [
        block_on(scene.lake.storage.create("a/b", "x".into())).map(drop).unwrap_err(),
        block_on(scene.lake.storage.get("a/b")).map(drop).unwrap_err(),
    ] {
        assert!(matches!(&error, LoadError::File { path, .. } if path.ends_with("a/b")), "{error:?}");
    }
}
