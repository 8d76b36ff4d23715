//! A clock on which time passes only where everybody waits for it, so that requests take their time side by side.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::task::noop_waker;
use jiff::{SignedDuration, Timestamp};

use crate::pace::Clock;

#[derive(Debug, Default)]
pub(crate) struct VirtualClock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    elapsed: Duration,
    sleepers: BTreeMap<(Duration, u64), Waker>,
    n_sleepers: u64,
}

impl VirtualClock {
    /// Does all that `act` does, and lets the time pass that it waits for.
    pub(crate) fn play<T>(self: &Arc<Self>, act: impl Future<Output = T>) -> T {
        let mut act = pin!(act);
        let waker = noop_waker();
        loop {
            if let Poll::Ready(done) = act.as_mut().poll(&mut Context::from_waker(&waker)) {
                return done;
            }
            let first = {
                let mut state = self.state.lock().unwrap();
                let ((at, _), first) = state.sleepers.pop_first().expect("somebody waits for time to pass");
                state.elapsed = state.elapsed.max(at);
                first
            };
            first.wake();
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2025-06-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::try_from(self.elapsed()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.state.lock().unwrap().elapsed
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        let mut state = self.state.lock().unwrap();
        state.n_sleepers += 1;
        Box::pin(Sleep { clock: self, until: (state.elapsed + duration, state.n_sleepers) })
    }
}

struct Sleep<'a> {
    clock: &'a VirtualClock,
    until: (Duration, u64),
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state.lock().unwrap();
        if state.elapsed >= self.until.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.until, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.clock.state.lock().unwrap().sleepers.remove(&self.until);
    }
}
