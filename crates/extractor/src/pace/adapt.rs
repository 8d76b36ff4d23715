//! The pace as a source's limit allows: lowered where requests are turned down, raised again slowly. Pure.
//!
//! A source that says when its limit comes back tells with it how many requests it lets through in how long: those
//! since the limit last came back, in the time until it does again. That is the pace that it bears. Otherwise the
//! pace is halved. Requests that were under way together and are turned down together lower it once: what is still under way
//! when the first of them is turned down counts as let through until it is turned down as well.

use std::time::Duration;

/// The slowest that a source can make us by turning requests down, in requests a second.
const SLOWEST: f64 = 1.0 / 60.0;
/// Each time the pace becomes at least so many times as slow.
const LOWERED_TO_AT_MOST: f64 = 0.75;
/// What is kept below a pace that was learnt.
const MARGIN: f64 = 0.95;
/// With each answer the pace grows by this factor, up to where requests were turned down.
const GROWTH: f64 = 1.02;
/// And by this one beyond.
const GROWTH_BEYOND: f64 = 1.002;
/// The most waiting of a run for limits that say to be used up before they turn a request down.
const HELD_MAX: Duration = Duration::from_secs(60 * 60);

/// How many requests a second start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// As the pipeline says.
    limit: f64,
    now: f64,
    /// Beyond this the source has turned requests down.
    borne: f64,
    /// When it was lowered last.
    lowered_at: Option<Duration>,
    /// The first start since the limit last came back.
    since: Option<Duration>,
    /// Starts since then.
    n_started: u32,
    /// Answers since then.
    n_answers: u32,
    /// What the requests that were turned down last have taught.
    learnt: Option<Learnt>,
    held: Duration,
}

/// What a limit lets through.
#[derive(Debug, Clone, Copy)]
struct Learnt {
    n_let_through: u32,
    /// In so long.
    window: Duration,
    /// The pace is no faster than this, whatever was let through.
    at_most: f64,
}

impl Pace {
    /// At the pipeline's limit.
    pub(super) fn new(limit: f64) -> Self {
        let (lowered_at, since, learnt) = (None, None, None);
        let (n_started, n_answers, held) = (0, 0, Duration::ZERO);
        Self { limit, now: limit, borne: limit, lowered_at, since, n_started, n_answers, learnt, held }
    }

    pub(super) fn requests_per_second(&self) -> f64 {
        self.now
    }

    /// Keeps to a stricter limit; true where it is one.
    pub(super) fn cap(&mut self, limit: f64) -> bool {
        let is_stricter = limit < self.limit;
        if is_stricter {
            self.limit = limit;
            self.now = self.now.min(limit);
            self.borne = self.borne.min(limit);
        }
        is_stricter
    }

    /// Takes note of a start.
    pub(super) fn started(&mut self, at: Duration) {
        self.since.get_or_insert(at);
        self.n_started = self.n_started.saturating_add(1);
    }

    /// Takes note of an answer; true where the pace has changed.
    pub(super) fn answered(&mut self) -> bool {
        self.n_answers = self.n_answers.saturating_add(1);
        let before = self.now;
        if before < self.limit {
            let growth = if before < self.borne { GROWTH } else { GROWTH_BEYOND };
            self.now = (before * growth).min(self.limit);
        }
        self.now > before
    }

    /// Takes note of a request that was turned down.
    pub(super) fn lower(&mut self, started: Duration, now: Duration, wait: Option<Duration>) {
        if self.lowered_at.is_some_and(|at| started <= at) {
            if let Some(learnt) = &mut self.learnt {
                learnt.n_let_through = learnt.n_let_through.saturating_sub(1).max(1);
            }
            self.follow_learnt();
            return;
        }
        let before = self.now;
        let at_most = (before * LOWERED_TO_AT_MOST).max(self.slowest());
        let window = wait.zip(self.since).map(|(wait, since)| now.saturating_sub(since).saturating_add(wait));
        let window = window.filter(|window| self.n_answers > 0 && !window.is_zero());
        let n_let_through = self.n_started.saturating_sub(1).max(self.n_answers);
        self.learnt = window.map(|window| Learnt { n_let_through, window, at_most });
        if self.learnt.is_none() {
            self.now = (before / 2.0).clamp(self.slowest(), at_most);
            self.borne = before * MARGIN;
        }
        self.follow_learnt();
        self.lowered_at = Some(now);
        self.begin_anew();
    }

