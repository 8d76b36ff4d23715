//! A clock that jumps.

use std::sync::Mutex;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use crate::pace::Clock;

/// Time passes only in sleep.
#[derive(Default)]
pub(crate) struct FakeClock {
    elapsed: Mutex<Duration>,
    once_asleep: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl FakeClock {
    /// Does this the next time somebody sleeps.
    pub(crate) fn when_asleep(&self, act: impl FnOnce() + Send + 'static) {
        *self.once_asleep.lock().unwrap() = Some(Box::new(act));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2025-06-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::try_from(self.elapsed()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            *self.elapsed.lock().unwrap() += duration;
            let act = self.once_asleep.lock().unwrap().take();
            if let Some(act) = act {
                act();
            }
        })
    }
}
