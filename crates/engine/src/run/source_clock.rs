//! What the source_clock of answers tell beside the pages: what time it is at the source, and that an endpoint will be gone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Headers that announce the end of an endpoint.
const ANNOUNCING: [&str; 2] = ["deprecation", "sunset"];

/// What the source_clock of a run's answers have told so far.
#[derive(Debug, Default)]
pub(crate) struct SourceClock {
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    earliest: Option<Timestamp>,
    /// By stream: its announcements, by header.
    announced: BTreeMap<String, BTreeMap<&'static str, String>>,
}

impl SourceClock {
    /// Takes note of the headers of an answer.
    pub(crate) fn note(&self, stream: &str, headers: &BTreeMap<String, String>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(date) = headers.get("date").and_then(|date| date_of(date)) {
            told.earliest = Some(told.earliest.map_or(date, |earliest| earliest.min(date)));
        }
        for name in ANNOUNCING {
            if let Some(value) = headers.get(name) {
                told.announced.entry(stream.to_owned()).or_default().insert(name, value.clone());
            }
        }
    }

    /// The earliest time the source said it was; `None` where no answer held a `Date` that reads.
    pub(crate) fn source_time(&self) -> Option<Timestamp> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).earliest
    }

    /// What the source announces of a stream's endpoint, for people.
    pub(crate) fn warning(&self, stream: &str) -> Option<String> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let announced = told.announced.get(stream)?;
        let said: Vec<String> = announced.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        Some(format!("the source announces the end of this endpoint ({})", said.join(", ")))
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
            source_clock.note("messages", &headers(&[("date", date), ("etag", "x")]));
        }
        assert_eq!(source_clock.source_time(), "2025-06-01T12:00:01Z".parse().ok());
        assert_eq!(source_clock.warning("messages"), None);
        source_clock
            .note("list", &headers(&[("sunset", "Sat, 01 Aug 2026 00:00:00 GMT"), ("deprecation", "@1")]));
        let warning = source_clock.warning("list").unwrap();
        assert!(warning.ends_with("(deprecation: @1, sunset: Sat, 01 Aug 2026 00:00:00 GMT)"), "{warning}");
        assert_eq!(source_clock.warning("messages"), None);
    }
}
