use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use object_store::memory::InMemory;
use proptest::prelude::*;

use crate::tests::history;
use crate::tests::model::{Page, Scene, Setup, TIMES, expected, seen};
use crate::{Lake, LoadMode};

/// Lets so many steps pass and fails all that follow, as if the process had been killed. Before each step, a reader
/// looks: it may miss a row that moves, and must never see one twice.
pub(crate) fn dying_after(lake: &Lake, steps: usize) -> Lake {
    let left = AtomicUsize::new(steps);
    let reader = lake.clone();
    let step = move |step: &'static str| {
        if let Err(key) = seen(&reader) {
            return Err(std::io::Error::other(format!(
                "before the step `{step}` the key {key:?} is there twice"
            )));
        }
        let alive =
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if alive { Ok(()) } else { Err(std::io::ErrorKind::Interrupted.into()) }
    };
    Lake::over(lake.storage.interrupted(Arc::new(step)), TIMES)
}

/// Where the lake is.
#[derive(Debug, Clone, Copy)]
enum On {
    Disk,
    Store,
}

impl On {
    fn scene(self, setup: Setup) -> Scene {
        match self {
            Self::Disk => Scene::new(setup),
            Self::Store => Scene::in_store(setup, Arc::new(InMemory::new())),
        }
    }
}

/// Loads `after` on top of `before`, dying at each step in turn, then in clearing up, and going on.
fn converges(
    on: On,
    (before, after): (Vec<Page>, Vec<Page>),
    setup: Setup,
    dies_in_recovery_after: usize,
) -> Result<(), TestCaseError> {
    let before: Vec<(u32, &Page)> = (1..).zip(&before).collect();
    let after: Vec<(u32, &Page)> = (100..).zip(&after).collect();
    let all: Vec<(u32, &Page)> = before.iter().chain(&after).copied().collect();
    let (old, new) = (expected(setup.replace, &before), expected(setup.replace, &all));
    for steps in 0.. {
        let mut scene = on.scene(setup);
        scene.load(LoadMode::Merge, &before).unwrap();
        let whole = scene.lake.clone();
        scene.lake = dying_after(&whole, steps);
        let outcome = scene.load(LoadMode::Merge, &after);
        prop_assert!(scene.seen().is_ok());
        if outcome.is_ok() {
            prop_assert_eq!(scene.seen(), Ok(new));
            break;
        }
        // The next run dies while it clears up; the one after does not.
        scene.lake = dying_after(&whole, dies_in_recovery_after);
        let _ = scene.load(LoadMode::Merge, &[]);
        scene.lake = dying_after(&whole, usize::MAX);
        scene.load(LoadMode::Merge, &[]).unwrap();
        let seen = scene.seen();
        prop_assert!(seen == Ok(old.clone()) || seen == Ok(new.clone()), "after {} steps: {:?}", steps, seen);
        scene.load(LoadMode::Merge, &after).unwrap();
        prop_assert_eq!(scene.seen(), Ok(new.clone()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_crash_at_any_step_converges(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..6,
    ) {
        converges(On::Disk, pages, setup, dies_in_recovery_after)?;
    }

    #[test]
    fn a_crash_at_any_step_converges_in_a_store(
        pages in (history::pages(), history::pages()),
        setup in history::setup(),
        dies_in_recovery_after in 0usize..12,
    ) {
        converges(On::Store, pages, setup, dies_in_recovery_after)?;
    }
}

/// The sabotage: were the renames that add done first, a reader would see a moving row twice.
#[test]
fn the_reader_of_these_tests_sees_a_doubled_row() {
    let setup = crate::tests::model::Setup { replace: false, ..Setup::REPLACING };
    let mut scene = Scene::new(setup);
    let page: Page = vec![(0, vec![(0, 0, Some(0))])];
    scene.load(LoadMode::Merge, &[(1, &page)]).unwrap();
    let folder = scene.folder.path().join("messages/source=agentx");
    let twin = folder.join("date=1970-01-01/part-1.parquet");
    std::fs::copy(folder.join("date=1970-01-01/part-0.parquet"), twin).unwrap();
    assert_eq!(scene.seen(), Err((0, 0)));
}
