//! A merge opens no file that the index rules out, and every file that it says nothing of.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::LoadMode;
use crate::tests::model::{Page, Scene, Setup, expected};

const SETUP: Setup = Setup { replace: true, memory_bytes: 1 << 20, buckets: 1 };

/// A conversation a day.
fn three_days() -> Page {
    (0..3).map(|c| (c, vec![(0, 0, Some(c)), (1, 0, Some(c))])).collect()
}

fn file(scene: &Scene, day: u8) -> PathBuf {
    let folder = scene.folder.path().join("messages/source=agentx");
    folder.join(format!("date=1970-01-0{}/part-0.parquet", day + 1))
}

fn index(scene: &Scene) -> PathBuf {
    scene.folder.path().join("_convolake/agentx/index/messages/1970-01.json")
}

/// Spoils a file behind the loader's back: whoever opens it fails.
fn spoil(path: &Path) {
    let modified = path.metadata().unwrap().modified().unwrap();
    let n_bytes = usize::try_from(path.metadata().unwrap().len()).unwrap();
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all(&vec![0; n_bytes]).unwrap();
    file.set_modified(modified).unwrap();
}

fn touch(path: &Path) {
    let modified = path.metadata().unwrap().modified().unwrap();
    File::options().write(true).open(path).unwrap().set_modified(modified + Duration::from_secs(1)).unwrap();
}

#[test]
fn a_file_the_index_rules_out_is_not_opened_unless_it_is_another_by_now() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &three_days())]).unwrap();
    spoil(&file(&scene, 2));
    let first_changes: Page = vec![(0, vec![(0, 1, Some(0))])];
    let report = scene.load(LoadMode::Merge, &[(2, &first_changes)]).unwrap();
    assert_eq!(report.tables["messages"].files_written, 1);
    let third_changes: Page = vec![(2, vec![(0, 1, Some(0))])];
    assert!(scene.load(LoadMode::Merge, &[(3, &third_changes)]).is_err(), "it is touched");
    touch(&file(&scene, 2));
    assert!(scene.load(LoadMode::Merge, &[(4, &first_changes)]).is_err(), "it is another one");
}

#[test]
fn an_index_that_is_gone_or_damaged_is_made_anew() {
    let spoils: [fn(&Path); 3] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::write(path, "torn").unwrap(),
        |path| std::fs::write(path, "{\"version\":99}").unwrap(),
    ];
    for spoil_index in spoils {
        let mut scene = Scene::new(SETUP);
        let (all, moves): (Page, Page) = (three_days(), vec![(2, vec![(0, 1, Some(0))])]);
        scene.load(LoadMode::Merge, &[(1, &all)]).unwrap();
        spoil_index(&index(&scene));
        // Nothing of the commits lies there, so the rows that move are found as before.
        scene.load(LoadMode::Merge, &[(2, &moves)]).unwrap();
        assert_eq!(scene.seen(), Ok(expected(true, &[(1, &all), (2, &moves)])));
        spoil(&file(&scene, 1));
        let changes: Page = vec![(2, vec![(0, 2, Some(0))])];
        scene.load(LoadMode::Merge, &[(3, &changes)]).unwrap();
    }
}

#[test]
fn a_rerun_that_finds_nothing_new_leaves_the_index_as_it_is() {
    let mut scene = Scene::new(SETUP);
    scene.load(LoadMode::Merge, &[(1, &three_days())]).unwrap();
    let before = index(&scene).metadata().unwrap().modified().unwrap();
    let report = scene.load(LoadMode::Merge, &[(1, &three_days())]).unwrap();
    assert_eq!(report.tables["messages"].files_written, 0);
    assert_eq!(index(&scene).metadata().unwrap().modified().unwrap(), before);
}
