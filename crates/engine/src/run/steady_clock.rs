//! A run's clock. What the machine's clock does while a run goes on (it is set, or somebody's daemon sets it) must not
//! show in how long things took, nor make a page older than the one before it.

use std::sync::Arc;
use std::time::Duration;

use convolake_extractor::Clock;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

/// Looks at the wall once, and counts from there on.
pub(crate) struct SteadyClock {
    inner: Arc<dyn Clock>,
    began: Timestamp,
    began_elapsed: Duration,
}

impl SteadyClock {
    /// A clock that agrees with `inner` for now.
    pub(crate) fn start(inner: Arc<dyn Clock>) -> Self {
        let (began, began_elapsed) = (inner.now(), inner.elapsed());
        Self { inner, began, began_elapsed }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let since = self.inner.elapsed().saturating_sub(self.began_elapsed);
        SignedDuration::try_from(since)
            .ok()
            .and_then(|since| self.began.checked_add(since).ok())
            .unwrap_or(self.began)
    }

    fn elapsed(&self) -> Duration {
        self.inner.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.inner.sleep(duration)
    }
}
