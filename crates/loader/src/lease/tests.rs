//! Of several that take a renewed lease one holds it, and a dead holder gives way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::memory::InMemory;

use crate::lease::{Lease, LeaseHolder, LeaseState, LeaseTimes, look};
use crate::storage::blocking::block_on;
use crate::storage::{Expected, LakeStorage};
use crate::{LoadError, paths};

/// Renewed often, and lost late: a busy machine may hold up renewals for seconds, and a holder is alive all the same.
const TIMES: LeaseTimes = LeaseTimes {
    renewed_every: Duration::from_millis(100),
    lost_after: Duration::from_secs(3),
    abandoned_after: Duration::from_secs(5),
};

fn storage() -> LakeStorage {
    LakeStorage::on_store(Arc::new(InMemory::new())).unwrap()
}

fn holder(run: &str) -> LeaseHolder {
    LeaseHolder { run: run.into(), pid: 7, since: jiff::Timestamp::UNIX_EPOCH }
}

fn take(storage: &LakeStorage, run: &str) -> Result<Lease, LoadError> {
    Lease::take(storage, "agentx", &holder(run), TIMES)
}

/// A holder that was killed: it renews nothing and gives nothing back.
fn take_and_die(storage: &LakeStorage, run: &str) -> Lease {
    let times = LeaseTimes { renewed_every: Duration::from_secs(3600), ..TIMES };
    take_with(storage, run, times)
}

fn take_with(storage: &LakeStorage, run: &str, times: LeaseTimes) -> Lease {
    Lease::take(storage, "agentx", &holder(run), times).unwrap()
}

#[test]
fn a_live_holder_is_named_and_one_that_gave_it_back_is_in_nobodys_way() {
    let storage = storage();
    let first = take(&storage, "r1").unwrap();
    let begun = Instant::now();
    let refused = take(&storage, "r2").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "another run holds the lease since 1970-01-01T00:00:00Z: run r1, process 7"
    );
    assert!(begun.elapsed() < TIMES.abandoned_after, "a renewal is seen sooner than its absence");
    block_on(first.confirm()).unwrap();
    drop(first);
    let begun = Instant::now();
    let second = take(&storage, "r2").unwrap();
    assert!(begun.elapsed() < TIMES.abandoned_after);
    assert_eq!(second.fence(), Some(2));
    // Another pipeline has a lease of its own.
    Lease::take(&storage, "convocore", &holder("r3"), TIMES).unwrap();
}

#[test]
fn a_dead_holder_blocks_for_as_long_as_it_says_and_finds_out_should_it_wake() {
    let storage = storage();
    let dead = take_and_die(&storage, "r1");
    dead.check().unwrap();
    let begun = Instant::now();
    let next = take(&storage, "r2").unwrap();
    let waited = begun.elapsed();
    assert!(waited >= TIMES.abandoned_after && waited < TIMES.abandoned_after * 5, "{waited:?}");
    assert_eq!(next.fence(), Some(2));
    assert!(matches!(dead.check(), Err(LoadError::LeaseLost { .. })), "by its own clock");
    assert!(matches!(block_on(dead.confirm()), Err(LoadError::LeaseLost { .. })));
    drop(dead);
    block_on(next.confirm()).unwrap();
}

#[test]
fn a_holder_whose_renewals_fail_counts_itself_lost_before_others_do() {
    let storage = storage();
    let lease = take(&storage, "r1").unwrap();
    // Somebody takes it away: an operator, or a run whose clock runs faster.
    block_on(storage.remove(vec![paths::lease("agentx")])).unwrap();
    let begun = Instant::now();
    while lease.check().is_ok() {
        assert!(begun.elapsed() < TIMES.abandoned_after * 3, "it still takes itself for the holder");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn of_many_that_see_a_dead_holder_one_takes_over() {
    let storage = storage();
    let _dead = take_and_die(&storage, "r0");
    let takers: Vec<_> = (1..=8)
        .map(|number| {
            let storage = storage.clone();
            std::thread::spawn(move || take(&storage, &format!("r{number}")))
        })
        .collect();
    let outcomes: Vec<_> = takers.into_iter().map(|taker| taker.join().unwrap()).collect();
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(LoadError::LeaseHeld { .. }))));
}

#[test]
fn the_lease_of_a_newer_release_is_refused() {
    let storage = storage();
    let newer = "{\"version\":2,\"anything\":true}";
    block_on(storage.create(&paths::lease("agentx"), newer.into())).unwrap();
    assert!(matches!(take(&storage, "r1"), Err(LoadError::Newer { found: 2, known: 1, .. })));
}

#[test]
fn the_usual_times_leave_room_between_the_two_clocks() {
    let LeaseTimes { renewed_every, lost_after, abandoned_after } = LeaseTimes::USUAL;
    assert!(renewed_every * 2 < lost_after, "two renewals may fail");
    assert!(lost_after + renewed_every < abandoned_after, "a write that was begun in time ends in time");
}

/// `sympa-community/sympa#1823`: locks that were moved along with what they guard. A lake that was copied from a disk has the words that stood beside the lock
/// there, which nobody renews.
#[test]
fn the_words_of_a_lock_that_were_copied_from_a_disk_hold_nobody_off_for_good() {
    let storage = storage();
    let words = serde_json::to_vec(&holder("r1")).unwrap();
    for content in [words, Vec::new(), b"{\"version\":1}".to_vec()] {
        let at = paths::lease("agentx");
        block_on(storage.replace(&at, content.into(), &Expected::Anything)).unwrap();
        assert_eq!(look(&storage, "agentx").unwrap(), LeaseState::Free);
        let begun = Instant::now();
        let lease = take(&storage, "r2").unwrap();
        assert!(begun.elapsed() >= TIMES.abandoned_after, "it may be somebody's");
        block_on(lease.confirm()).unwrap();
    }
    // What writes it is alive, whatever it is.
    let at = paths::lease("agentx");
    block_on(storage.replace(&at, "a".into(), &Expected::Anything)).unwrap();
    let writer = std::thread::spawn({
        let (storage, at) = (storage.clone(), at.clone());
        move || {
            std::thread::sleep(TIMES.renewed_every * 5);
            block_on(storage.replace(&at, "b".into(), &Expected::Anything)).unwrap();
        }
    });
    assert!(matches!(take(&storage, "r3"), Err(LoadError::LeaseHeld { .. })));
    writer.join().unwrap();
}
