//! When a stream is walked as a whole.

use convolake_model::{Span, Stream};

use super::Facts;
use super::facts::before;

/// A list that was walked once is walked again so soon. A record that is deleted behind the place a walk by page numbers has
/// reached pulls another one over the edge of a page, unseen; no order of two requests avoids that, and no answer tells
/// of it. What one walk misses another finds, and until then it is not in the lake.
const FIRST_WALK_CONFIRMED_AFTER: Span = Span::days(1);

/// True where a stream that is to be walked as a whole now and then has not been for long enough.
pub fn full_walk_due(stream: &Stream, facts: &Facts) -> bool {
    let Some(mut every) = stream.full_walk else {
        return false;
    };
    // What a list shows is asked for by id where a walk of the stream itself has missed it; cursors hold their place.
    if facts.was_first_walk && stream.changed.is_none() && stream.pages.numbered.is_some() {
        every = every.min(FIRST_WALK_CONFIRMED_AFTER);
    }
    // Each run may come within the second by which the source's clock is known.
    let is_each_run = every.as_seconds() == 0;
    is_each_run || facts.last_full_walk.is_none_or(|last| last <= before(facts.now, every))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::fakes::{facts, stream};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_full_walk_is_due_after_its_span() {
        let mut stream = stream("numbered");
        let facts =
            |last: Option<&str>| Facts { last_full_walk: last.map(at), ..facts("2025-06-08T00:00:00Z") };
        assert!(!full_walk_due(&stream, &facts(None)));
        stream.full_walk = Some(Span::days(7));
        assert!(full_walk_due(&stream, &facts(None)));
        assert!(full_walk_due(&stream, &facts(Some("2025-06-01T00:00:00Z"))));
        assert!(!full_walk_due(&stream, &facts(Some("2025-06-01T00:00:01Z"))));
        stream.full_walk = Some(Span::days(0));
        assert!(
            full_walk_due(&stream, &facts(Some("2025-06-08T00:00:01Z"))),
            "each run, also within a second"
        );
    }

    #[test]
    fn a_first_walk_of_a_list_is_confirmed_a_day_later() {
        let mut list = stream("numbered");
        let is_due = |stream: &Stream, last: &str, was_first_walk: bool| {
            let last_full_walk = Some(at(last));
            full_walk_due(stream, &Facts { last_full_walk, was_first_walk, ..facts("2025-06-08T00:00:00Z") })
        };
        assert!(!is_due(&list, "2025-06-07T00:00:00Z", true), "this stream is never walked as a whole");
        list.full_walk = Some(Span::days(7));
        assert!(is_due(&list, "2025-06-07T00:00:00Z", true));
        assert!(!is_due(&list, "2025-06-07T00:00:01Z", true));
        assert!(!is_due(&list, "2025-06-07T00:00:00Z", false));
        list.full_walk = "1h".to_owned().try_into().ok();
        assert!(is_due(&list, "2025-06-07T23:00:00Z", true), "what is due sooner stays so");
    }
}
