//! Rows that are told to be gone, where each row is a parent of its own. Elsewhere that is a parent without rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use convolake_batch::{ParentBatch, TableBatch, TextForm, arrow_schema};
use proptest::prelude::*;

use crate::load::LoadReport;
use crate::tests::history;
use crate::tests::model::{Page, Scene, Setup, Table1, expected, table};
use crate::{LoadMode, PageVersion};

/// What is loaded: a page, or the keys of rows that are gone.
#[derive(Debug, Clone)]
enum Step {
    Page(Page),
    Gone(BTreeSet<(u8, u8)>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = (0u8..3, 0u8..3);
    let gone = proptest::collection::btree_set(key, 1..6).prop_map(Step::Gone);
    let page = history::pages().prop_map(|pages| Step::Page(pages.into_iter().next().unwrap_or_default()));
    proptest::collection::vec(prop_oneof![2 => page, 1 => gone], 1..8)
}

fn gone(number: u32, keys: &BTreeSet<(u8, u8)>) -> (PageVersion, TableBatch) {
    let texts = |of: fn(&(u8, u8)) -> String| -> ArrayRef {
        Arc::new(keys.iter().map(|key| Some(of(key))).collect::<StringArray>())
    };
    let table = table("");
    let keys_of = [
        ("agent_id", texts(|_| "a".to_owned()), false),
        ("conversation_id", texts(|(c, _)| format!("c{c}")), false),
        ("message_id", texts(|(_, m)| format!("m{m}")), false),
    ];
    let page =
        PageVersion { fetched_at_us: i64::from(number), object: format!("raw/p{number}").into(), line: 1 };
    let rows = TableBatch {
        table: table.name.clone(),
        rows: RecordBatch::new_empty(arrow_schema(&table.without_lineage(), TextForm::Bytes)),
        index_in_page: Vec::new(),
        page_ends: vec![0],
        parents: Some(ParentBatch {
            keys: RecordBatch::try_from_iter_with_nullable(keys_of).unwrap(),
            index_in_page: (0..).take(keys.len()).collect(),
            page_ends: vec![keys.len()],
            extents: Vec::new(),
        }),
    };
    (page, rows)
}

fn load(scene: &mut Scene, mode: LoadMode, steps: &[(u32, &Step)]) -> LoadReport {
    let table = table("");
    let rows = steps.iter().map(|(number, step)| match step {
        Step::Page(page) => scene.rows(&table, *number, page),
        Step::Gone(keys) => gone(*number, keys),
    });
    let rows = rows.collect();
    scene.load_rows(mode, rows, &table, serde_json::json!({})).unwrap()
}

/// The rows there should be after these steps: those of each key since it last was gone.
fn expected_after(steps: &[(u32, &Step)]) -> Table1 {
    let mut rows = Table1::new();
    for (number, step) in steps {
        match step {
            Step::Gone(keys) => rows.retain(|key, _| !keys.contains(key)),
            Step::Page(page) => {
                for record in page {
                    for (key, row) in expected(false, &[(*number, &vec![record.clone()])]) {
                        let before = rows.get(&key).filter(|before| (before.0, before.1) == (row.0, row.1));
                        let row = before.copied().unwrap_or(row);
                        rows.insert(key, row);
                    }
                }
            }
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_that_are_gone_go_and_come_back_in_the_order_of_versions(
        steps in steps(),
        cuts in proptest::collection::vec(any::<bool>(), 8),
        setup in history::setup(),
    ) {
        let setup = Setup { replace: false, ..setup };
        let steps: Vec<(u32, &Step)> = (1..).zip(&steps).collect();
        let expected = expected_after(&steps);

        let mut by_batches = Scene::new(setup);
        let mut batch = Vec::new();
        for (step, cut) in steps.iter().zip(cuts) {
            batch.push(*step);
            if cut {
                load(&mut by_batches, LoadMode::Merge, &batch);
                batch.clear();
            }
        }
        load(&mut by_batches, LoadMode::Merge, &batch);
        prop_assert_eq!(by_batches.seen(), Ok(expected.clone()));

        let mut at_once = Scene::new(setup);
        let reversed: Vec<_> = steps.iter().copied().rev().collect();
        let report = load(&mut at_once, LoadMode::Merge, &reversed);
        prop_assert_eq!(at_once.seen(), Ok(expected.clone()));
        prop_assert_eq!(report.tables["messages"].rows_added, expected.len() as u64);

        let rebuilt = load(&mut by_batches, LoadMode::Rebuild, &steps);
        prop_assert_eq!(by_batches.seen(), Ok(expected.clone()));
        prop_assert!(rebuilt.commit.is_none());

        // All of it goes, and that is counted.
        let keys: BTreeSet<(u8, u8)> = expected.keys().copied().collect();
        if !keys.is_empty() {
            let report = load(&mut by_batches, LoadMode::Merge, &[(100, &Step::Gone(keys.clone()))]);
            let messages = report.tables["messages"];
            let counts = (messages.rows_added, messages.rows_changed, messages.rows_removed);
            prop_assert_eq!(counts, (0, 0, keys.len() as u64));
            prop_assert_eq!(by_batches.seen(), Ok(Table1::new()));
            let again = load(&mut by_batches, LoadMode::Merge, &[(101, &Step::Gone(keys))]);
            prop_assert!(again.commit.is_none());
        }
    }
}
