//! Rows that a rebuild keeps, records that come in part, and rows that give way.

use std::collections::BTreeMap;

use convolake_batch::{ParentExtent, TableBatch};
use proptest::prelude::*;

use crate::resolve::mode::FewerRows;
use crate::rows::landed_objects::LandedObjects;
use crate::table::layout::RowKeys;
use crate::tests::history;
use crate::tests::model::{PIPELINE, Page, Scene, Setup, TABLE, Table1, expected, table};
use crate::{LoadError, LoadMode, PageVersion};

/// The content of rows by their key.
fn contents(rows: &Table1) -> BTreeMap<(u8, u8), (u8, Option<u8>)> {
    rows.iter().map(|(key, (text, day, _))| (*key, (*text, *day))).collect()
}

fn landed(numbers: &[u32]) -> LandedObjects {
    LandedObjects::new(PIPELINE, numbers.iter().map(|number| format!("raw/p{number}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Some pages are of files, so that a rebuild is not given them: the rows are those that were there before it.
    #[test]
    fn a_rebuild_without_the_pages_of_files_gives_the_same_rows(
        pages in history::pages(),
        of_files in proptest::collection::vec(any::<bool>(), 8),
        setup in history::setup(),
        more_buckets in 0u32..2,
    ) {
        let pages: Vec<(u32, &Page)> = (1..).zip(&pages).collect();
        let mut scene = Scene::new(setup);
        for page in &pages {
            scene.load(LoadMode::Merge, &[*page]).unwrap();
        }
        let is_landed = |(number, _): &&(u32, &Page)| !of_files[(*number as usize - 1) % of_files.len()];
        let landed_pages: Vec<(u32, &Page)> = pages.iter().filter(is_landed).copied().collect();
        let numbers: Vec<u32> = landed_pages.iter().map(|(number, _)| *number).collect();
        scene.setup.buckets += more_buckets;
        let before = scene.seen().unwrap();
        for _ in 0..2 {
            scene.landed = Some((landed(&numbers), FewerRows::Refused));
            scene.load(LoadMode::Rebuild, &landed_pages).unwrap();
            let after = scene.seen().unwrap();
            let (before, after) = (contents(&before), contents(&after));
            match setup.replace {
                false => prop_assert_eq!(after, before),
                // Of a file that only took rows away nothing is left that would say so: they come back.
                true => prop_assert!(before.iter().all(|(key, row)| after.get(key) == Some(row)), "{before:?} {after:?}"),
            }
        }
    }

    /// Records in part, at once or one by one or in a rebuild, give the same rows, and take none away.
    #[test]
    fn records_in_part_take_nothing_away_in_any_batching(
        pages in history::pages(),
        parts in proptest::collection::vec(any::<bool>(), 8),
        cuts in proptest::collection::vec(any::<bool>(), 8),
        setup in history::setup(),
        keys in prop_oneof![Just(RowKeys::Names), Just(RowKeys::Positions)],
    ) {
        let setup = Setup { replace: true, ..setup };
        let is_part = |number: u32| parts[(number as usize - 1) % parts.len()];
        let table = table("");
        let batch_of = |scene: &Scene, number: u32, page: &Page| -> (PageVersion, TableBatch) {
            let (version, mut rows) = scene.rows(&table, number, page);
            if let Some(parents) = rows.parents.as_mut().filter(|_| is_part(number)) {
                parents.extents = vec![ParentExtent::Part; page.len()];
            }
            (version, rows)
        };
        let numbered: Vec<(u32, &Page)> = (1..).zip(&pages).collect();
        let load = |scene: &mut Scene, mode, pages: &[(u32, &Page)]| {
            scene.keys = keys;
            let rows = pages.iter().map(|(number, page)| batch_of(scene, *number, page)).collect();
            scene.load_rows(mode, rows, &table, serde_json::json!({})).unwrap()
        };
        let mut by_batches = Scene::new(setup);
        let mut batch = Vec::new();
        for (page, cut) in numbered.iter().zip(cuts) {
            batch.push(*page);
            if cut {
                load(&mut by_batches, LoadMode::Merge, &batch);
                batch.clear();
            }
        }
        load(&mut by_batches, LoadMode::Merge, &batch);
        let mut at_once = Scene::new(setup);
        let reversed: Vec<_> = numbered.iter().copied().rev().collect();
        load(&mut at_once, LoadMode::Merge, &reversed);
        prop_assert_eq!(at_once.seen(), by_batches.seen());
        let rebuilt = load(&mut by_batches, LoadMode::Rebuild, &numbered);
        prop_assert!(rebuilt.commit.is_none());

        if keys == RowKeys::Names {
            let mut rows: BTreeMap<(u8, u8), (u8, Option<u8>)> = BTreeMap::new();
            for (number, page) in &numbered {
                for (conversation, messages) in *page {
                    if !is_part(*number) {
                        rows.retain(|(other, _), _| other != conversation);
                    }
                    rows.extend(messages.iter().map(|(m, text, day)| ((*conversation, *m), (*text, *day))));
                }
            }
            prop_assert_eq!(contents(&by_batches.seen().unwrap()), rows);
        }
    }

    /// Rows of one key with another content on one page are counted, whatever memory there is, and others are not.
    #[test]
    fn rows_that_give_way_are_counted(page in proptest::collection::vec(history::record(), 0..6), setup in history::setup()) {
        let mut scene = Scene::new(Setup { replace: false, ..setup });
        // Rows of a record give way to its last of their key, and these to the last of all.
        let (mut n_lost, mut last_of_records) = (0, Vec::new());
        for (c, messages) in &page {
            let last: BTreeMap<_, _> = messages.iter().map(|(m, text, day)| ((*c, *m), (*text, *day))).collect();
            n_lost += messages.iter().filter(|(m, text, day)| last[&(*c, *m)] != (*text, *day)).count() as u64;
            last_of_records.extend(last);
        }
        let last: BTreeMap<_, _> = last_of_records.iter().copied().collect();
        n_lost += last_of_records.iter().filter(|(key, row)| last[key] != *row).count() as u64;
        for _ in 0..2 {
            let report = scene.load(LoadMode::Merge, &[(1, &page)]).unwrap();
            let gave_way = report.told[TABLE].gave_way.as_ref();
            prop_assert_eq!(gave_way.map_or(0, |gave_way| gave_way.rows), n_lost);
        }
    }
}

#[test]
fn a_rebuild_that_would_end_with_fewer_rows_changes_nothing() {
    let mut scene = Scene::new(Setup::REPLACING);
    let page: Page = vec![(0, vec![(0, 0, Some(0)), (1, 0, Some(1))])];
    scene.load(LoadMode::Merge, &[(1, &page)]).unwrap();
    let before = scene.seen();
    let less: Page = vec![(0, vec![(0, 0, Some(0))])];
    scene.landed = Some((landed(&[1]), FewerRows::Refused));
    let refused = scene.load(LoadMode::Rebuild, &[(1, &less)]);
    let Err(LoadError::RowsWouldBeLost { lost: 1, example, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(example, ", as agent_id=a conversation_id=c0 message_id=m1 is in none of them");
    assert_eq!(scene.seen(), before);
    scene.landed = Some((landed(&[1]), FewerRows::Allowed));
    scene.load(LoadMode::Rebuild, &[(1, &less)]).unwrap();
    assert_eq!(scene.seen(), Ok(expected(true, &[(1, &less)])));
}
