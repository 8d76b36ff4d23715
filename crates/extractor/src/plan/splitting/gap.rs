use jiff::{SignedDuration, Timestamp};

use crate::Window;

/// A stretch that no window covers yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    pub(super) window: Window,
    /// Before this there may be nothing, as a page has shown.
    pub(super) first: Timestamp,
    /// The window it was given back with; what is known of others says nothing of it.
    pub(super) part_of: Option<Window>,
    /// True where it was opened as it is already.
    pub(super) is_given_back: bool,
    /// True where its records are known from its end on.
    pub(super) is_from_end: bool,
}

impl Gap {
    /// A stretch of which nothing is known.
    pub(super) fn unknown(window: Window) -> Self {
        Self { window, first: window.from, part_of: None, is_given_back: false, is_from_end: false }
    }

    /// Where it is cut for a window of this length; none where that is all of it. A rest that is not worth a window of its
    /// own goes with it, but what was given back is cut. Where `is_even`, no window is longer than this: the last two are of
    /// one length.
    pub(super) fn cut(&self, length: SignedDuration, is_even: bool) -> Option<Timestamp> {
        let Window { from, until } = self.window;
        let (at, rest) = match self.is_from_end {
            true => {
                let at = whole_second(until.saturating_sub(length).unwrap_or(from));
                (at, at.duration_since(from))
            }
            false => {
                let at = whole_second(self.first.saturating_add(length).unwrap_or(until));
                (at, until.duration_since(at))
            }
        };
        let at = match rest > length / 2 {
            true => at,
            false if self.is_given_back || is_even && rest > SignedDuration::ZERO => self.middle(),
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
