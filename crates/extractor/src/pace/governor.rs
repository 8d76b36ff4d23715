//! The pace of requests.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use convolake_model::{RateScope, Stream};

use crate::Clock;

/// Starts lie this much further apart than the limit asks for: on the way to the source one request may be
/// held up and the next not, and it is arrivals that the source counts. At 3 requests a second this allows for
/// 30 ms of jitter and costs 3 % of the pace.
const ALLOWANCE_FOR_JITTER: f64 = 0.03;

/// Spaces the requests of all chains that share one rate limit. Clones share their state.
///
/// Instants are times since a common start, as [`Clock::elapsed`] gives them.
#[derive(Debug, Clone)]
pub struct Governor {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    spacing: Duration,
    next_free: Duration,
    paused_until: Duration,
    /// The last starts as they really were, as many as the limit allows within `window`.
    starts: VecDeque<Duration>,
    most: usize,
    window: Duration,
}

impl Governor {
    /// A governor that lets at most `requests_per_second` requests (above 0; the whole part of what is above 1,
    /// so 2.5 counts as 2) start in any half-open second.
    pub fn new(requests_per_second: f64) -> Self {
        let state = State {
            spacing: spacing(requests_per_second),
            next_free: Duration::ZERO,
            paused_until: Duration::ZERO,
            starts: VecDeque::new(),
            most: most_at_once(requests_per_second),
            window: window(requests_per_second),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Takes the next start that is free, at `now` or later.
    pub fn reserve(&self, now: Duration) -> Duration {
        let mut state = self.lock();
        let start = now.max(state.next_free).max(state.paused_until);
        state.next_free = start.saturating_add(state.spacing);
        start
    }

    /// Lets no request start before `until`; what was reserved before that is to be reserved anew.
    pub fn pause_until(&self, until: Duration) {
        let mut state = self.lock();
        state.paused_until = state.paused_until.max(until);
    }

    /// True where no request may start at `now`, whatever was reserved.
    pub fn is_paused(&self, now: Duration) -> bool {
        now < self.lock().paused_until
    }

    /// Waits until a start is free that nobody has reserved.
    pub(crate) async fn idle(&self, clock: &dyn Clock) {
        loop {
            let now = clock.elapsed();
            let free = {
                let state = self.lock();
                state.next_free.max(state.paused_until)
            };
            if free <= now {
                return;
            }
            clock.sleep(free - now).await;
        }
    }

    /// Waits for a start.
    pub(crate) async fn turn(&self, clock: &dyn Clock) {
        loop {
            let now = clock.elapsed();
            let start = self.reserve(now);
            if start > now {
                clock.sleep(start - now).await;
            }
            // Who slept too long, as on a busy machine, starts late, and the next one on time would come too soon.
            while let Some(wait) = self.too_soon(clock.elapsed()) {
                clock.sleep(wait).await;
            }
            if self.starts_at(clock.elapsed()) {
                return;
            }
        }
    }

    /// How long a start at `now` would still be too soon after those that really were.
    fn too_soon(&self, now: Duration) -> Option<Duration> {
        let state = self.lock();
        let first = state.starts.front().filter(|_| state.starts.len() >= state.most)?;
        first.saturating_add(state.window).checked_sub(now).filter(|wait| !wait.is_zero())
    }

    /// Takes note of a start; false, and none, while requests are paused.
    fn starts_at(&self, now: Duration) -> bool {
        let mut state = self.lock();
        if now < state.paused_until {
            return false;
        }
        state.starts.push_back(now);
        while state.starts.len() > state.most {
            state.starts.pop_front();
        }
        true
    }

    /// Keeps to the stricter of two limits where streams of one host name different ones.
    fn slow_to(&self, requests_per_second: f64) {
        let mut state = self.lock();
        if spacing(requests_per_second) > state.spacing {
            state.spacing = spacing(requests_per_second);
            state.most = most_at_once(requests_per_second);
            state.window = window(requests_per_second);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// With n + 1 starts never less than a second apart, at most n lie in any half-open second.
fn spacing(requests_per_second: f64) -> Duration {
    let in_any_second =
        if requests_per_second >= 1.0 { requests_per_second.floor() } else { requests_per_second };
    Duration::try_from_secs_f64((1.0 + ALLOWANCE_FOR_JITTER) / in_any_second).unwrap_or(Duration::MAX)
}

/// What shares a limit with `stream`: its origin, and its endpoint where the limit is for that alone.
pub(crate) fn scope(stream: &Stream) -> (String, Option<String>) {
    let endpoint = match stream.rate_limit.per {
        RateScope::Stream => Some(format!("{}{}", stream.base_url.path(), stream.path)),
        RateScope::Host => None,
    };
    (stream.base_url.origin().ascii_serialization(), endpoint)
}

/// As many starts as may lie within [`window`].
fn most_at_once(requests_per_second: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a limit is above 0 and at most 10000"
    )]
    let whole = requests_per_second as usize;
    whole.max(1)
}

/// The time in which no more than [`most_at_once`] may start: a second, or for less than one request a second the time
/// of one; with two thirds of the allowance, so that small delays cost nothing.
fn window(requests_per_second: f64) -> Duration {
    let seconds = (1.0 / requests_per_second).max(1.0);
    Duration::try_from_secs_f64(seconds * (1.0 + ALLOWANCE_FOR_JITTER * 2.0 / 3.0)).unwrap_or(Duration::MAX)
}

/// The governors of a run: one per endpoint or host, as the streams' limits say.
#[derive(Debug, Default)]
pub(crate) struct Governors {
    by_scope: Mutex<BTreeMap<(String, Option<String>), Governor>>,
}

impl Governors {
    /// The governor that `stream` shares with others of its endpoint (whatever their params) or host.
    pub(crate) fn of(&self, stream: &Stream) -> Governor {
        let requests_per_second = stream.rate_limit.requests_per_second;
        let mut by_scope = self.by_scope.lock().unwrap_or_else(PoisonError::into_inner);
        let governor =
            by_scope.entry(scope(stream)).or_insert_with(|| Governor::new(requests_per_second)).clone();
        governor.slow_to(requests_per_second);
        governor
    }
}

#[cfg(test)]
mod tests {
    use convolake_model::RateLimit;
    use proptest::prelude::*;

    use super::*;
    use crate::fakes::{self, FakeClock};

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
                        prop_assert_eq!(governor.is_paused(now), now < paused_until);
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
        governor.turn(&clock).await;
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
            governor.turn(&clock).await;
            starts.push(clock.elapsed());
        }
        for (first, start) in starts.iter().enumerate() {
            let within = starts[first..].iter().filter(|other| **other < *start + SECOND).count();
            assert!(within <= 3, "{within} starts in the second from {start:?}");
        }
    }

    #[test]
    fn endpoints_share_by_scope() {
        let governors = Governors::default();
        let share = |a: &Stream, b: &Stream| Arc::ptr_eq(&governors.of(a).state, &governors.of(b).state);
        let (mut list, mut export) = (fakes::numbered_stream(), fakes::windowed_stream());
        assert!(share(&list, &list.clone()));
        assert!(!share(&list, &export));
        list.rate_limit = RateLimit { requests_per_second: 5.0, per: RateScope::Host, quota: None };
        export.rate_limit = RateLimit { requests_per_second: 2.0, per: RateScope::Host, quota: None };
        export.base_url = list.base_url.clone();
        assert!(share(&list, &export));
        assert_eq!(governors.of(&list).lock().spacing, spacing(2.0), "the stricter limit holds for both");
    }
}
