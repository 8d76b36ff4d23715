//! What loads leave behind is sound, at every step of theirs; what is done to it afterwards is found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use convolake_model::Table;
use proptest::prelude::*;

use crate::tests::crashes::dying_after;
use crate::tests::history;
use crate::tests::model::{PIPELINE, Page, Scene, Setup, expected, table};
use crate::{FindingKind, LoadMode, Trees, VerifyTable};

/// What is found, and how often; with so little memory that every batch's hashes are spilled, and with enough.
pub(crate) fn found(scene: &Scene) -> BTreeMap<FindingKind, u64> {
    found_of(scene, table(""))
}

fn found_of(scene: &Scene, table: Table) -> BTreeMap<FindingKind, u64> {
    let tables = [VerifyTable { table, certain_parents: BTreeSet::new() }];
    let look = |memory_bytes| {
        let scratch = tempfile::tempdir().unwrap();
        let verified = scene.lake.verify(PIPELINE, &tables, scratch.path(), memory_bytes).unwrap();
        verified.findings().unwrap().unwrap().clone()
    };
    let (spilled, held) = (look(0), look(1 << 26));
    assert_eq!(spilled, held);
    let mut counts = held.counts;
    if scene.setup.trees == Trees::Delta {
        // Its loads alone publish nothing.
        counts.remove(&FindingKind::DeltaBehind);
    }
    counts
}

fn numbered(pages: &[Page], from: u32) -> Vec<(u32, &Page)> {
    (from..).zip(pages).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_history_is_sound(
        before in history::pages(),
        after in history::pages(),
        setup in history::setup(),
    ) {
        let mut scene = Scene::new(setup);
        for pages in [numbered(&before, 1), numbered(&after, 100)] {
            scene.load(LoadMode::Merge, &pages).unwrap();
            prop_assert_eq!(found(&scene), BTreeMap::new());
        }
        scene.setup.buckets = 4 - setup.buckets;
        scene.load(LoadMode::Rebuild, &numbered(&after, 100)).unwrap();
        prop_assert_eq!(found(&scene), BTreeMap::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Files from before the table had a column stay as they are, and their rows are merged with those that came later.
    #[test]
    fn a_table_that_grows_is_the_same_table(
        before in history::pages(),
        between in history::pages(),
        after in history::pages(),
        setup in history::setup(),
    ) {
        let mut scene = Scene::new(setup);
        let grown = ["", "_new: { type: string }", "_new: { type: string }\n  _newer: { type: string }"];
        let (before, between, after) = (numbered(&before, 1), numbered(&between, 100), numbered(&after, 200));
        let mut loaded = Vec::new();
        for (pages, columns) in [&before, &between, &after].into_iter().zip(grown) {
            scene.load_table(LoadMode::Merge, pages, table(columns), serde_json::json!({})).unwrap();
            loaded.extend(pages.iter().copied());
            prop_assert_eq!(scene.seen(), Ok(expected(setup.replace, &loaded)));
            prop_assert_eq!(found_of(&scene, table(columns)), BTreeMap::new());
            let again = scene.load_table(LoadMode::Merge, pages, table(columns), serde_json::json!({})).unwrap();
            prop_assert_eq!(again.tables["messages"].files_written, 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// An interrupted run leaves at most an intent that is open; nothing else is taken for a fault.
    #[test]
    fn a_crash_at_any_step_leaves_no_fault_but_an_open_intent(
        before in history::pages(),
        after in history::pages(),
        setup in history::setup(),
    ) {
        for steps in 0.. {
            let mut scene = Scene::new(setup);
            scene.load(LoadMode::Merge, &numbered(&before, 1)).unwrap();
            let whole = scene.lake.clone();
            scene.lake = dying_after(&whole, steps);
            let outcome = scene.load(LoadMode::Merge, &numbered(&after, 100));
            scene.lake = whole;
            let mut kinds = found(&scene);
            kinds.remove(&FindingKind::IntentOpen);
            prop_assert_eq!(kinds, BTreeMap::new(), "after {} steps", steps);
            scene.load(LoadMode::Merge, &[]).unwrap();
            prop_assert_eq!(found(&scene), BTreeMap::new());
            if outcome.is_ok() {
                break;
            }
        }
    }
}

fn in_four_buckets() -> (Scene, Vec<PathBuf>) {
    let mut scene = Scene::new(Setup { buckets: 4, ..Setup::REPLACING });
    let page: Page = (0..8).map(|c| (c, (0..4).map(|m| (m, 0, Some(0))).collect())).collect();
    scene.load(LoadMode::Merge, &[(1, &page)]).unwrap();
    let folder = scene.folder.path().join("messages/source=agentx/date=1970-01-01");
    let parts: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|part| part.unwrap().path()).collect();
    assert!(parts.len() > 1, "eight conversations meet in one bucket");
    (scene, parts)
}

#[test]
fn rows_in_another_bucket_are_found() {
    let (scene, parts) = in_four_buckets();
    assert_eq!(found(&scene), BTreeMap::new());
    let beside = parts[0].with_extension("beside");
    for (from, to) in [(&parts[0], &beside), (&parts[1], &parts[0]), (&beside, &parts[1])] {
        std::fs::rename(from, to).unwrap();
    }
    let expected = [(FindingKind::FileChanged, 2), (FindingKind::BucketWrong, 2)];
    assert_eq!(found(&scene), expected.into());
}

/// More damage than anybody reads is counted all the same.
#[test]
fn every_doubled_key_is_counted() {
    let (scene, parts) = in_four_buckets();
    let folder = parts[0].parent().unwrap().with_file_name("date=1970-01-02");
    std::fs::create_dir(&folder).unwrap();
    for part in &parts {
        std::fs::copy(part, folder.join(part.file_name().unwrap())).unwrap();
    }
    let found = found(&scene);
    assert_eq!(found[&FindingKind::KeyDoubled], 32);
    assert_eq!(found[&FindingKind::PartitionWrong], parts.len() as u64);
}

/// What was read before a commit and what was read after it do not belong together.
#[test]
fn a_commit_meanwhile_makes_the_answer_void() {
    let (mut scene, _) = in_four_buckets();
    let tables = [VerifyTable { table: table(""), certain_parents: BTreeSet::new() }];
    let scratch = tempfile::tempdir().unwrap();
    let verified = scene.lake.verify(PIPELINE, &tables, scratch.path(), 1 << 20).unwrap();
    assert!(verified.findings().unwrap().unwrap().is_empty());
    let page: Page = vec![(0, vec![(0, 1, Some(0))])];
    scene.load(LoadMode::Merge, &[(2, &page)]).unwrap();
    assert_eq!(verified.findings().unwrap(), None);
}

/// What an interrupted run has left is an open intent, and it is named.
#[test]
fn an_open_intent_is_named() {
    let mut scene = Scene::new(Setup::REPLACING);
    let page: Page = vec![(0, vec![(0, 0, Some(0))])];
    let whole = scene.lake.clone();
    // The intent is written, and nothing is renamed.
    let steps = (0..20).find(|steps| {
        scene.lake = dying_after(&whole, *steps);
        scene.load(LoadMode::Merge, &[(1, &page)]).is_err()
            && whole
                .storage
                .path("_convolake/agentx/intents")
                .read_dir()
                .is_ok_and(|mut all| all.next().is_some())
    });
    assert!(steps.is_some());
    scene.lake = whole;
    assert_eq!(found(&scene), [(FindingKind::IntentOpen, 1)].into());
}
