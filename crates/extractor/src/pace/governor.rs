//! The times at which requests start.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Clock;
use super::adapt::Pace;
use super::rate::Rate;
use crate::lock::Lock;

/// Spaces the requests of all chains that share one rate limit. Clones share their state.
///
/// Instants are times since a common start, as [`Clock::elapsed`] gives them.
#[derive(Debug, Clone)]
pub(crate) struct Governor {
    state: Arc<Lock<State>>,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    rate: Rate,
    /// The next start that is not reserved.
    next_free: Duration,
    /// Before this no request may start.
    paused_until: Duration,
    /// The last starts as they really were, as many as the rate allows within its window.
    starts: VecDeque<Duration>,
}

impl Governor {
    /// A governor that lets at most `requests_per_second` requests (above 0; the whole part of what is above 1,
    /// so 2.5 counts as 2) start in any half-open second.
    pub(crate) fn new(requests_per_second: f64) -> Self {
        let state = State {
            pace: Pace::new(requests_per_second),
            rate: Rate::new(requests_per_second),
            next_free: Duration::ZERO,
            paused_until: Duration::ZERO,
            starts: VecDeque::new(),
        };
        Self { state: Arc::new(Lock::new(state)) }
    }

    /// Takes the next start that is free, at `now` or later.
    pub(super) fn reserve(&self, now: Duration) -> Duration {
        let mut state = self.state.lock();
        let start = now.max(state.next_free).max(state.paused_until);
        state.next_free = start.saturating_add(state.rate.spacing);
        start
    }

    /// Lets no request start before `until`; what was reserved before that is to be reserved anew.
    pub(crate) fn pause_until(&self, until: Duration) {
        let mut state = self.state.lock();
        state.paused_until = state.paused_until.max(until);
    }

    /// Pauses for a limit that says to be used up, though no request was turned down. False, and no pause, where such waits
    /// have come to more than a run may spend on them: then the source's word is not taken for it.
    pub(crate) fn hold_until(&self, now: Duration, until: Duration) -> bool {
        let mut state = self.state.lock();
        let more = until.saturating_sub(now.max(state.paused_until));
        if !state.pace.may_hold(more) {
            return false;
        }
        state.paused_until = state.paused_until.max(until);
        true
    }

    /// Takes note of a request, started at `started`, that was turned down at `now` for a limit, which comes back after
    /// `wait` where that is known.
    pub(crate) fn turned_down(&self, started: Duration, now: Duration, wait: Option<Duration>) {
        let mut state = self.state.lock();
        state.pace.lower(started, now, wait);
        state.follow_pace();
    }

    /// Takes note of an answer within the limit.
    pub(crate) fn answered(&self) {
        let mut state = self.state.lock();
        if state.pace.answered() {
            state.follow_pace();
        }
    }

    /// Waits until a start is free that nobody has reserved.
    pub(crate) async fn wait_until_idle(&self, clock: &dyn Clock) {
        loop {
            let now = clock.elapsed();
            let free = {
                let state = self.state.lock();
                state.next_free.max(state.paused_until)
            };
            if free <= now {
                return;
            }
            clock.sleep(free - now).await;
        }
    }

    /// Waits for a start, and takes it.
    pub(crate) async fn wait_for_start(&self, clock: &dyn Clock) {
        loop {
            let now = clock.elapsed();
            let start = self.reserve(now);
            if start > now {
                clock.sleep(start - now).await;
            }
            // Who slept too long, as on a busy machine, starts late, and the next one on time would come too soon.
            while let Some(wait) = self.too_soon_by(clock.elapsed()) {
                clock.sleep(wait).await;
            }
            if self.start_at(clock.elapsed()) {
                return;
            }
        }
    }

    /// How long a start at `now` would still be too soon after those that really were.
    fn too_soon_by(&self, now: Duration) -> Option<Duration> {
        let state = self.state.lock();
        let first = state.starts.front().filter(|_| state.starts.len() >= state.rate.starts_max)?;
        first.saturating_add(state.rate.window).checked_sub(now).filter(|wait| !wait.is_zero())
    }

    /// Takes note of a start; false, and none, while requests are paused.
    fn start_at(&self, now: Duration) -> bool {
        let mut state = self.state.lock();
        if now < state.paused_until {
            return false;
        }
        state.pace.started(now);
        state.starts.push_back(now);
        while state.starts.len() > state.rate.starts_max {
            state.starts.pop_front();
        }
        true
    }

