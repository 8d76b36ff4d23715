//! What a source saw of a run, as figures. Pure.

use super::simulator::Request;

/// How a run made its requests.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pace {
    pub(super) requests: usize,
    /// Answers of 429.
    pub(super) refused: usize,
    /// The most requests in any half-open second beyond the limit.
    pub(super) over_limit: usize,
    /// From the first request to the last.
    pub(super) seconds: f64,
    /// The least that this takes at the limit.
    pub(super) least_seconds: f64,
    /// Records served, each as often as it was.
    pub(super) records: u64,
}

impl Pace {
    /// Of requests in the order of their arrival, at a source that allows so many a second. None for fewer than two.
    pub(super) fn of(requests: &[Request], rate: usize) -> Option<Self> {
        let [first, .., last] = requests else { return None };
        let in_second_from = |first: usize| {
            let from = requests[first].arrived_ms;
            requests[first..].iter().take_while(|request| request.arrived_ms - from < 1000.0).count()
        };
        let peak = (0..requests.len()).map(in_second_from).max()?;
        Some(Self {
            requests: requests.len(),
            refused: requests.iter().filter(|request| request.status == 429).count(),
            over_limit: peak.saturating_sub(rate),
            seconds: (last.arrived_ms - first.arrived_ms) / 1000.0,
            least_seconds: (requests.len() - 1) as f64 / rate as f64,
            records: requests.iter().map(|request| request.records).sum(),
        })
    }

    /// 1 is a run that uses the limit to the full.
    pub(super) fn time_over_least(&self) -> f64 {
        self.seconds / self.least_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_half_open_and_time_is_from_first_to_last() {
        let request =
            |arrived_ms: u32, status: u16| Request { arrived_ms: f64::from(arrived_ms), status, records: 10 };
        let steady: Vec<Request> = (0..7).map(|number| request(500 * number, 200)).collect();
        let pace = Pace::of(&steady, 2).unwrap();
        assert_eq!((pace.requests, pace.refused, pace.over_limit, pace.records), (7, 0, 0, 70));
        assert!((pace.time_over_least() - 1.0).abs() < 1e-9);

        let hasty = [request(0, 200), request(400, 200), request(999, 429), request(3000, 200)];
        let pace = Pace::of(&hasty, 2).unwrap();
        assert_eq!((pace.refused, pace.over_limit), (1, 1));
        assert!((pace.time_over_least() - 2.0).abs() < 1e-9);
        assert_eq!(Pace::of(&hasty[..1], 2), None);
    }
}
