//! The slices of a stream that are to be pulled.

use convolake_model::Stream;

use super::{Facts, Slice, Windows, windows};

/// The slices to pull, oldest first; none where nothing can be new.
///
/// Windows touch: each starts where the one before it ends. What an earlier run has begun is ended first, and what
/// it has done is left out.
pub fn plan(stream: &Stream, facts: &Facts) -> Vec<Slice> {
    if stream.windows.is_none() {
        return vec![Slice::Whole];
    }
    let Windows { again, begun, gaps, .. } = windows(stream, facts);
    let mut windows = [again, begun, gaps].concat();
    windows.sort_unstable();
    windows.into_iter().map(Slice::from).collect()
}

#[cfg(test)]
mod tests {
    use convolake_model::Span;
    use jiff::Timestamp;

    use super::*;
    use crate::fakes;
    use crate::plan::{Unfinished, Window, watermark};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_reach_from_the_watermark_less_the_lookback_to_now() {
        let mut stream = fakes::stream("windowed");
        stream.lookback = Span::days(2);
        let facts = |watermark: Option<&str>| Facts {
            begin: at("2025-01-01T00:00:00Z"),
            watermark: watermark.map(at),
            ..fakes::facts("2025-06-01T00:00:00Z")
        };
        for (watermark, expected) in [
            (None, Some("2025-01-01T00:00:00Z")),
            (Some("2025-05-31T12:00:00Z"), Some("2025-05-29T12:00:00Z")),
            // `begin` may have been moved since: what comes late is looked for all the same.
            (Some("2025-01-02T00:00:00Z"), Some("2024-12-31T00:00:00Z")),
            (Some("2024-06-01T00:00:00Z"), Some("2024-05-30T00:00:00Z")),
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
        let from_watermark = plan(&stream, &facts(Some("2024-06-01T00:00:00Z")));
        let gap = Slice::Window { from: at("2024-05-30T00:00:00Z"), until: at("2025-06-01T00:00:00Z") };
        assert_eq!(from_watermark, [gap], "a full walk leaves no stretch out either");
        assert_eq!(plan(&fakes::stream("numbered"), &facts(None)), [Slice::Whole]);
    }

    #[test]
    fn what_is_done_is_left_out_and_what_is_begun_goes_on() {
        let mut stream = fakes::stream("windowed");
        stream.lookback = Span::days(2);
        let window = |from: &str, until: &str| Window {
            from: at(&format!("2025-{from}T00:00:00Z")),
            until: at(&format!("2025-{until}T00:00:00Z")),
        };
        let facts = |seen_at: &str, done: &[Window], begun: &[Window]| Facts {
            begin: at("2025-01-01T00:00:00Z"),
            unfinished: Some(Unfinished {
                seen_at: at(&format!("2025-{seen_at}T00:00:00Z")),
                done: done.to_vec(),
                begun: begun.to_vec(),
            }),
            ..fakes::facts("2025-06-10T00:00:00Z")
        };
        let (early, middle, late) =
            (window("01-01", "02-01"), window("02-01", "03-01"), window("04-01", "06-10"));
        for (facts, expected, complete) in [
            (facts("06-09", &[early], &[middle]), vec![middle, window("03-01", "06-10")], "06-09"),
            (facts("06-09", &[middle], &[late]), vec![early, window("03-01", "04-01"), late], "06-09"),
            // Cut into others, and therefore covered by them.
            (
                facts("06-09", &[], &[window("01-01", "06-10"), early]),
                vec![early, window("02-01", "06-10")],
                "06-09",
            ),
            (
                facts("06-09", &[window("01-01", "03-01")], &[window("02-01", "06-10")]),
                vec![window("03-01", "06-10")],
                "06-09",
            ),
            (facts("06-09", &[window("01-01", "06-10")], &[middle]), vec![], "06-09"),
            // Looked at so long ago that more may have come late than the next run looks back for.
            (facts("06-01", &[window("01-01", "06-01")], &[]), vec![window("05-30", "06-10")], "06-10"),
            (facts("06-09", &[window("01-01", "06-10")], &[]), vec![], "06-09"),
        ] {
            assert_eq!(
                plan(&stream, &facts),
                expected.into_iter().map(Slice::from).collect::<Vec<_>>(),
                "{facts:?}"
            );
            assert_eq!(watermark(&stream, &facts), at(&format!("2025-{complete}T00:00:00Z")));
        }
    }
}
