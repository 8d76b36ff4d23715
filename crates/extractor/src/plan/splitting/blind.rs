//! Windows where nothing is known of how records lie.

use jiff::SignedDuration;

use super::tuning::Tuning;
use crate::plan::Window;

/// How stretches are split before a page has shown any records.
#[derive(Debug)]
pub(super) struct BlindSplit {
    /// The length of the first window; `None` for a stretch that is short enough for one.
    length: Option<SignedDuration>,
    /// A longer stretch is asked for as a whole, to see where its records begin.
    probed_above_seconds: i64,
    /// After empty windows, the next is so many times as long.
    growth: u32,
}

impl BlindSplit {
    /// For so many seconds in all, of a stream that names so long a window.
    pub(super) fn new(seconds: i64, window: SignedDuration, tuning: Tuning) -> Self {
        let is_long = seconds > window.as_secs().saturating_mul(tuning.split_blindly_above_windows);
        Self {
            length: is_long.then(|| SignedDuration::from_secs((seconds / tuning.blind_parts).max(1))),
            probed_above_seconds: window.as_secs().saturating_mul(tuning.probed_above_windows),
            growth: 1,
        }
    }

    /// True for a stretch that is asked for as a whole first.
    pub(super) fn is_probed(&self, window: Window) -> bool {
        window.seconds() > self.probed_above_seconds
    }

    /// The length of the next window; `None` for all there is.
    pub(super) fn length(&self) -> Option<SignedDuration> {
        Some(self.length?.saturating_mul(i32::try_from(self.growth).unwrap_or(i32::MAX)))
    }

    /// Takes note of an empty window: the next is twice as long.
    pub(super) fn grow(&mut self) {
        self.growth = self.growth.saturating_mul(2);
    }

    /// Takes note of a window that was not empty.
    pub(super) fn reset(&mut self) {
        self.growth = 1;
    }
}
