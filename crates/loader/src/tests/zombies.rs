use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::ObjectStore;
use object_store::memory::InMemory;

use crate::lease::LeaseTimes;
use crate::storage::LakeStorage;
use crate::tests::model::{BY_DAY, Page, Scene, Setup, expected};
use crate::{Lake, LoadError, LoadMode, Trees};

/// A holder that stands still: it renews nothing, and on waking takes itself for the holder.
const ASLEEP: LeaseTimes = LeaseTimes {
    renewed_every: Duration::from_secs(3600),
    lost_after: Duration::from_secs(3600),
    abandoned_after: Duration::from_millis(100),
};

/// The same lake from another process.
fn scene(store: &Arc<dyn ObjectStore>, setup: Setup, first_run: u32) -> Scene {
    let mut scene = Scene::in_store(setup, Arc::clone(store));
    scene.lake = Lake::over(LakeStorage::on_store(Arc::clone(store)).unwrap(), ASLEEP);
    scene.n_runs = first_run;
    scene
}

/// A run stands still before each of its steps in turn. Meanwhile its lease is taken over, and the other loads to its end;
/// then it goes on. What the other committed stands.
#[test]
fn a_run_that_lost_its_lease_takes_nothing_back() {
    let setup =
        Setup { replace: false, memory_bytes: 1 << 20, buckets: 1, partitions: BY_DAY, trees: Trees::Plain };
    // Rows that stay, change and move between days.
    let before: Page = vec![(0, vec![(0, 0, Some(0)), (1, 0, Some(1))]), (1, vec![(0, 0, Some(0))])];
    let sleeper: Page = vec![(0, vec![(0, 1, Some(1)), (2, 1, Some(2))])];
    let other: Page = vec![(0, vec![(0, 2, Some(2)), (1, 2, Some(0))]), (2, vec![(0, 2, Some(1))])];
    let rows = |pages: &[(u32, &Page)]| expected(setup.replace, pages);
    let with_both = rows(&[(1, &before), (100, &sleeper), (200, &other)]);
    let without_sleeper = rows(&[(1, &before), (200, &other)]);
    let mut n_taken_over = 0;
    for sleeps_before in 0.. {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let mut first = scene(&store, setup, 0);
        first.load(LoadMode::Merge, &[(1, &before)]).unwrap();

        let steps = AtomicUsize::new(0);
        let taker = Mutex::new(scene(&store, setup, 50));
        let page = other.clone();
        let has_loaded = Arc::new(AtomicUsize::new(0));
        let loaded = Arc::clone(&has_loaded);
        let step = move |_: &'static str| {
            if steps.fetch_add(1, Ordering::Relaxed) == sleeps_before {
                taker.lock().unwrap().load(LoadMode::Merge, &[(200, &page)]).unwrap();
                loaded.store(1, Ordering::Relaxed);
            }
            Ok(())
        };
        let mut zombie = scene(&store, setup, 10);
        zombie.lake.storage.steps = Arc::new(step);
        let outcome = zombie.load(LoadMode::Merge, &[(100, &sleeper)]);
        if has_loaded.load(Ordering::Relaxed) == 0 {
            outcome.unwrap();
            break;
        }
        n_taken_over += 1;
        if let Err(error) = &outcome {
            assert!(
                matches!(
                    error,
                    LoadError::LeaseLost { .. } | LoadError::Overtaken { .. } | LoadError::ObjectTaken { .. }
                ),
                "{error}"
            );
        }
        let seen = first.seen();
        assert!(
            seen == Ok(with_both.clone()) || seen == Ok(without_sleeper.clone()),
            "{sleeps_before}: {seen:?}"
        );
        assert!(outcome.is_err() || seen == Ok(with_both.clone()), "it says that it has committed");
        // Nor does whoever clears up behind it.
        let mut last = scene(&store, setup, 90);
        last.load(LoadMode::Merge, &[]).unwrap();
        assert_eq!(last.seen(), seen, "{sleeps_before}");
        last.load(LoadMode::Merge, &[(100, &sleeper), (200, &other)]).unwrap();
        assert_eq!(last.seen(), Ok(with_both.clone()), "{sleeps_before}");
    }
    assert!(n_taken_over >= 8, "{n_taken_over} steps");
    println!("figure zombie_steps_without_harm {n_taken_over} of {n_taken_over}");
}
