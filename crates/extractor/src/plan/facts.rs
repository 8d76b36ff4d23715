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
    /// Where records were filed of which the lake has learnt since that they have changed: each is asked for again.
    pub reopened: Vec<Window>,
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

/// The instant up to which a source is asked at `now`: `lag` before it, and never later than the source's own clock. That
/// is `offset` ahead of ours at least, as [`Extractor::source_offset`](crate::Extractor::source_offset) tells.
pub fn horizon(now: Timestamp, lag: SignedDuration, offset: Option<SignedDuration>) -> Timestamp {
    let behind = offset.unwrap_or_default().min(SignedDuration::ZERO);
    let earliest = |at: Timestamp, by: SignedDuration| at.checked_add(by).unwrap_or(at);
    earliest(earliest(now, behind), -lag.max(SignedDuration::ZERO))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_for_that_lies_ahead_of_the_source() {
        let now: Timestamp = "2026-11-29T10:00:00.5Z".parse().unwrap();
        let ms = SignedDuration::from_millis;
        for (lag, offset, expected) in [
            (ms(1_000), None, "2026-11-29T09:59:59.5Z"),
            (ms(1_000), Some(ms(60_000)), "2026-11-29T09:59:59.5Z"),
            (ms(1_000), Some(ms(-60_000)), "2026-11-29T09:58:59.5Z"),
            (ms(0), Some(ms(-500)), "2026-11-29T10:00:00Z"),
            (ms(300_000), None, "2026-11-29T09:55:00.5Z"),
            (ms(-5), None, "2026-11-29T10:00:00.5Z"),
        ] {
            assert_eq!(
                horizon(now, lag, offset),
                expected.parse::<Timestamp>().unwrap(),
                "{lag:?} {offset:?}"
            );
        }
    }
}
