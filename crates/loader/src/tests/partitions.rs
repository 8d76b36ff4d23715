//! Partitions by days and by months: the same rows, one kind at a time, and the way from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::{PartitionBy, Partitions};
use object_store::memory::InMemory;
use proptest::prelude::*;

use crate::resolve::mode::FewerRows;
use crate::rows::landed_objects::LandedObjects;
use crate::tests::crashes::dying_after;
use crate::tests::history;
use crate::tests::model::{BY_DAY, PIPELINE, Page, Scene, Setup, TABLE, expected, live_files};
use crate::tests::verified::found;
use crate::{FindingKind, LoadError, LoadMode, Trees};

const BY_MONTH: Partitions = Partitions::Asked(PartitionBy::Month);
const USUAL: Partitions = Partitions::Usual(PartitionBy::Month);

fn numbered(pages: &[Page], from: u32) -> Vec<(u32, &Page)> {
    (from..).zip(pages).collect()
}

fn other(partitions: Partitions) -> Partitions {
    match partitions.by() {
        PartitionBy::Day => BY_MONTH,
        PartitionBy::Month => BY_DAY,
    }
}

/// The folders of the table's files.
fn folders(scene: &Scene) -> BTreeSet<String> {
    let files = live_files(&scene.lake).unwrap();
    files.iter().map(|file| file.partition.file().split('/').next().unwrap().to_owned()).collect()
}

fn kinds(scene: &Scene) -> BTreeSet<PartitionBy> {
    let files = live_files(&scene.lake).unwrap();
    files.iter().map(|file| file.partition.by).collect()
}

fn one_page() -> Page {
    vec![(0, vec![(0, 0, Some(0)), (1, 0, Some(1)), (2, 0, Some(2)), (3, 0, None)])]
}

fn scene(partitions: Partitions) -> Scene {
    let mut scene = Scene::new(Setup {
        replace: true,
        memory_bytes: 1 << 20,
        buckets: 1,
        partitions,
        trees: Trees::Plain,
    });
    scene.load(LoadMode::Merge, &[(1, &one_page())]).unwrap();
    scene
}

#[test]
fn rows_lie_in_folders_of_their_kind() {
    let no_date = "__HIVE_DEFAULT_PARTITION__";
    let days = ["date=1970-01-01", "date=1970-01-02", "date=1970-02-03"].map(str::to_owned);
    let months = ["month=1970-01", "month=1970-02"].map(str::to_owned);
    assert_eq!(folders(&scene(BY_DAY)), days.into_iter().chain([format!("date={no_date}")]).collect());
    assert_eq!(folders(&scene(USUAL)), months.into_iter().chain([format!("month={no_date}")]).collect());
}

#[test]
fn another_kind_is_refused_where_it_is_asked_for() {
    for (stored, asked) in [(BY_DAY, BY_MONTH), (BY_MONTH, BY_DAY), (USUAL, BY_DAY)] {
        let mut scene = scene(stored);
        scene.setup.partitions = asked;
        let refused = scene.load(LoadMode::Merge, &[(2, &one_page())]).unwrap_err();
        assert!(matches!(refused, LoadError::PartitionsChanged { .. }), "{refused}");
        assert!(refused.to_string().contains("convolake replay"), "{refused}");
    }
    // Who asks for none goes on with what is there.
    let mut scene = scene(BY_DAY);
    scene.setup.partitions = USUAL;
    let page: Page = vec![(1, vec![(0, 0, Some(2))])];
    scene.load(LoadMode::Merge, &[(2, &page)]).unwrap();
    assert_eq!(kinds(&scene), [PartitionBy::Day].into());
    assert_eq!(scene.seen(), Ok(expected(true, &[(1, &one_page()), (2, &page)])));
}

