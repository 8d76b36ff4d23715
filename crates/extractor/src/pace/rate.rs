//! What a limit of requests a second asks of the times of starts.

use std::time::Duration;

/// Starts lie this much further apart than the limit asks for: on the way to the source one request may be
/// held up and the next not, and it is arrivals that the source counts. At 3 requests a second this allows for
/// 30 ms of jitter and costs 3 % of the pace.
const ALLOWANCE_FOR_JITTER: f64 = 0.03;

/// How far starts lie apart, and how many may lie close together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// The time between two starts. With n + 1 starts never less than a second apart, at most n lie in any half-open
    /// second.
    pub(super) spacing: Duration,
    /// As many starts as may lie within `window`.
    pub(super) starts_max: usize,
    /// The time in which no more than `starts_max` may start: a second, or for less than one request a second the time of
    /// one; with two thirds of the allowance, so that small delays cost nothing.
    pub(super) window: Duration,
}

impl Rate {
    /// For a limit above 0 requests a second; of what is above 1 the whole part counts, so 2.5 is 2.
    pub(super) fn new(requests_per_second: f64) -> Self {
        let in_any_second =
            if requests_per_second >= 1.0 { requests_per_second.floor() } else { requests_per_second };
        let seconds = (1.0 / requests_per_second).max(1.0);
        Self {
            spacing: duration((1.0 + ALLOWANCE_FOR_JITTER) / in_any_second),
            starts_max: whole(requests_per_second).max(1),
            window: duration(seconds * (1.0 + ALLOWANCE_FOR_JITTER * 2.0 / 3.0)),
        }
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a limit is above 0 and at most 10000"
)]
fn whole(requests_per_second: f64) -> usize {
    requests_per_second as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_above_and_below_one() {
        for (requests_per_second, spacing_ms, starts_max, window_ms) in [
            (1.0, 1030, 1, 1020),
            (2.0, 515, 2, 1020),
            (2.5, 515, 2, 1020),
            (0.5, 2060, 1, 2040),
            (10.0, 103, 10, 1020),
        ] {
            let Rate { spacing, starts_max: starts, window } = Rate::new(requests_per_second);
            assert_eq!(
                (spacing.as_millis(), starts, window.as_millis()),
                (spacing_ms, starts_max, window_ms)
            );
        }
    }
}
