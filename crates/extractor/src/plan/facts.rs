//! What is known of a stream before a run.

use convolake_model::{Span, Stream};
use jiff::{SignedDuration, Timestamp};

use super::Window;

/// What is known of a stream and a set of params before a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where a stream without a watermark begins.
    pub begin: Timestamp,
    /// Up to which instant the stream is complete; `None` before the first run.
    pub watermark: Option<Timestamp>,
    /// The instant the run looks back from.
    pub now: Timestamp,
    /// When everything was last walked; `None` if it never was.
    pub last_full_walk: Option<Timestamp>,
    /// True where that was the first, and no other has confirmed it.
    pub was_first_walk: bool,
    /// What an earlier run pulled without coming through.
    pub unfinished: Option<Unfinished>,
    /// When records that may still change were filed.
    pub open: Vec<Timestamp>,
}

/// Windows that an earlier run pulled without coming through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// When the source was looked at; what came late has to be looked for from then on.
    pub seen_at: Timestamp,
    /// Windows that were pulled to their end.
    pub done: Vec<Window>,
    /// Windows of which some pages have landed.
    pub begun: Vec<Window>,
}

/// Up to which instant a stream is complete once the slices of [`plan`](super::plan) are through.
pub fn watermark(stream: &Stream, facts: &Facts) -> Timestamp {
    match &facts.unfinished {
        Some(unfinished) if unfinished.settled_before(stream, facts) == Timestamp::MAX => {
            facts.now.min(unfinished.seen_at)
        }
        // Pages without windows are as old as the first of them.
        Some(unfinished) if stream.windows.is_none() => facts.now.min(unfinished.seen_at),
        _ => facts.now,
    }
}

impl Unfinished {
    /// The instant before which windows that were pulled are not pulled again. Looking back on the next run is enough,
    /// unless the source was looked at so long ago that more may have come late than that would find.
    pub(super) fn settled_before(&self, stream: &Stream, facts: &Facts) -> Timestamp {
        match before(facts.now, stream.lookback) > self.seen_at {
            true => before(self.seen_at, stream.lookback),
            false => Timestamp::MAX,
        }
    }
}

/// The instant a span before another, or the first there is.
pub(super) fn before(at: Timestamp, span: Span) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(span.as_seconds())).unwrap_or(Timestamp::MIN)
}
