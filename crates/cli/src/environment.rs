//! What the engine takes from the machine: clock, environment variables, entropy, runtime.

use std::sync::Arc;

use convolake_engine::{Seams, Stop, SystemClock};

use crate::progress::Progress;
use crate::terminal;
use convolake_engine::Failure;

/// The seams of a command that shows its progress.
pub(crate) fn seams() -> Seams {
    Seams {
        clock: Arc::new(clock()),
        env: Arc::new(|name| std::env::var(name).ok()),
        entropy: entropy(),
        stop: Stop::default(),
        observer: Arc::new(Progress::new()),
        after_run: None,
    }
}

/// Tests of this project play other days with it: the instant, as in 2026-01-31T00:30:00Z, that the clock shows at first. It is told
/// of in CONTRIBUTING.md alone.
const TEST_NOW: &str = "CONVOLAKE_TEST_NOW";

/// The machine's clock, or the one that a test plays.
pub(crate) fn clock() -> SystemClock {
    let Ok(text) = std::env::var(TEST_NOW) else { return SystemClock::start() };
    match text.parse() {
        Ok(began) => {
            terminal::line(&format!(
                "the clock shows {began}, as {TEST_NOW} is set, which is for tests alone"
            ));
            SystemClock::played(began)
        }
        Err(_) => {
            terminal::line(&format!("{TEST_NOW} is set and no instant, and so left alone: {text}"));
            SystemClock::start()
        }
    }
}

/// A seed that differs from run to run; no secret is derived from it.
pub(crate) fn entropy() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// A runtime with a thread a core.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::other)
}
