//! Commits name all live files: who goes by them opens the files it has to do with, and lists nothing.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use serde_json::json;

use crate::publish::commit::{self, Commit};
use crate::storage::blocking::block_on;
use crate::storage::remote::counting_store::CountingStore;
use crate::storage::seal;
use crate::tests::model::{BY_DAY, PIPELINE, Page, Scene, Setup, TABLE, expected, table};
use crate::{Days, LoadError, LoadMode, Trees, paths};

const SETUP: Setup =
    Setup { replace: true, memory_bytes: 1 << 20, buckets: 1, partitions: BY_DAY, trees: Trees::Plain };

/// A conversation a day.
fn days(n_days: u8) -> Page {
    (0..n_days).map(|c| (c, vec![(0, 0, Some(c)), (1, 0, Some(c))])).collect()
}

fn file(scene: &Scene, day: u8) -> PathBuf {
    let folder = scene.folder.path().join("messages/source=agentx");
    let month = if day < 2 { 1 } else { 2 };
    folder.join(format!("date=1970-{month:02}-0{}/part-0.parquet", day + 1))
}

fn manifests(scene: &Scene) -> Vec<PathBuf> {
    let folder = scene.folder.path().join("_convolake/agentx/manifests/messages");
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    all.sort();
    all
}

/// Spoils a file behind the loader's back: it is taken for what it was, and whoever opens it fails.
fn spoil(path: &Path) {
    let modified = path.metadata().unwrap().modified().unwrap();
    let n_bytes = usize::try_from(path.metadata().unwrap().len()).unwrap();
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all(&vec![0; n_bytes]).unwrap();
    file.set_modified(modified).unwrap();
}

/// As a copied file is: it has another time.
fn touch(path: &Path) {
    let modified = path.metadata().unwrap().modified().unwrap();
    File::options().write(true).open(path).unwrap().set_modified(modified + Duration::from_secs(1)).unwrap();
}

/// Makes of the newest commit what releases wrote whose commits named no files.
fn as_before_manifests(scene: &Scene) {
    let lake = &scene.lake.storage;
    let mut head: Commit = commit::current(lake, PIPELINE).unwrap().unwrap();
    head.version = 1;
    head.tables.values_mut().for_each(|table| table.manifests.clear());
    let object = paths::commit(PIPELINE, head.seq);
    block_on(lake.remove(vec![object.clone()])).unwrap();
    let manifests = block_on(lake.list(&paths::manifests(PIPELINE))).unwrap();
    block_on(lake.remove(manifests.into_iter().map(|listed| listed.name).collect())).unwrap();
    let bytes = seal::seal(&object, &head).unwrap();
    block_on(lake.create_own(&object, bytes.into())).unwrap();
    let index = format!("{}/messages/1970-01.json", paths::index(PIPELINE));
    block_on(lake.create_own(&index, "{}".into())).unwrap();
}

#[test]
fn a_file_that_is_ruled_out_is_not_opened() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &days(3))]).unwrap();
    spoil(&file(&scene, 2));
    let first_changes: Page = vec![(0, vec![(0, 1, Some(0))])];
    let report = scene.load(LoadMode::Merge, &[(2, &first_changes)]).unwrap();
    assert_eq!(report.tables["messages"].files_written, 1);
    let third_changes: Page = vec![(2, vec![(0, 1, Some(0))])];
    assert!(scene.load(LoadMode::Merge, &[(3, &third_changes)]).is_err(), "it is touched");
}

/// What happens to a file behind the lake's back.
type Damage = fn(&Path);

