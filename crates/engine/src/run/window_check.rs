//! Records that lie outside of the window they were asked for: the sign of a source that ignores windows, where each of
//! them costs a walk of everything.

use std::sync::atomic::{AtomicU64, Ordering};

use convolake_extractor::{RecordSeen, Window};
use jiff::SignedDuration;

use crate::numbers::count;

/// Some sources count the end of a window in, and bounds are rounded to what their format can say.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(1);

/// The records of a stream's windows, and those that should not be there.
#[derive(Debug, Default)]
pub(crate) struct WindowCheck {
    seen: AtomicU64,
    outside: AtomicU64,
}

impl WindowCheck {
    /// Takes note of a page's records; those whose time is not known do not count.
    pub(crate) fn note(&self, window: Window, records: &[RecordSeen]) {
        let times = || records.iter().filter_map(|record| record.listed_at);
        let is_outside = |at: &jiff::Timestamp| {
            at.duration_since(window.from) < -TOLERANCE || at.duration_since(window.until) > TOLERANCE
        };
        self.seen.fetch_add(count(times().count()), Ordering::Relaxed);
        self.outside.fetch_add(count(times().filter(is_outside).count()), Ordering::Relaxed);
    }

    /// What there is to say where most records were window_check.
    pub(crate) fn warning(&self) -> Option<String> {
        let (seen, outside) = (self.seen.load(Ordering::Relaxed), self.outside.load(Ordering::Relaxed));
        (outside > seen / 2).then(|| {
            format!(
                "{outside} of {seen} records lie outside of the windows they were asked for: the source seems to ignore \
                 windows, and each costs a walk of everything"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_ignores_windows_is_told_of_and_one_that_counts_the_end_in_is_not() {
        let at = |seconds: i64| jiff::Timestamp::from_second(1_740_000_000 + seconds).unwrap();
        let record = |seconds| RecordSeen { id: None, hash: String::new(), listed_at: Some(at(seconds)) };
        let window = Window { from: at(0), until: at(100) };
        for (times, is_told) in [
            (&[][..], false),
            (&[0, 50, 100, 101, -1], false),
            (&[0, 50, 200, -200], false),
            (&[0, 200, -200], true),
        ] {
            let window_check = WindowCheck::default();
            window_check.note(window, &times.iter().map(|seconds| record(*seconds)).collect::<Vec<_>>());
            assert_eq!(window_check.warning().is_some(), is_told, "{times:?}");
        }
    }
}
