//! What the headers of answers say beside the pages: what time it is at the source, and that an endpoint will be gone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::lock::Lock;
use crate::report::warning::Warning;

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
        if let Some(date) = headers.get("date").and_then(|date| date_of(date)) {
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

/// A header's date; `None` where it does not read.
pub(crate) fn date_of(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
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
