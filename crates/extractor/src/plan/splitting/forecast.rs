//! How many pages are to be expected of stretches of time.

use jiff::Timestamp;

use super::density::{DensityMap, Enough};
use super::gap::Gap;
use super::tuning::Tuning;
use crate::plan::Window;

/// What the densities seen so far say of time that was not pulled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forecast<'a> {
    pub(super) densities: &'a DensityMap,
    pub(super) page_records: f64,
    pub(super) tuning: Tuning,
}

impl Forecast<'_> {
    /// The pages of a gap; `None` where nothing is known of it.
    pub(super) fn pages_of(&self, gap: &Gap) -> Option<f64> {
        self.pages_in(Window { from: gap.first, until: gap.window.until }, gap.part_of)
    }

    /// The pages of a stretch of time. To be taken for all of a long one, observations have to reach far; but within a
    /// window that was given back, any will do.
    pub(super) fn pages_in(&self, stretch: Window, part_of: Option<Window>) -> Option<f64> {
        let seconds = seconds_between(stretch.from, stretch.until).max(0.0);
        let reach = if part_of.is_some() { 0.0 } else { seconds * self.tuning.density_reach };
        Some(self.density_over(stretch, reach, part_of)? * seconds / self.page_records)
    }

    /// Records a second around a stretch.
    pub(super) fn density(&self, stretch: Window, part_of: Option<Window>) -> Option<f64> {
        self.density_over(stretch, 0.0, part_of)
    }

    fn density_over(&self, stretch: Window, seconds: f64, part_of: Option<Window>) -> Option<f64> {
        let enough = Enough { records: self.tuning.density_pages * self.page_records, seconds };
        self.densities.around(stretch, enough, part_of)
    }
}

/// Seconds with their fractions.
pub(super) fn seconds_between(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64()
}