    /// Keeps to the stricter of two limits where streams of one host name different ones.
    pub(super) fn slow_to(&self, requests_per_second: f64) {
        let mut state = self.state.lock();
        if state.pace.cap(requests_per_second) {
            state.follow_pace();
        }
    }
}

impl State {
    /// Spaces the starts that are not reserved yet by the pace as it is by now.
    fn follow_pace(&mut self) {
        self.rate = Rate::new(self.pace.requests_per_second());
        while self.starts.len() > self.rate.starts_max {
            self.starts.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fakes::FakeClock;

    const SECOND: Duration = Duration::from_secs(1);

    #[derive(Debug, Clone)]
    enum Event {
        Reserve { after_ms: u64 },
        Pause { for_ms: u64 },
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            8 => prop_oneof![Just(0), 0u64..1500].prop_map(|after_ms| Event::Reserve { after_ms }),
            1 => (0u64..5000).prop_map(|for_ms| Event::Pause { for_ms }),
        ];
        proptest::collection::vec(event, 1..200)
    }

    proptest! {
        #[test]
        fn no_half_open_second_sees_more_than_the_limit(events in events(), rate in 0.2f64..40.0) {
            let governor = Governor::new(rate);
            let (mut now, mut paused_until, mut starts) = (Duration::ZERO, Duration::ZERO, Vec::new());
            for event in events {
                match event {
                    Event::Reserve { after_ms } => {
                        now += Duration::from_millis(after_ms);
                        let start = governor.reserve(now);
                        prop_assert!(start >= now && start >= paused_until);
                        starts.push(start);
                    }
                    Event::Pause { for_ms } => {
                        paused_until = paused_until.max(now + Duration::from_millis(for_ms));
                        governor.pause_until(paused_until);
                    }
                }
            }
            for (first, start) in starts.iter().enumerate() {
                let within = starts[first..].iter().filter(|other| **other < *start + SECOND).count();
                prop_assert!(within as f64 <= rate.max(1.0), "{} starts in the second from {:?}", within, start);
            }
        }
    }

    #[test]
    fn the_pace_is_used_up_to_the_allowance() {
        let governor = Governor::new(3.0);
        let starts: Vec<Duration> = (0..70).map(|_| governor.reserve(Duration::ZERO)).collect();
        assert!(starts[69].as_secs_f64() <= 70.0 / 3.0 * 1.05, "{:?}", starts[69]);
    }

    #[tokio::test]
    async fn a_pause_holds_what_was_reserved_before_it() {
        let (governor, clock) = (Governor::new(2.0), FakeClock::default());
        governor.reserve(Duration::ZERO);
        // The turn is reserved, and the pause comes while it waits.
        clock.when_asleep({
            let governor = governor.clone();
            move || governor.pause_until(Duration::from_secs(30))
        });
        governor.wait_for_start(&clock).await;
        assert!(clock.elapsed() >= Duration::from_secs(30));
    }

    /// A clock that wakes sleepers late, by as much as a busy machine does.
    struct LateClock {
        inner: FakeClock,
        lateness_ms: [u64; 7],
        n_sleeps: std::sync::atomic::AtomicUsize,
    }

    impl Clock for LateClock {
        fn now(&self) -> jiff::Timestamp {
            self.inner.now()
        }

        fn elapsed(&self) -> Duration {
            self.inner.elapsed()
        }

        fn sleep(&self, duration: Duration) -> futures::future::BoxFuture<'_, ()> {
            let n = self.n_sleeps.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.inner.sleep(duration + Duration::from_millis(self.lateness_ms[n % self.lateness_ms.len()]))
        }
    }

    #[tokio::test]
    async fn a_late_start_does_not_bring_the_next_one_too_close() {
        let governor = Governor::new(3.0);
        let lateness_ms = [0, 250, 0, 0, 90, 10, 0];
        let clock = LateClock { inner: FakeClock::default(), lateness_ms, n_sleeps: 0.into() };
        let mut starts = Vec::new();
        for _ in 0..60 {
            governor.wait_for_start(&clock).await;
            starts.push(clock.elapsed());
        }
        for (first, start) in starts.iter().enumerate() {
            let within = starts[first..].iter().filter(|other| **other < *start + SECOND).count();
            assert!(within <= 3, "{within} starts in the second from {start:?}");
        }
    }
}
