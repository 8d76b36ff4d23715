use proptest::prelude::*;

use crate::tests::history;
use crate::tests::model::{BY_DAY, PIPELINE, Page, Scene, Setup, TABLE, expected};
use crate::{LoadMode, Trees};

fn numbered(pages: &[Page]) -> Vec<(u32, &Page)> {
    (1..).zip(pages).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_batching_and_a_rebuild_give_the_same_rows(
        pages in history::pages(),
        cuts in proptest::collection::vec(any::<bool>(), 8),
        setup in history::setup(),
    ) {
        let pages = numbered(&pages);
        let expected = expected(setup.replace, &pages);

        let mut by_batches = Scene::new(setup);
        let mut batch = Vec::new();
        for (page, cut) in pages.iter().zip(cuts) {
            batch.push(*page);
            if cut {
                by_batches.load(LoadMode::Merge, &batch).unwrap();
                prop_assert!(by_batches.seen().is_ok());
                batch.clear();
            }
        }
        by_batches.load(LoadMode::Merge, &batch).unwrap();
        prop_assert_eq!(by_batches.seen(), Ok(expected.clone()));

        // Within a load, the order of pages says nothing.
        let mut at_once = Scene::new(setup);
        let mut reversed = pages.clone();
        reversed.reverse();
        let report = at_once.load(LoadMode::Merge, &reversed).unwrap();
        prop_assert_eq!(at_once.seen(), Ok(expected.clone()));
        prop_assert_eq!(at_once.lake.totals(PIPELINE).unwrap().get(TABLE).map_or(0, |total| total.rows), expected.len() as u64);
        prop_assert_eq!(report.tables["messages"].rows_added, expected.len() as u64);

        let rebuilt = by_batches.load(LoadMode::Rebuild, &pages).unwrap();
        prop_assert_eq!(by_batches.seen(), Ok(expected));
        let report = rebuilt.tables["messages"];
        prop_assert_eq!((report.files_written, report.rows_added, report.rows_changed, report.rows_removed), (0, 0, 0, 0));
        prop_assert!(rebuilt.commit.is_none());
    }

    #[test]
    fn a_rerun_writes_nothing(pages in history::pages(), setup in history::setup()) {
        let mut scene = Scene::new(setup);
        let pages = numbered(&pages);
        scene.load(LoadMode::Merge, &pages).unwrap();
        let before = scene.seen();
        // Only the newest page of each conversation: an older one would be a newer truth than none, where the newest
        // has left a parent without rows.
        let again = scene.load(LoadMode::Merge, &pages[pages.len() - 1..]).unwrap();
        prop_assert_eq!(again.tables["messages"].files_written, 0);
        prop_assert!(again.commit.is_none());
        prop_assert_eq!(scene.seen(), before);
    }

    #[test]
    fn a_rebuild_forgets_what_is_not_pushed(
        before in history::pages(),
        after in history::pages(),
        setup in history::setup(),
    ) {
        let mut scene = Scene::new(setup);
        scene.load(LoadMode::Merge, &numbered(&before)).unwrap();
        scene.setup.buckets = 4 - setup.buckets;
        scene.load(LoadMode::Rebuild, &numbered(&after)).unwrap();
        prop_assert_eq!(scene.seen(), Ok(expected(setup.replace, &numbered(&after))));
    }
}

#[test]
fn an_emptied_partition_keeps_a_file_without_rows() {
    let mut scene = Scene::new(Setup::REPLACING);
    let first: Page = vec![(0, vec![(0, 0, Some(0))])];
    let second: Page = vec![(0, vec![(0, 0, Some(1))])];
    scene.load(LoadMode::Merge, &[(1, &first)]).unwrap();
    let report = scene.load(LoadMode::Merge, &[(2, &second)]).unwrap();
    assert_eq!(report.tables["messages"].files_written, 2);
    assert_eq!(report.tables["messages"].rows_changed, 1);
    let folder = scene.folder.path().join("messages/source=agentx");
    assert!(folder.join("date=1970-01-01/part-0.parquet").exists());
    assert!(folder.join("date=1970-01-02/part-0.parquet").exists());
    assert_eq!(scene.seen().unwrap().len(), 1);
    assert!(!scene.folder.path().join("_convolake/staging/agentx/20261121T120000Z-000002").exists());
}

/// What was pushed is known by a filter where it is much, and the filter takes other rows for pushed ones. All of these
/// stand in row groups that statistics rule out.
#[test]
fn rows_that_only_the_filter_takes_for_pushed_ones_stay() {
    for replace in [false, true] {
        let conversation =
            |c: u8, messages: std::ops::Range<u8>| (c, messages.map(|m| (m, 0, Some(0))).collect::<Vec<_>>());
        let stored: Page = (0..5).map(|c| conversation(c, 0..5)).collect();
        let more: Page = (5..10).map(|c| conversation(c, 5..10)).collect();
        let mut scene = Scene::new(Setup {
            replace,
            memory_bytes: 1 << 20,
            buckets: 1,
            partitions: BY_DAY,
            trees: Trees::Plain,
        });
        let pages = [(1, &stored), (2, &more)];
        scene.load(LoadMode::Merge, &pages[..1]).unwrap();
        let report = scene.load(LoadMode::Merge, &pages[1..]).unwrap().tables["messages"];
        assert_eq!(scene.seen(), Ok(expected(replace, &pages)));
        assert_eq!((report.rows_added, report.rows_changed, report.rows_removed), (25, 0, 0));
    }
}

#[test]
fn equal_rows_give_equal_bytes() {
    let page: Page = (0..4).map(|c| (c, (0..4).map(|m| (m, m % 3, Some(c % 2))).collect())).collect();
    let written = |memory_bytes| {
        let mut scene = Scene::new(Setup {
            replace: true,
            memory_bytes,
            buckets: 1,
            partitions: BY_DAY,
            trees: Trees::Plain,
        });
        scene.load(LoadMode::Merge, &[(1, &page)]).unwrap().commit.unwrap().files
    };
    assert_eq!(written(1), written(1 << 26));
}

#[test]
fn batches_are_cut_by_rows_and_by_bytes() {
    use crate::rows::batch::{BATCH_BYTES, batch_rows};
    for (bytes, n_rows, expected) in [(0, 0, 4096), (1000, 10, 4096), (10 << 20, 10, 8), (100 << 20, 1, 1)] {
        assert_eq!(batch_rows(bytes, n_rows, 4096, BATCH_BYTES), expected, "{bytes} bytes in {n_rows} rows");
    }
}
