//! How densely records lie in time, as pages have shown it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::plan::{Window, as_f64};

/// What pages have shown, by the window they are of.
#[derive(Debug, Default)]
pub(super) struct DensityMap {
    observations: BTreeMap<Window, Observation>,
}

/// So many records in a stretch of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) records: u64,
    /// The time in which so many are expected elsewhere.
    pub(super) seconds: f64,
}

/// When enough observations are gathered for a density.
#[derive(Debug, Clone, Copy)]
pub(super) struct Enough {
    pub(super) records: f64,
    pub(super) seconds: f64,
}

impl DensityMap {
    /// True where nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.observations.is_empty()
    }

    /// Takes in what the first page of a window has shown.
    pub(super) fn observe_first_page(&mut self, window: Window, observation: Observation) {
        self.observations.insert(window, observation);
    }

    /// Takes in what a window held that was pulled to its end. It replaces the first page of any window it is a part of.
    pub(super) fn observe_whole(&mut self, window: Window, observation: Observation) {
        self.observations.retain(|other, _| !other.contains(&window));
        self.observations.insert(window, observation);
    }

    /// Records a second around a stretch: in the observations nearest to it, until there are enough, and only those within
    /// `part_of` where that is given. `None` where no record was seen.
    pub(super) fn around(&self, stretch: Window, enough: Enough, part_of: Option<Window>) -> Option<f64> {
        let counts =
            |(window, _): &(&Window, &Observation)| part_of.is_none_or(|whole| whole.contains(window));
        let pivot = Window { from: stretch.from, until: Timestamp::MIN };
        let mut older =
            self.observations.range(..pivot).rev().filter(counts).map(|(_, seen)| *seen).peekable();
        let mut newer = self.observations.range(pivot..).filter(counts).map(|(_, seen)| *seen).peekable();
        let (mut records, mut seconds) = (0.0, 0.0);
        loop {
            let is_older = distance(stretch, older.peek()) <= distance(stretch, newer.peek());
            let nearest = if is_older { older.next() } else { newer.next() };
            let Some(nearest) = nearest else { break };
            records += as_f64(nearest.records);
            seconds += nearest.seconds;
            if records >= enough.records && seconds >= enough.seconds {
                break;
            }
        }
        (records > 0.0).then(|| records / seconds)
    }
}

/// The time between a stretch and an observation; the longest there is where there is none.
fn distance(stretch: Window, observation: Option<&Observation>) -> SignedDuration {
    observation.map_or(SignedDuration::MAX, |seen| {
        let apart = stretch.from.duration_since(seen.until).max(seen.from.duration_since(stretch.until));
        apart.max(SignedDuration::ZERO)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: i64, until: i64) -> Window {
        let at = |second| Timestamp::from_second(second).unwrap();
        Window { from: at(from), until: at(until) }
    }

    fn observed(window: Window, records: u64) -> Observation {
        let Window { from, until } = window;
        Observation { from, until, records, seconds: as_f64(window.seconds().unsigned_abs()) }
    }

    #[test]
    fn the_nearest_observations_count_until_they_are_enough() {
        let mut densities = DensityMap::default();
        assert_eq!(densities.around(window(0, 10), Enough { records: 1.0, seconds: 0.0 }, None), None);
        for (window, records) in [(window(0, 10), 10), (window(100, 110), 20), (window(200, 210), 40)] {
            densities.observe_whole(window, observed(window, records));
        }
        for (stretch, records, seconds, part_of, expected) in [
            (window(20, 30), 1.0, 0.0, None, Some(1.0)),
            (window(80, 90), 1.0, 0.0, None, Some(2.0)),
            (window(220, 230), 1.0, 0.0, None, Some(4.0)),
            // Two are needed for as many records, and for as many seconds.
            (window(80, 90), 21.0, 0.0, None, Some(1.5)),
            (window(80, 90), 1.0, 11.0, None, Some(1.5)),
            // All there are, where that is not enough.
            (window(80, 90), 1000.0, 0.0, None, Some(70.0 / 30.0)),
            (window(20, 30), 1.0, 0.0, Some(window(150, 300)), Some(4.0)),
            (window(20, 30), 1.0, 0.0, Some(window(300, 400)), None),
        ] {
            let density = densities.around(stretch, Enough { records, seconds }, part_of);
            assert_eq!(density, expected, "{stretch:?}, {records} records, {seconds} s, {part_of:?}");
        }
    }

    #[test]
    fn a_whole_window_replaces_the_first_page_it_was_split_from() {
        let mut densities = DensityMap::default();
        let (whole, part) = (window(0, 100), window(0, 50));
        densities.observe_first_page(whole, observed(part, 500));
        densities.observe_whole(part, observed(part, 50));
        let all = Enough { records: f64::INFINITY, seconds: 0.0 };
        assert_eq!(densities.around(whole, all, None), Some(1.0));
    }
}
