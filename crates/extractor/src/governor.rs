//! The pace of requests.

use std::collections::BTreeMap;
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
}

impl Governor {
    /// A governor that lets at most `requests_per_second` requests (above 0; the whole part of what is above 1,
    /// so 2.5 counts as 2) start in any half-open second.
    pub fn new(requests_per_second: f64) -> Self {
        let state = State {
            spacing: spacing(requests_per_second),
            next_free: Duration::ZERO,
            paused_until: Duration::ZERO,
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
            if !self.is_paused(clock.elapsed()) {
                return;
            }
        }
    }

    /// Keeps to the stricter of two limits where streams of one host name different ones.
    fn slow_to(&self, requests_per_second: f64) {
        let mut state = self.lock();
        state.spacing = state.spacing.max(spacing(requests_per_second));
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
