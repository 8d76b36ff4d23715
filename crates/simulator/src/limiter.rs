use std::collections::VecDeque;
use std::time::Duration;

use crate::config::RateLimit;

/// Holds a [`RateLimit`] as a sliding window. Refused requests do not count.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    admitted: VecDeque<Duration>,
}

impl Limiter {
    /// Lets a request that arrived at `now` through, or says how long the next place is away.
    pub(crate) fn admit(&mut self, limit: RateLimit, now: Duration) -> Result<(), Duration> {
        while self.admitted.front().is_some_and(|&oldest| now.saturating_sub(oldest) >= limit.per) {
            self.admitted.pop_front();
        }
        if self.admitted.len() < limit.requests {
            self.admitted.push_back(now);
            return Ok(());
        }
        let free_at = self.admitted.front().map_or(now, |&oldest| oldest + limit.per);
        Err(free_at.saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_three_in_any_half_open_second() {
        let cases: &[(&[u64], &[bool])] = &[
            (&[0, 1, 2, 3], &[true, true, true, false]),
            (&[0, 1, 2, 999], &[true, true, true, false]),
            (&[0, 1, 2, 1000], &[true, true, true, true]),
            (&[0, 900, 950, 1000, 1001], &[true, true, true, true, false]),
            (&[0, 1, 2, 500, 1000], &[true, true, true, false, true]),
        ];
        for (arrivals_ms, expected) in cases {
            let mut limiter = Limiter::default();
            let limit = RateLimit::per_second(3);
            let admitted: Vec<bool> = arrivals_ms
                .iter()
                .map(|&ms| limiter.admit(limit, Duration::from_millis(ms)).is_ok())
                .collect();
            assert_eq!(&admitted, expected, "{arrivals_ms:?}");
        }
    }
}