    fn slowest(&self) -> f64 {
        SLOWEST.min(self.limit)
    }

    /// The pace at which what was let through comes in as long as it took.
    fn follow_learnt(&mut self) {
        if let Some(Learnt { n_let_through, window, at_most }) = self.learnt {
            let borne = f64::from(n_let_through) / window.as_secs_f64() * MARGIN;
            self.now = borne.clamp(self.slowest(), at_most);
            self.borne = self.now;
        }
    }

    /// Counts a wait for a limit that has turned nothing down; false where that is more than a run may spend.
    pub(super) fn may_hold(&mut self, wait: Duration) -> bool {
        let held = self.held.saturating_add(wait);
        let may_hold = held <= HELD_MAX;
        if may_hold {
            self.held = held;
            self.begin_anew();
        }
        may_hold
    }

    fn begin_anew(&mut self) {
        self.since = None;
        self.n_started = 0;
        self.n_answers = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_a_source_bears_is_learnt_from_when_its_limit_comes_back() {
        for (n_answers, turned_down_at, wait, expected) in [
            // 20 a minute.
            (20, 2, Some(58), 20.0 / 60.0 * MARGIN),
            (20, 2, None, 100.0),
            // Nothing came through: somebody else has used it up.
            (0, 0, Some(60), 100.0),
            // So far ahead that it would take for ever.
            (1, 0, Some(900), SLOWEST),
            // What would hardly be slower is slower all the same.
            (6000, 30, Some(1), 150.0),
        ] {
            let mut pace = Pace::new(200.0);
            pace.started(seconds(0));
            for _ in 0..n_answers {
                pace.answered();
            }
            pace.lower(seconds(turned_down_at), seconds(turned_down_at), wait.map(seconds));
            assert!((pace.now - expected).abs() < 1e-9, "{n_answers} {wait:?}: {}", pace.now);
        }
    }

    #[test]
    fn what_is_under_way_counts_until_it_is_turned_down_as_well() {
        let mut pace = Pace::new(200.0);
        for _ in 0..23 {
            pace.started(seconds(0));
        }
        (0..14).for_each(|_| {
            pace.answered();
        });
        let of = |n: f64| n / 60.0 * MARGIN;
        for expected in [22.0, 21.0, 20.0] {
            pace.lower(seconds(0), seconds(1), Some(seconds(59)));
            assert!((pace.now - of(expected)).abs() < 1e-9, "{}", pace.now);
        }
    }

    #[test]
    fn requests_that_fail_together_lower_it_once() {
        let mut pace = Pace::new(8.0);
        for started in [5, 5, 4, 6] {
            pace.lower(seconds(started), seconds(7), None);
        }
        assert!((pace.now - 4.0).abs() < 1e-9);
        pace.lower(seconds(8), seconds(9), None);
        assert!((pace.now - 2.0).abs() < 1e-9);
    }

    #[test]
    fn it_comes_back_slowly_and_never_above_the_limit() {
        let mut pace = Pace::new(8.0);
        pace.lower(seconds(1), seconds(1), None);
        let n_back = (1..).find(|_| !pace.answered() || pace.now >= 7.6).unwrap();
        assert!((30..40).contains(&n_back), "{n_back}");
        let n_more = (1..).find(|_| !pace.answered()).unwrap();
        assert!(n_more > 20, "{n_more}");
        assert!((pace.now - 8.0).abs() < 1e-9);
    }

    #[test]
    fn holding_back_has_an_end() {
        let mut pace = Pace::new(8.0);
        let n = (0..100).take_while(|_| pace.may_hold(seconds(600))).count();
        assert_eq!(n, 6);
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds(
            limit in 0.001f64..100.0,
            events in proptest::collection::vec((any::<bool>(), 0u64..100, proptest::option::of(0u64..2000)), 0..200),
        ) {
            let (mut pace, mut now) = (Pace::new(limit), 0);
            for (is_answer, after, wait) in events {
                now += after;
                pace.started(seconds(now));
                if is_answer {
                    pace.answered();
                } else {
                    pace.lower(seconds(now), seconds(now), wait.map(seconds));
                }
                prop_assert!(pace.now <= limit && pace.now >= SLOWEST.min(limit), "{}", pace.now);
            }
        }
    }
}
