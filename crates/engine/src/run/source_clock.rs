//! What the headers of answers say beside the pages: what time it is at the source, and that an endpoint will be gone.

use std::collections::BTreeMap;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::lock::Lock;
use crate::report::warning::Warning;

/// No clock that was set is before 2000: in Unix seconds.
const CLOCK_SET_FROM: i64 = 946_684_800;
/// Headers that announce the end of an endpoint.
const ANNOUNCING: [&str; 2] = ["deprecation", "sunset"];

/// What the headers of a run's answers have said so far.
#[derive(Debug, Default)]
pub(crate) struct SourceClock {
    headers: Lock<Headers>,
}

#[derive(Debug, Default)]
struct Headers {
    earliest: Option<Timestamp>,
    /// By stream: its announcements, by header.
    announced: BTreeMap<String, BTreeMap<&'static str, String>>,
}

impl SourceClock {
    /// Reads the headers of an answer.
    pub(crate) fn observe(&self, stream: &str, headers: &BTreeMap<String, String>) {
        let mut known = self.headers.hold();
        if let Some(date) = time_of(headers) {
            known.earliest = Some(known.earliest.map_or(date, |earliest| earliest.min(date)));
        }
        for name in ANNOUNCING {
            if let Some(value) = headers.get(name) {
                known.announced.entry(stream.to_owned()).or_default().insert(name, value.clone());
            }
        }
    }

    /// The earliest time the source said it was; `None` where no answer held a `Date` that reads.
    pub(crate) fn source_time(&self) -> Option<Timestamp> {
        self.headers.hold().earliest
    }

    /// The warning of an endpoint that the source announces the end of.
    pub(crate) fn warning(&self, stream: &str) -> Option<Warning> {
        let known = self.headers.hold();
        let headers = known.announced.get(stream)?.iter().map(|(name, value)| (*name, value.clone()));
        Some(Warning::EndpointEnds { headers: headers.collect() })
    }
}

/// What time it was at the source, by an answer's `Date` and how old it says to be, as one out of a cache does. `None` where that
/// does not read, or is the time of a clock that was never set.
pub(crate) fn time_of(headers: &BTreeMap<String, String>) -> Option<Timestamp> {
    let date = DateTimeParser::new().parse_timestamp(headers.get("date")?).ok()?;
    let age: u32 = headers.get("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    let time = date.checked_add(SignedDuration::from_secs(age.into())).ok()?;
    (time.as_second() >= CLOCK_SET_FROM).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_age_of_an_answer_counts_and_a_clock_that_was_never_set_does_not() {
        let (dates, cached) = (["date"], ["date", "age"]);
        for (names, values, expected) in [
            (&dates[..], &["Sun, 01 Jun 2025 12:00:00 GMT"][..], Some("2025-06-01T12:00:00Z")),
            (&cached, &["Sun, 01 Jun 2025 12:00:00 GMT", "3600"], Some("2025-06-01T13:00:00Z")),
            (&cached, &["Sun, 01 Jun 2025 12:00:00 GMT", "old"], Some("2025-06-01T12:00:00Z")),
            (&dates, &["Thu, 01 Jan 1970 00:00:00 GMT"], None),
            (&dates, &["yesterday"], None),
        ] {
            let pairs: Vec<(&str, &str)> = names.iter().copied().zip(values.iter().copied()).collect();
            let expected = expected.map(|time| time.parse::<Timestamp>().unwrap());
            assert_eq!(time_of(&headers(&pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_earliest_date_counts_and_announcements_are_told_by_stream() {
        let source_clock = SourceClock::default();
        assert_eq!(source_clock.source_time(), None);
        for date in ["Sun, 01 Jun 2025 12:00:05 GMT", "Sun, 01 Jun 2025 12:00:01 GMT", "yesterday"] {
            source_clock.observe("messages", &headers(&[("date", date), ("etag", "x")]));
        }
        assert_eq!(source_clock.source_time(), "2025-06-01T12:00:01Z".parse().ok());
        assert_eq!(source_clock.warning("messages"), None);
        source_clock
            .observe("list", &headers(&[("sunset", "Sat, 01 Aug 2026 00:00:00 GMT"), ("deprecation", "@1")]));
        let warning = source_clock.warning("list").unwrap().to_string();
        assert!(warning.ends_with("(deprecation: @1, sunset: Sat, 01 Aug 2026 00:00:00 GMT)"), "{warning}");
        assert_eq!(source_clock.warning("messages"), None);
    }
}
