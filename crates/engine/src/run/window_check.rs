//! Records that lie outside of the window they were asked for: the sign of a source that ignores windows, where each of
//! them costs a walk of everything.

use std::sync::atomic::{AtomicU64, Ordering};

use convolake_extractor::{RecordSeen, Window};
use jiff::SignedDuration;

use crate::numbers::count;
use crate::report::warning::Warning;

/// Some sources count the end of a window in, and bounds are rounded to what their format can say.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(1);

/// The records of a stream's windows, and those that should not be there.
#[derive(Debug, Default)]
pub(crate) struct WindowCheck {
    n_records: AtomicU64,
    n_outside: AtomicU64,
}

impl WindowCheck {
    /// Counts a page's records; those whose time is not known do not count.
    pub(crate) fn observe(&self, window: Window, records: &[RecordSeen]) {
        let times = || records.iter().filter_map(|record| record.listed_at);
        let is_outside = |at: &jiff::Timestamp| {
            at.duration_since(window.from) < -TOLERANCE || at.duration_since(window.until) > TOLERANCE
        };
        self.n_records.fetch_add(count(times().count()), Ordering::Relaxed);
        self.n_outside.fetch_add(count(times().filter(is_outside).count()), Ordering::Relaxed);
    }

    /// The warning where most records were outside of their window.
    pub(crate) fn warning(&self) -> Option<Warning> {
        let n_records = self.n_records.load(Ordering::Relaxed);
        let n_outside = self.n_outside.load(Ordering::Relaxed);
        (n_outside > n_records / 2).then_some(Warning::WindowsIgnored { n_outside, n_records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_ignores_windows_is_told_of_and_one_that_counts_the_end_in_is_not() {
        let at = |seconds: i64| jiff::Timestamp::from_second(1_740_000_000 + seconds).unwrap();
        let record = |seconds| RecordSeen {
            id: None,
            hash: String::new(),
            hash_as_sent: None,
            listed_at: Some(at(seconds)),
        };
        let window = Window { from: at(0), until: at(100) };
        for (times, is_told) in [
            (&[][..], false),
            (&[0, 50, 100, 101, -1], false),
            (&[0, 50, 200, -200], false),
            (&[0, 200, -200], true),
        ] {
            let window_check = WindowCheck::default();
            window_check.observe(window, &times.iter().map(|seconds| record(*seconds)).collect::<Vec<_>>());
            assert_eq!(window_check.warning().is_some(), is_told, "{times:?}");
        }
    }
}
