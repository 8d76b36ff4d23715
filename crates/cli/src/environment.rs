//! What the engine takes from the machine: clock, environment variables, entropy, runtime.

use std::sync::Arc;

use convolake_engine::{Seams, Stop, SystemClock};

use crate::failure::Failure;
use crate::progress::Progress;

/// The seams of a command that shows its progress.
pub(crate) fn seams() -> Seams {
    Seams {
        clock: Arc::new(SystemClock::start()),
        env: Arc::new(|name| std::env::var(name).ok()),
        entropy: entropy(),
        stop: Stop::default(),
        observer: Arc::new(Progress::new()),
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
