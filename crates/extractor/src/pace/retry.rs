//! Whether a failed attempt is followed by another, and after what wait.

use std::time::Duration;

use super::throttle::Throttle;

/// How often and how patiently a request is tried again. Waits grow by doubling, each is drawn from the whole
/// stretch below its bound ("full jitter").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at one page, the first included.
    pub attempts: u32,
    /// The bound of the first wait.
    pub wait_first: Duration,
    /// The bound no wait exceeds, a `Retry-After` apart.
    pub wait_max: Duration,
    /// The most waiting for one page, all attempts together.
    pub wait_total: Duration,
}

impl RetryPolicy {
    /// Six attempts within ten minutes.
    pub const USUAL: Self = Self {
        attempts: 6,
        wait_first: Duration::from_secs(1),
        wait_max: Duration::from_secs(60),
        wait_total: Duration::from_secs(600),
    };
}

/// The most waits for a limit at one page.
const LIMIT_WAITS_MAX: u32 = 20;
/// Waiting for limits may take so many times as long as all other waits.
const LIMIT_WAIT_TOTAL_TIMES: u32 = 3;
/// Where a source limits and does not say for how long, waits are up to so many times as long: limits are often a minute's.
const UNWORDED_TIMES: u32 = 4;

/// The waits between the attempts at one page.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: RetryPolicy,
    /// Attempts that failed, but for those that met a limit which is to come back.
    failed: u32,
    waited: Duration,
    limit_waits: u32,
    waited_for_limits: Duration,
}

impl Backoff {
    /// No attempt was made.
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        let (waited, waited_for_limits) = (Duration::ZERO, Duration::ZERO);
        Self { policy, failed: 0, waited, limit_waits: 0, waited_for_limits }
    }

    /// The attempts so far that brought no page.
    pub(crate) fn attempts(&self) -> u32 {
        self.failed + self.limit_waits
    }

    /// Counts an attempt as failed; the wait before the next one, or `None` where there shall be none.
    /// `random` lies in 0 to 1.
    pub(crate) fn next(&mut self, random: f64, throttle: Throttle) -> Option<Duration> {
        let random = random.clamp(0.0, 1.0);
        let wait = match throttle {
            Throttle::UsedUp(wait) => return self.wait_for_limit(random, wait),
            Throttle::Pause(least) => self.bound(self.failed).mul_f64(random).max(least),
            Throttle::None | Throttle::LastForNow(_) => self.bound(self.failed).mul_f64(random),
            Throttle::Unworded => {
                let bound = self.bound(self.failed).saturating_mul(UNWORDED_TIMES).min(self.policy.wait_max);
                bound.mul_f64(f64::midpoint(1.0, random))
            }
        };
        self.failed += 1;
        self.waited = self.waited.saturating_add(wait);
        let goes_on = self.failed < self.policy.attempts && self.waited <= self.policy.wait_total;
        goes_on.then_some(wait)
    }

    /// The wait for a limit that comes back after `wait`. Where it does not keep its word, waits grow.
    fn wait_for_limit(&mut self, random: f64, wait: Duration) -> Option<Duration> {
        let wait = self.bound(self.limit_waits).mul_f64(random).max(wait);
        self.limit_waits += 1;
        self.waited_for_limits = self.waited_for_limits.saturating_add(wait);
        let total = self.policy.wait_total.saturating_mul(LIMIT_WAIT_TOTAL_TIMES);
        let goes_on = self.limit_waits <= LIMIT_WAITS_MAX
            && self.waited_for_limits <= total
            && self.policy.attempts > 1;
        goes_on.then_some(wait)
    }

    /// The bound of the wait after so many others.
    fn bound(&self, n: u32) -> Duration {
        self.policy.wait_first.saturating_mul(2u32.saturating_pow(n)).min(self.policy.wait_max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pace::throttle::RETRY_AFTER_MAX;

    fn of_pause(pause: Option<Duration>) -> Throttle {
        pause.map_or(Throttle::None, Throttle::Pause)
    }

    #[test]
    fn waits_double_until_attempts_or_time_run_out() {
        let seconds = |seconds: u64| Some(Duration::from_secs(seconds));
        let patient = RetryPolicy { attempts: 8, ..RetryPolicy::USUAL };
        for (policy, random, pause, expected) in [
            (RetryPolicy::USUAL, 1.0, None, &[1, 2, 4, 8, 16][..]),
            (RetryPolicy::USUAL, 0.5, seconds(3), &[3, 3, 3, 4, 8]),
            (RetryPolicy::USUAL, 0.0, None, &[0, 0, 0, 0, 0]),
            (patient, 1.0, None, &[1, 2, 4, 8, 16, 32, 60]),
            // Ten minutes in all.
            (patient, 0.0, seconds(250), &[250, 250]),
            (RetryPolicy { attempts: 1, ..patient }, 1.0, None, &[]),
        ] {
            let mut backoff = Backoff::new(policy);
            let waits: Vec<u64> = std::iter::from_fn(|| backoff.next(random, of_pause(pause)))
                .map(|wait| wait.as_secs())
                .collect();
            assert_eq!(waits, expected, "{policy:?}, {random}, {pause:?}");
        }
    }

    #[test]
    fn waiting_for_a_limit_uses_up_no_attempts_and_has_an_end() {
        let seconds = Duration::from_secs;
        for (policy, wait, n_waits) in [
            (RetryPolicy::USUAL, seconds(1), 20),
            (RetryPolicy::USUAL, seconds(60), 20),
            // Half an hour in all.
            (RetryPolicy::USUAL, seconds(300), 6),
            (RetryPolicy { attempts: 1, ..RetryPolicy::USUAL }, seconds(1), 0),
        ] {
            let mut backoff = Backoff::new(policy);
            let waits = std::iter::from_fn(|| backoff.next(0.0, Throttle::UsedUp(wait)));
            assert_eq!(waits.count(), n_waits, "{policy:?} {wait:?}");
        }
        let mut backoff = Backoff::new(RetryPolicy::USUAL);
        for _ in 0..10 {
            assert_eq!(backoff.next(0.0, Throttle::UsedUp(seconds(40))), Some(seconds(40)));
        }
        let after = std::iter::from_fn(|| backoff.next(1.0, Throttle::None));
        assert_eq!(after.count(), 5, "as many attempts as ever");
        assert_eq!(backoff.attempts(), 16);
    }

    #[test]
    fn a_limit_without_a_word_is_given_a_minute() {
        for random in [0.0, 0.5, 1.0] {
            let mut backoff = Backoff::new(RetryPolicy::USUAL);
            let waits: Vec<Duration> =
                std::iter::from_fn(|| backoff.next(random, Throttle::Unworded)).collect();
            let total: Duration = waits.iter().sum();
            assert_eq!(waits.len(), 5);
            assert!((60..=120).contains(&total.as_secs()), "{waits:?}");
        }
    }

    proptest! {
        #[test]
        fn waits_are_bounded_and_never_below_what_was_asked(
            failures in proptest::collection::vec((0.0f64..1.0, proptest::option::of(0u64..400)), 1..20),
        ) {
            let mut backoff = Backoff::new(RetryPolicy::USUAL);
            let (mut total, mut attempts) = (Duration::ZERO, 0);
            for (random, pause) in failures {
                let pause = pause.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
                let Some(wait) = backoff.next(random, of_pause(pause)) else { break };
                prop_assert!(pause.is_none_or(|pause| wait >= pause));
                total += wait;
                attempts += 1;
            }
            prop_assert!(attempts < RetryPolicy::USUAL.attempts);
            prop_assert!(total <= RetryPolicy::USUAL.wait_total);
        }
    }
}
