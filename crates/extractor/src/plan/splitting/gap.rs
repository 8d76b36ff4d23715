//! A stretch of time that no window covers yet.

use jiff::{SignedDuration, Timestamp};

use crate::plan::Window;

/// Added to an instant before it is cut down to the second, so that it is rounded up.
const ALMOST_A_SECOND: SignedDuration = SignedDuration::from_nanos(999_999_999);

/// A stretch that no window covers yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    /// The stretch.
    pub(super) window: Window,
    /// Before this there may be nothing, as a page has shown.
    pub(super) first: Timestamp,
    /// The window it was given back with; densities from elsewhere say nothing of it.
    pub(super) part_of: Option<Window>,
    /// True where a window of just this stretch was opened and given back; it must not be opened again as a whole.
    pub(super) is_given_back: bool,
    /// The end that windows are taken from.
    pub(super) taken_from: End,
}

/// An end of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Oldest,
    Newest,
}

/// What becomes of a remainder that is not worth a window of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remainder {
    /// It goes with the last window.
    Joined,
    /// It and the last window become two of one length, so that no window is longer than asked for.
    Halved,
}

impl Gap {
    /// A stretch of which nothing is known.
    pub(super) fn unknown(window: Window) -> Self {
        Self { window, first: window.from, part_of: None, is_given_back: false, taken_from: End::Oldest }
    }

    /// A window of about this length, and the gap that is left beside it; the whole gap for `None`.
    pub(super) fn take(self, length: Option<SignedDuration>, remainder: Remainder) -> (Window, Option<Self>) {
        let Some(at) = length.and_then(|length| self.split_at(length, remainder)) else {
            return (self.window, None);
        };
        let (older, newer) = (Window { until: at, ..self.window }, Window { from: at, ..self.window });
        match self.taken_from {
            End::Oldest => (older, Some(Self { window: newer, first: at, is_given_back: false, ..self })),
            End::Newest => (newer, Some(Self { window: older, is_given_back: false, ..self })),
        }
    }

    /// True for a stretch that no window of this length covers.
    pub(super) fn is_longer_than(&self, length: SignedDuration) -> bool {
        self.window.until.duration_since(self.window.from) > length
    }

    /// A window no longer than this, and the gap that is left beside it.
    pub(super) fn take_at_most(self, length: SignedDuration) -> (Window, Option<Self>) {
        let Window { from, until } = self.window;
        let at = match self.taken_from {
            // Cut down to the second a window would be longer.
            End::Newest => until.saturating_sub(length).ok().map(|at| whole_second(at + ALMOST_A_SECOND)),
            // What may be empty in front is covered too.
            End::Oldest => from.saturating_add(length).ok().map(whole_second),
        };
        let Some(at) = at.filter(|at| from < *at && *at < until) else { return (self.window, None) };
        let (older, newer) = (Window { from, until: at }, Window { from: at, until });
        let rest = |window: Window| {
            let first = self.first.clamp(window.from, window.until);
            Some(Self { window, first, is_given_back: false, ..self })
        };
        match self.taken_from {
            End::Oldest => (older, rest(newer)),
            End::Newest => (newer, rest(older)),
        }
    }

    /// Where a window of this length ends; `None` where that is all of the gap. A gap that was given back is always split.
    fn split_at(&self, length: SignedDuration, remainder: Remainder) -> Option<Timestamp> {
        let Window { from, until } = self.window;
        let (at, rest) = match self.taken_from {
            End::Newest => {
                let at = whole_second(until.saturating_sub(length).unwrap_or(from));
                (at, at.duration_since(from))
            }
            End::Oldest => {
                let at = whole_second(self.first.saturating_add(length).unwrap_or(until));
                (at, until.duration_since(at))
            }
        };
        let is_halved = remainder == Remainder::Halved && rest > SignedDuration::ZERO;
        let at = match rest > length / 2 {
            true => at,
            false if self.is_given_back || is_halved => self.middle(),
            false => return None,
        };
        (from < at && at < until).then_some(at)
    }

    fn middle(&self) -> Timestamp {
        let half = self.window.until.duration_since(self.first) / 2;
        whole_second(self.first.saturating_add(half).unwrap_or(self.window.until))
    }
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_split_where_the_rest_is_worth_a_window() {
        use End::{Newest, Oldest};
        use Remainder::{Halved, Joined};
        let at = |second| Timestamp::from_second(second).unwrap();
        let gap = Gap::unknown(Window { from: at(0), until: at(100) });
        for (taken_from, is_given_back, length, remainder, window, rest) in [
            (Oldest, false, Some(30), Joined, (0, 30), Some((30, 100))),
            (Newest, false, Some(30), Joined, (70, 100), Some((0, 70))),
            // A remainder of at most half a window.
            (Oldest, false, Some(70), Joined, (0, 100), None),
            (Newest, false, Some(70), Joined, (0, 100), None),
            (Oldest, false, Some(70), Halved, (0, 50), Some((50, 100))),
            (Newest, false, Some(70), Halved, (50, 100), Some((0, 50))),
            (Oldest, true, Some(70), Joined, (0, 50), Some((50, 100))),
            // All of it in one window.
            (Oldest, false, Some(100), Halved, (0, 100), None),
            (Oldest, false, Some(1000), Joined, (0, 100), None),
            (Oldest, true, Some(1000), Joined, (0, 50), Some((50, 100))),
            (Oldest, true, None, Joined, (0, 100), None),
        ] {
            let gap = Gap { taken_from, is_given_back, ..gap };
            let (taken, left) = gap.take(length.map(SignedDuration::from_secs), remainder);
            let seconds = |window: Window| (window.from.as_second(), window.until.as_second());
            let case = format!("{taken_from:?}, {is_given_back}, {length:?}, {remainder:?}");
            assert_eq!((seconds(taken), left.map(|left| seconds(left.window))), (window, rest), "{case}");
            assert!(left.is_none_or(|left| !left.is_given_back), "{case}");
        }
        for (taken_from, length, window, rest) in [
            (Oldest, 30, (0, 30), Some((30, 100))),
            (Newest, 30, (70, 100), Some((0, 70))),
            (Oldest, 70, (0, 70), Some((70, 100))),
            (Oldest, 100, (0, 100), None),
        ] {
            let (taken, left) = Gap { taken_from, ..gap }.take_at_most(SignedDuration::from_secs(length));
            let seconds = |window: Window| (window.from.as_second(), window.until.as_second());
            assert_eq!((seconds(taken), left.map(|left| seconds(left.window))), (window, rest), "{length}");
        }
        // Nothing lies before `first`, and the window starts with the gap all the same.
        let (taken, left) = Gap { first: at(40), ..gap }.take(Some(SignedDuration::from_secs(20)), Joined);
        assert_eq!((taken, left.unwrap().first), (Window { from: at(0), until: at(60) }, at(60)));
    }
}
