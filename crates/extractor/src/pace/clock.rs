//! The seam to time.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use jiff::Timestamp;

/// What time it is, how long it has been, and waiting.
pub trait Clock: Send + Sync {
    /// The wall clock; it may jump.
    fn now(&self) -> Timestamp;

    /// The time since some fixed moment of this clock's life; it never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits for `duration` at least.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
    /// What the wall showed when it started, where that is played.
    began: Option<Timestamp>,
}

impl SystemClock {
    /// A clock that starts to count now.
    pub fn start() -> Self {
        Self { started: Instant::now(), began: None }
    }

    /// A clock that starts to count now, on a wall that shows this instant.
    pub fn played(began: Timestamp) -> Self {
        Self { began: Some(began), ..Self::start() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system clock enters this crate")]
    fn now(&self) -> Timestamp {
        match self.began {
            None => Timestamp::now(),
            Some(began) => began.checked_add(self.elapsed()).unwrap_or(began),
        }
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