#[test]
fn a_file_that_is_not_as_committed_is_an_error_that_names_verify() {
    let changes: Page = vec![(2, vec![(0, 1, Some(0))])];
    let cases: [(Damage, &str); 3] = [
        (|path| std::fs::remove_file(path).unwrap(), "is missing"),
        (|path| std::fs::write(path, "another").unwrap(), "has another content"),
        (
            |path| {
                spoil(path);
                touch(path);
            },
            "has another content",
        ),
    ];
    for (damage, told) in cases {
        let mut scene = Scene::new(SETUP);
        scene.load(LoadMode::Merge, &[(1, &days(3))]).unwrap();
        damage(&file(&scene, 2));
        let error = scene.load(LoadMode::Merge, &[(2, &changes)]).unwrap_err().to_string();
        assert!(error.contains("date=1970-02-03/part-0.parquet") && error.contains(told), "{error}");
        assert!(error.contains("convolake verify"), "{error}");
        let scan = scene.lake.scan(TABLE, PIPELINE).columns(["message_id"]).batches().unwrap();
        assert!(scan.into_iter().any(|batch| matches!(batch, Err(LoadError::NotAsCommitted { .. }))));
        // A replay takes what lies there, and what it writes is the truth.
        scene.load(LoadMode::Rebuild, &[(1, &days(3))]).unwrap_or_else(|_| {
            std::fs::remove_file(file(&scene, 2)).unwrap();
            scene.load(LoadMode::Rebuild, &[(1, &days(3))]).unwrap()
        });
        scene.load(LoadMode::Merge, &[(2, &changes)]).unwrap();
        assert_eq!(scene.seen(), Ok(expected(true, &[(1, &days(3)), (2, &changes)])));
    }
}

#[test]
fn a_copied_lake_is_the_same_lake() {
    let mut scene = Scene::new(SETUP);
    let (all, changes) = (days(3), vec![(2, vec![(0, 1, Some(2))])]);
    scene.load(LoadMode::Merge, &[(1, &all)]).unwrap();
    (0..3).for_each(|day| touch(&file(&scene, day)));
    scene.load(LoadMode::Merge, &[(2, &changes)]).unwrap();
    assert_eq!(scene.seen(), Ok(expected(true, &[(1, &all), (2, &changes)])));
}

#[test]
fn a_file_that_no_commit_names_is_not_written_over() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &days(2))]).unwrap();
    std::fs::create_dir_all(file(&scene, 2).parent().unwrap()).unwrap();
    std::fs::copy(file(&scene, 1), file(&scene, 2)).unwrap();
    let error = scene.load(LoadMode::Merge, &[(2, &days(3))]).unwrap_err().to_string();
    assert!(error.contains("date=1970-02-03/part-0.parquet is there"), "{error}");
    std::fs::remove_file(file(&scene, 2)).unwrap();
    scene.load(LoadMode::Merge, &[(2, &days(3))]).unwrap();
}

#[test]
fn a_manifest_that_is_gone_or_damaged_is_made_anew_by_a_replay() {
    let spoils: [fn(&Path); 3] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::write(path, "torn").unwrap(),
        |path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        },
    ];
    for spoil_manifest in spoils {
        let mut scene = Scene::new(SETUP);
        scene.load(LoadMode::Merge, &[(1, &days(3))]).unwrap();
        spoil_manifest(&manifests(&scene)[0]);
        let changes: Page = vec![(2, vec![(0, 1, Some(0))])];
        let error = scene.load(LoadMode::Merge, &[(2, &changes)]).unwrap_err();
        assert!(matches!(error, LoadError::NotAsCommitted { .. }), "{error}");
        scene.load(LoadMode::Rebuild, &[(1, &days(3))]).unwrap();
        scene.load(LoadMode::Merge, &[(2, &changes)]).unwrap();
        assert_eq!(scene.seen(), Ok(expected(true, &[(1, &days(3)), (2, &changes)])));
    }
}

#[test]
fn manifests_change_only_where_files_do_and_none_is_left_behind() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &days(9))]).unwrap();
    let first = manifests(&scene);
    assert!(first.len() > 1, "nine files are more than a manifest of a test holds: {first:?}");
    let report = scene.load(LoadMode::Merge, &[(1, &days(9))]).unwrap();
    assert_eq!((report.commit, manifests(&scene)), (None, first.clone()));
    let last_changes: Page = vec![(8, vec![(0, 1, Some(8))])];
    let report = scene.load(LoadMode::Merge, &[(2, &last_changes)]).unwrap();
    let named = &report.commit.unwrap().tables[TABLE].manifests;
    assert_eq!(manifests(&scene).len(), named.len());
    assert_eq!(manifests(&scene).iter().filter(|path| first.contains(path)).count(), first.len() - 1);
    assert_eq!(named.iter().map(|named| named.files).sum::<u64>(), 9);
    assert_eq!(scene.lake.totals(PIPELINE).unwrap()[TABLE].rows, 17);
}

