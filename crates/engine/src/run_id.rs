//! The name of a run.

use std::fmt;

use jiff::Timestamp;

/// A run's name: when it began and four random bytes, so that names sort by time and never meet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(String);

const TIME: &str = "%Y%m%dT%H%M%SZ";

impl RunId {
    /// The name of a run that begins at `now`.
    pub fn new(now: Timestamp, entropy: u64) -> Self {
        let tail = u32::try_from(entropy & 0xffff_ffff).unwrap_or_default();
        Self(format!("{}-{tail:08x}", now.strftime(TIME)))
    }

    /// This name, or one just after `newest` where this one would not sort behind it: clocks go back, and runs may
    /// follow each other within a second.
    pub(crate) fn after(self, newest: Option<&str>) -> Self {
        let Some(newest) = newest.filter(|newest| *newest >= self.0.as_str()) else {
            return self;
        };
        let began = newest.split_once('-').and_then(|(time, _)| {
            let time = jiff::civil::DateTime::strptime(TIME, time).ok()?;
            time.to_zoned(jiff::tz::TimeZone::UTC)
                .ok()?
                .timestamp()
                .checked_add(jiff::Span::new().seconds(1))
                .ok()
        });
        match (began, self.0.split_once('-')) {
            (Some(began), Some((_, tail))) => Self(format!("{}-{tail}", began.strftime(TIME))),
            _ => self,
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_time() {
        let id = RunId::new("2026-11-21T12:00:00.5Z".parse().unwrap(), 0xfeed_0000_00ab_cdef);
        assert_eq!(id.to_string(), "20261121T120000Z-00abcdef");
    }

    #[test]
    fn names_sort_behind_those_of_earlier_runs() {
        let id = || RunId::new("2026-11-21T12:00:00Z".parse().unwrap(), 0xab);
        for (newest, expected) in [
            (None, "20261121T120000Z-000000ab"),
            (Some("20261121T115959Z-ffffffff"), "20261121T120000Z-000000ab"),
            (Some("20261121T120000Z-000000ff"), "20261121T120001Z-000000ab"),
            (Some("20270101T235959Z-000000ff"), "20270102T000000Z-000000ab"),
        ] {
            assert_eq!(id().after(newest).as_str(), expected, "{newest:?}");
        }
    }
}