/// A rebuild from nothing but what stands there: rows of files, which no landed page gives, are carried over.
#[test]
fn rows_that_are_kept_come_along() {
    let mut scene = scene(BY_DAY);
    let before = scene.seen();
    for partitions in [BY_MONTH, BY_DAY] {
        scene.setup.partitions = partitions;
        scene.landed = Some((LandedObjects::new(PIPELINE, std::iter::empty::<String>()), FewerRows::Refused));
        let report = scene.load(LoadMode::Rebuild, &[]).unwrap();
        assert_eq!(kinds(&scene), [partitions.by()].into());
        assert_eq!(scene.seen(), before);
        let report = report.tables[TABLE];
        assert_eq!((report.rows_added, report.rows_changed, report.rows_removed), (0, 0, 0));
        // No folder stays that a reader would take for a partition.
        let folder = scene.folder.path().join("messages/source=agentx");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), folders(&scene).len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn months_have_the_rows_that_days_have(
        before in history::pages(),
        after in history::pages(),
        setup in history::setup(),
    ) {
        let [mut days, mut months] =
            [BY_DAY, BY_MONTH].map(|partitions| Scene::new(Setup { partitions, ..setup }));
        for pages in [numbered(&before, 1), numbered(&after, 100)] {
            let of_days = days.load(LoadMode::Merge, &pages).unwrap();
            let of_months = months.load(LoadMode::Merge, &pages).unwrap();
            prop_assert_eq!(days.seen(), months.seen());
            let (of_days, of_months) = (of_days.tables[TABLE], of_months.tables[TABLE]);
            prop_assert_eq!(
                (of_days.rows_added, of_days.rows_changed, of_days.rows_removed),
                (of_months.rows_added, of_months.rows_changed, of_months.rows_removed)
            );
        }
        let again = months.load(LoadMode::Merge, &numbered(&after, 100)).unwrap();
        prop_assert_eq!(again.tables[TABLE].files_written, 0);
    }
}

/// Rebuilds in the other kind, dying at each step in turn: nothing is seen twice, and the next rebuild ends it.
fn is_rebuilt_in_the_other_kind(
    make: impl Fn() -> Scene,
    pages: &[Page],
    dies_in_recovery_after: usize,
) -> Result<(), TestCaseError> {
    let pages = numbered(pages, 1);
    for steps in 0.. {
        let mut scene = make();
        let setup = scene.setup;
        scene.load(LoadMode::Merge, &pages).unwrap();
        let (before, whole) = (scene.seen(), scene.lake.clone());
        let next = Setup { partitions: other(setup.partitions), ..setup };
        scene.setup = next;
        scene.lake = dying_after(&whole, steps);
        let outcome = scene.load(LoadMode::Rebuild, &pages);
        prop_assert!(scene.seen().is_ok());
        let is_through = outcome.is_ok();
        let whole_scene = std::mem::replace(&mut scene.lake, whole.clone());
        let mut faults = found(&scene);
        faults.remove(&FindingKind::IntentOpen);
        prop_assert_eq!(faults, BTreeMap::new(), "after {} steps", steps);
        scene.lake = whole_scene;
        if !is_through {
            scene.lake = dying_after(&whole, dies_in_recovery_after);
            let _ = scene.load(LoadMode::Rebuild, &pages);
            scene.lake = dying_after(&whole, usize::MAX);
            scene.load(LoadMode::Rebuild, &pages).unwrap();
        }
        scene.lake = whole;
        prop_assert_eq!(scene.seen(), before, "after {} steps", steps);
        let of_files = kinds(&scene);
        prop_assert!(of_files.is_empty() || of_files == [next.partitions.by()].into(), "{of_files:?}");
        scene.load(LoadMode::Merge, &pages).unwrap();
        prop_assert_eq!(found(&scene), BTreeMap::new());
        if is_through {
            break;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn a_rebuild_in_the_other_kind_that_dies_is_ended(
        pages in history::pages(),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..8,
    ) {
        is_rebuilt_in_the_other_kind(|| Scene::new(setup), &pages, dies_in_recovery_after)?;
        let in_store = || Scene::in_store(setup, std::sync::Arc::new(InMemory::new()));
        is_rebuilt_in_the_other_kind(in_store, &pages, dies_in_recovery_after)?;
    }
}
