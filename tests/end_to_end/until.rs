//! Waiting for what another process does.

use std::time::{Duration, Instant};

const MOST: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Waits for the condition, and fails with `what` when it does not come true.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < MOST, "waited a minute until {what}");
        std::thread::park_timeout(BETWEEN_LOOKS);
    }
}
