//! Whether a failed attempt is followed by another, and after what wait.

use std::time::Duration;

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

/// The waits between the attempts at one page.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: RetryPolicy,
    attempts: u32,
    waited: Duration,
}

impl Backoff {
    /// No attempt was made.
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self { policy, attempts: 0, waited: Duration::ZERO }
    }

    /// The attempts that failed so far.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts an attempt as failed; the wait before the next one, or `None` where there shall be none.
    /// `random` lies in 0 to 1. `pause` is the least wait that the source asks for.
    pub(crate) fn next(&mut self, random: f64, pause: Option<Duration>) -> Option<Duration> {
        self.attempts += 1;
        if self.attempts >= self.policy.attempts {
            return None;
        }
        let doubled = 2u32.saturating_pow(self.attempts - 1);
        let bound = self.policy.wait_first.saturating_mul(doubled).min(self.policy.wait_max);
        let wait = bound.mul_f64(random.clamp(0.0, 1.0)).max(pause.unwrap_or_default());
        self.waited = self.waited.saturating_add(wait);
        (self.waited <= self.policy.wait_total).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pace::throttle::RETRY_AFTER_MAX;

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
            let waits: Vec<u64> =
                std::iter::from_fn(|| backoff.next(random, pause)).map(|wait| wait.as_secs()).collect();
            assert_eq!(waits, expected, "{policy:?}, {random}, {pause:?}");
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
                let Some(wait) = backoff.next(random, pause) else { break };
                prop_assert!(pause.is_none_or(|pause| wait >= pause));
                total += wait;
                attempts += 1;
            }
            prop_assert!(attempts < RetryPolicy::USUAL.attempts);
            prop_assert!(total <= RetryPolicy::USUAL.wait_total);
        }
    }
}
