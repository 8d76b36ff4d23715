//! How many records lie in a stretch of time, and how many requests they take. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::plan::report::RequestEstimate;

const DAY_SECONDS: f64 = 86_400.0;
/// What comes next is taken to be as dense as the last so many days.
const RECENT_DAYS: i32 = 28;

/// Records in a stretch of time: up to `known_until` those that are there, and behind it as many a day as lately.
pub(crate) fn records_between(
    days: &BTreeMap<i32, u64>,
    from: Timestamp,
    until: Timestamp,
    known_until: Timestamp,
) -> f64 {
    let (from, until, known_until) = (day_of(from), day_of(until), day_of(known_until));
    let there = records_of(days, from, until.min(known_until));
    let to_come = (until - from.max(known_until)).max(0.0) * recent_density(days, known_until);
    there + to_come
}

/// Records that are there in a stretch of days; of a day that is touched in part, that part.
fn records_of(days: &BTreeMap<i32, u64>, from: f64, until: f64) -> f64 {
    let part = |(day, records): (&i32, &u64)| {
        let (first, last) = (f64::from(*day).max(from), (f64::from(*day) + 1.0).min(until));
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let records = *records as f64;
        (last - first).max(0.0) * records
    };
    days.iter().map(part).sum()
}

/// Records a day before an instant.
fn recent_density(days: &BTreeMap<i32, u64>, until: f64) -> f64 {
    let from = until - f64::from(RECENT_DAYS);
    records_of(days, from, until) / f64::from(RECENT_DAYS)
}

fn day_of(at: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = at.as_second() as f64;
    seconds / DAY_SECONDS
}

/// The requests that so many records take; `and_one` where only an empty page tells the end.
pub(crate) fn requests(records: f64, page_records: f64, and_one: bool) -> u64 {
    let pages = (records / page_records).ceil().max(if and_one { 0.0 } else { 1.0 });
    whole(pages) + u64::from(and_one)
}

/// The sum of estimates; what is not known of one is not known of all.
pub(crate) fn sum(estimates: impl IntoIterator<Item = RequestEstimate>) -> RequestEstimate {
    let start = RequestEstimate { at_least: 0, expected: Some(0) };
    estimates.into_iter().fold(start, |sum, next| RequestEstimate {
        at_least: sum.at_least + next.at_least,
        expected: sum.expected.zip(next.expected).map(|(sum, next)| sum + next),
    })
}

/// A number of things.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate, and saturating")]
pub(crate) fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_there_counts_and_what_is_to_come_is_as_dense_as_lately() {
        let first = 20_089; // 2025-01-01
        let days: BTreeMap<i32, u64> = (0..56).map(|day| (first + day, 100)).collect();
        for (from, until, known_until, expected) in [
            ("2025-01-01T00:00:00Z", "2025-01-03T00:00:00Z", "2025-02-01T00:00:00Z", 200),
            ("2025-01-01T12:00:00Z", "2025-01-02T06:00:00Z", "2025-02-01T00:00:00Z", 75),
            // One day there, two to come.
            ("2025-01-31T00:00:00Z", "2025-02-03T00:00:00Z", "2025-02-01T00:00:00Z", 300),
            // All to come.
            ("2025-03-01T00:00:00Z", "2025-03-02T00:00:00Z", "2025-02-01T00:00:00Z", 100),
            ("2024-01-01T00:00:00Z", "2024-12-01T00:00:00Z", "2025-02-01T00:00:00Z", 0),
            // Nothing came for long: nothing is expected.
            ("2025-06-01T00:00:00Z", "2025-06-02T00:00:00Z", "2025-06-01T00:00:00Z", 0),
        ] {
            let records = records_between(&days, at(from), at(until), at(known_until));
            assert_eq!(whole(records), expected, "{from} to {until}, known until {known_until}");
        }
    }

    #[test]
    fn requests_of_records() {
        assert_eq!(requests(0.0, 1000.0, false), 1, "that nothing is there has to be asked too");
        assert_eq!(requests(1000.0, 1000.0, false), 1);
        assert_eq!(requests(1001.0, 1000.0, false), 2);
        assert_eq!(requests(0.0, 20.0, true), 1);
        assert_eq!(requests(41.0, 20.0, true), 4);
    }

    #[test]
    fn the_unknown_stays_unknown() {
        let of = |at_least, expected| RequestEstimate { at_least, expected };
        assert_eq!(sum([of(1, Some(5)), of(2, Some(7))]), of(3, Some(12)));
        assert_eq!(sum([of(1, Some(5)), of(2, None)]), of(3, None));
        assert_eq!((of(3, Some(1)).likely(), of(3, None).likely(), of(3, Some(9)).likely()), (3, 3, 9));
    }
}
