//! How long windows are, for the number of chains that run side by side.

use super::tuning::Tuning;
use crate::plan::{as_f64, count};

/// With each window that is opened, the number of chains falls by no more than this ratio.
const CHAINS_DECAY: f64 = 0.9;
/// Fewer chains than this are one.
const CHAINS_SIDE_BY_SIDE: f64 = 1.5;
/// The pages of a window that is opened before any page was full: the next page may well be larger.
const PAGES_BEFORE_A_FULL_ONE: f64 = 2.0;

/// Sizes of windows, in pages.
#[derive(Debug)]
pub(super) struct Sizing {
    tuning: Tuning,
    /// As many chains as the pace has room for, the newest count weighing most.
    chains: f64,
}

impl Sizing {
    pub(super) fn new(tuning: Tuning) -> Self {
        Self { tuning, chains: 1.0 }
    }

    /// Takes note of the number of chains that run.
    pub(super) fn observe_open(&mut self, n_open: usize) {
        self.chains = as_f64(count(n_open)).max(CHAINS_DECAY * self.chains);
    }

    /// True where answers come so fast that one chain uses the pace up: nobody waits for its last page.
    pub(super) fn is_sequential(&self) -> bool {
        self.chains < CHAINS_SIDE_BY_SIDE
    }

    /// The pages of the next window where `pages_left` are to come: many at first, few towards the end, so that all chains
    /// end together. `spare_requests` may be wasted; `None` for `pages_left` where no full page was seen.
    pub(super) fn pages_of_next(&self, pages_left: Option<f64>, spare_requests: f64) -> f64 {
        let Some(left) = pages_left else { return PAGES_BEFORE_A_FULL_ONE };
        let Tuning { margin_pages, .. } = self.tuning;
        let affordable = self.tuning.requests_wasted_per_window * left / spare_requests.max(0.1);
        let is_last = left < self.tuning.last_windows_below_pages * self.chains;
        if !self.is_sequential() && is_last {
            return (affordable - margin_pages).clamp(self.tuning.last_window_pages_min, 1.0 - margin_pages);
        }
        let share = self.tuning.chain_shares_per_window * left / self.chains;
        let pages = share.max(affordable).clamp(1.0, self.tuning.pages_per_window_max);
        if self.is_sequential() { pages } else { pages.floor() - margin_pages }
    }

    /// True where a window of so many further pages would be waited for, with so many pages left in all.
    pub(super) fn is_too_long(&self, pages: f64, pages_left: f64) -> bool {
        let share = (self.tuning.chain_length_ratio_max / self.chains).min(self.tuning.chain_share_max);
        !self.is_sequential() && pages > self.tuning.pages_kept.max(share * pages_left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizing(n_chains: usize) -> Sizing {
        let mut sizing = Sizing::new(Tuning::default());
        sizing.observe_open(n_chains);
        sizing
    }

    #[test]
    fn windows_shrink_towards_the_end() {
        for (n_chains, pages_left, spare_requests, expected) in [
            (6, None, 100.0, 2.0),
            (1, None, 100.0, 2.0),
            // One chain: as long as can be.
            (1, Some(100.0), 100.0, 8.0),
            (1, Some(2.0), 100.0, 2.8),
            (1, Some(0.1), 100.0, 1.0),
            // 1.4 shares of each chain, less a margin.
            (6, Some(100.0), 100.0, 7.65),
            (6, Some(20.0), 100.0, 3.65),
            (6, Some(5.0), 100.0, 0.65),
            // The last windows, as small as the allowance lets them be.
            (6, Some(2.0), 100.0, 0.2),
            (6, Some(2.0), 4.0, 0.25),
            (6, Some(2.0), 1.0, 0.65),
            // Few requests to spare make fewer and longer windows.
            (6, Some(20.0), 4.0, 5.65),
        ] {
            let pages = sizing(n_chains).pages_of_next(pages_left, spare_requests);
            let case = format!("{n_chains} chains, {pages_left:?} pages left, {spare_requests} to spare");
            assert!((pages - expected).abs() < 1e-9, "{case}: {pages}");
        }
    }

    #[test]
    fn a_window_is_too_long_where_the_other_chains_would_wait() {
        for (n_chains, pages, pages_left, expected) in [
            (1, 100.0, 100.0, false),
            (2, 70.0, 100.0, false),
            (2, 80.0, 100.0, true),
            (10, 20.0, 100.0, false),
            (10, 21.0, 100.0, true),
            (10, 3.0, 3.0, false),
            (10, 3.1, 3.1, true),
        ] {
            let case = format!("{n_chains} chains, {pages} of {pages_left} pages");
            assert_eq!(sizing(n_chains).is_too_long(pages, pages_left), expected, "{case}");
        }
    }

    #[test]
    fn the_number_of_chains_falls_slowly() {
        let mut sizing = sizing(3);
        let falls = (0..9).take_while(|_| {
            sizing.observe_open(1);
            !sizing.is_sequential()
        });
        assert_eq!(falls.count(), 6);
    }
}
