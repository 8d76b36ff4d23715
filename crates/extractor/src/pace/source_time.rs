//! What time it is at the source.

use http::{HeaderMap, header};
use httpdate::parse_http_date;
use jiff::{SignedDuration, Timestamp};

use crate::lock::Lock;

/// No clock that was set is before 2000: in Unix seconds.
const CLOCK_SET_FROM: i64 = 946_684_800;

/// How far the source's clock is ahead of ours at least, as the `Date` of its answers shows.
#[derive(Debug, Default)]
pub(crate) struct SourceTime {
    offset: Lock<Option<SignedDuration>>,
}

impl SourceTime {
    /// Takes note of an answer that was whole at `now`. A `Date` is cut down to the second and as old as the answer is, so
    /// the source's clock is past it.
    pub(crate) fn note(&self, headers: &HeaderMap, now: Timestamp) {
        let date = headers.get(header::DATE).and_then(|date| parse_http_date(date.to_str().ok()?).ok());
        let Some(date) = date.and_then(|date| Timestamp::try_from(date).ok()) else { return };
        // What came out of a cache was made so long ago.
        let age = headers.get(header::AGE).and_then(|age| age.to_str().ok()?.trim().parse::<u32>().ok());
        let age = SignedDuration::from_secs(age.unwrap_or(0).into());
        let date = date.checked_add(age).ok().filter(|date| date.as_second() >= CLOCK_SET_FROM);
        let Some(date) = date else { return };
        let ahead = date.duration_since(now);
        let mut offset = self.offset.lock();
        *offset = Some(offset.map_or(ahead, |known| known.max(ahead)));
    }

    /// How far the source's clock is ahead of ours at least; `None` while no answer has told.
    pub(crate) fn offset(&self) -> Option<SignedDuration> {
        *self.offset.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_out_of_a_cache_is_of_the_time_it_was_made_at() {
        let time = SourceTime::default();
        let now: Timestamp = "2026-11-29T10:00:00Z".parse().unwrap();
        let pairs = [(header::DATE, "Tue, 24 Nov 2026 10:00:00 GMT"), (header::AGE, "432000")];
        time.note(&HeaderMap::from_iter(pairs.map(|(name, value)| (name, value.parse().unwrap()))), now);
        assert_eq!(time.offset(), Some(SignedDuration::ZERO));
    }

    #[test]
    fn the_answer_that_took_the_least_time_tells_most() {
        let time = SourceTime::default();
        assert_eq!(time.offset(), None);
        let now: Timestamp = "2026-11-29T10:00:00.500Z".parse().unwrap();
        for (date, expected_ms) in [
            ("Sun, 29 Nov 2026 09:59:57 GMT", -3500),
            ("Sun, 29 Nov 2026 09:59:58 GMT", -2500),
            ("Sun, 29 Nov 2026 09:59:56 GMT", -2500),
            ("yesterday", -2500),
        ] {
            time.note(&HeaderMap::from_iter([(header::DATE, date.parse().unwrap())]), now);
            assert_eq!(time.offset(), Some(SignedDuration::from_millis(expected_ms)), "{date}");
        }
    }
}
