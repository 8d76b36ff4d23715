//! From what is known of a stream to the slices that are to be pulled. Pure.

use convolake_model::{Span, Stream};
use jiff::{SignedDuration, Timestamp};

use crate::Slice;

/// What is known of a stream and a set of params before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Where a stream without a watermark begins.
    pub begin: Timestamp,
    /// Up to which instant the stream is complete; `None` before the first run.
    pub watermark: Option<Timestamp>,
    /// The instant the run looks back from.
    pub now: Timestamp,
    /// When everything was last walked; `None` if it never was.
    pub last_full_walk: Option<Timestamp>,
}

/// The slices to pull, oldest first; none where nothing can be new.
///
/// Windows touch: each starts where the one before it ends.
pub fn plan(stream: &Stream, facts: &Facts) -> Vec<Slice> {
    if stream.windows.is_none() {
        return vec![Slice::Whole];
    }
    let from = match facts.watermark {
        Some(watermark) if !full_walk_due(stream, facts) => {
            before(watermark, stream.lookback).max(facts.begin)
        }
        _ => facts.begin,
    };
    match from < facts.now {
        true => cut(from, facts.now),
        false => Vec::new(),
    }
}

/// True where a stream that is to be walked as a whole now and then has not been for long enough.
pub fn full_walk_due(stream: &Stream, facts: &Facts) -> bool {
    let Some(every) = stream.full_walk else {
        return false;
    };
    facts.last_full_walk.is_none_or(|last| last <= before(facts.now, every))
}

/// Slices of at most `batch` ids each, in order.
pub fn batches(ids: &[String], batch: u32) -> Vec<Slice> {
    let batch = usize::try_from(batch).unwrap_or(usize::MAX).max(1);
    ids.chunks(batch).map(|ids| Slice::Ids(ids.to_vec())).collect()
}

/// A stretch of time as windows.
///
/// One window over it all: a cursor chain takes any density, and a sparse year costs one request. What is known
/// of the density would be asked for here, to cut a dense stretch so that several chains run side by side.
fn cut(from: Timestamp, until: Timestamp) -> Vec<Slice> {
    vec![Slice::Window { from, until }]
}

fn before(at: Timestamp, span: Span) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(span.as_seconds())).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_reach_from_the_watermark_less_the_lookback_to_now() {
        let mut stream = fakes::windowed_stream();
        stream.lookback = Span::days(2);
        let facts = |watermark: Option<&str>| Facts {
            begin: at("2025-01-01T00:00:00Z"),
            watermark: watermark.map(at),
            now: at("2025-06-01T00:00:00Z"),
            last_full_walk: None,
        };
        for (watermark, expected) in [
            (None, Some("2025-01-01T00:00:00Z")),
            (Some("2025-05-31T12:00:00Z"), Some("2025-05-29T12:00:00Z")),
            (Some("2025-01-02T00:00:00Z"), Some("2025-01-01T00:00:00Z")),
            (Some("2025-07-01T00:00:00Z"), None),
        ] {
            let expected: Vec<_> = expected
                .map(|from| Slice::Window { from: at(from), until: at("2025-06-01T00:00:00Z") })
                .into_iter()
                .collect();
            assert_eq!(plan(&stream, &facts(watermark)), expected, "{watermark:?}");
        }
        stream.full_walk = Some(Span::days(7));
        let from_begin = plan(&stream, &facts(Some("2025-05-31T12:00:00Z")));
        assert_eq!(from_begin, plan(&stream, &facts(None)), "a full walk is due");
        assert_eq!(plan(&fakes::numbered_stream(), &facts(None)), [Slice::Whole]);
    }

    #[test]
    fn a_full_walk_is_due_after_its_span() {
        let mut stream = fakes::numbered_stream();
        let facts = |last: Option<&str>| Facts {
            begin: Timestamp::UNIX_EPOCH,
            watermark: None,
            now: at("2025-06-08T00:00:00Z"),
            last_full_walk: last.map(at),
        };
        assert!(!full_walk_due(&stream, &facts(None)));
        stream.full_walk = Some(Span::days(7));
        assert!(full_walk_due(&stream, &facts(None)));
        assert!(full_walk_due(&stream, &facts(Some("2025-06-01T00:00:00Z"))));
        assert!(!full_walk_due(&stream, &facts(Some("2025-06-01T00:00:01Z"))));
    }

    #[test]
    fn batches_keep_every_id() {
        let ids: Vec<String> = (0..45).map(|number| number.to_string()).collect();
        let batches = batches(&ids, 20);
        let expected = [&ids[..20], &ids[20..40], &ids[40..]].map(|ids| Slice::Ids(ids.to_vec()));
        assert_eq!(batches, expected);
        assert!(super::batches(&[], 20).is_empty());
    }
}