#[test]
fn a_lake_whose_commits_name_no_files_is_read_as_it_is_and_named_by_the_next_run() {
    for in_store in [false, true] {
        let mut scene = match in_store {
            false => Scene::new(SETUP),
            true => Scene::in_store(SETUP, Arc::new(InMemory::new())),
        };
        let all = days(9);
        scene.load(LoadMode::Merge, &[(1, &all)]).unwrap();
        let counted = |scene: &Scene| {
            let mut counter = scene.lake.row_counter(PIPELINE, scene.lake.head(PIPELINE).unwrap());
            [Days::Counted, Days::LeftOut]
                .map(|days| counter.count(TABLE, &["agent_id"], &["sent_at"], days).unwrap())
        };
        let before = (counted(&scene), scene.lake.totals(PIPELINE).unwrap());
        as_before_manifests(&scene);
        assert_eq!(before, (counted(&scene), scene.lake.totals(PIPELINE).unwrap()));
        assert!(block_on(scene.lake.storage.list(&paths::manifests(PIPELINE))).unwrap().is_empty());
        // A state alone names them as well, though not the groups of their rows.
        let changes: Page = vec![(2, vec![(0, 1, Some(7))])];
        for (number, state) in [(2, json!({})), (3, json!({"watermark": 3}))] {
            let report = scene.load_table(LoadMode::Merge, &[(number, &changes)], table(""), state).unwrap();
            assert_eq!(report.commit.unwrap().version, 2);
            assert_eq!(scene.seen(), Ok(expected(true, &[(1, &all), (2, &changes)])));
        }
        assert!(block_on(scene.lake.storage.list(&paths::index(PIPELINE))).unwrap().is_empty());
        assert_eq!(scene.lake.totals(PIPELINE).unwrap()[TABLE].rows, 17);
    }
}

#[test]
fn groups_that_the_first_manifests_do_not_tell_are_added_by_the_first_merge() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &days(3))]).unwrap();
    as_before_manifests(&scene);
    let holder = crate::LeaseHolder { run: "r9".into(), pid: 1, since: jiff::Timestamp::UNIX_EPOCH };
    let lease = scene.lake.lease(PIPELINE, &holder).unwrap();
    let commit = scene.lake.commit_state(&lease, "r9", json!({}), jiff::Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(commit.unwrap().tables[TABLE].manifests.iter().map(|named| named.rows).sum::<u64>(), 6);
    drop(lease);
    let first_changes: Page = vec![(0, vec![(0, 1, Some(0))])];
    scene.load(LoadMode::Merge, &[(2, &first_changes)]).unwrap();
    spoil(&file(&scene, 2));
    scene.load(LoadMode::Merge, &[(3, &days(1))]).unwrap();
}

/// The requests of a load of this page, after all days were loaded.
fn requests(n_days: u8, page: &Page) -> (usize, u64) {
    let store = Arc::new(CountingStore::new(Arc::new(InMemory::new())));
    let mut scene = Scene::in_store(SETUP, Arc::clone(&store) as Arc<dyn ObjectStore>);
    scene.load(LoadMode::Merge, &[(1, &days(n_days))]).unwrap();
    store.take();
    let state = json!({"watermark": 1});
    let report = scene.load_table(LoadMode::Merge, &[(2, page)], table(""), state).unwrap();
    (store.take(), report.tables[TABLE].files_written)
}

#[test]
fn what_a_load_costs_follows_what_changes() {
    let nothing = Page::new();
    let idle = requests(50, &nothing);
    assert_eq!(idle, requests(200, &nothing));
    println!("figure idle_load_requests {}", idle.0);
    assert!(idle.0 <= 25, "{idle:?}");
    let change = |n_files: u8| -> Page { (0..n_files).map(|c| (c, vec![(0, 1, Some(c))])).collect() };
    let (few, many) = (requests(200, &change(1)), requests(200, &change(3)));
    assert_eq!((few.1, many.1), (1, 3));
    let per_file = (many.0 - few.0) / 2;
    println!("figure requests_a_changed_file {per_file}");
    assert!(per_file <= 10, "{few:?} {many:?}");
    // Manifests of tests hold a few files each, so reading them shows.
    let of_less = requests(50, &change(1));
    assert!(few.0 - of_less.0 <= 150 / 2, "{few:?} {of_less:?}");
}
