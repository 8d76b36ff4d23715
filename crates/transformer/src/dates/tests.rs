//! Spellings of dates, as data.

use convolake_model::{DateSpelling, UnixUnit, UsualSpelling};
use jiff::{Timestamp, civil};
use proptest::prelude::*;

use super::instant::{Instant, RANGE};
use super::iso::to_utc;
use super::spelled_out::days_since_1970;
use super::*;
use crate::json::Raw;

fn spelling(usual: Option<UsualSpelling>) -> DateSpelling {
    DateSpelling { unit: UnixUnit::Auto, usual, utc_offset_seconds: 0 }
}

/// Reads it after nothing, after another day, and after itself.
fn read(raw: &str, spelling: &DateSpelling) -> Option<Instant> {
    let is_plain = raw.starts_with('"') && !raw.contains('\\');
    let mut last = LastDay::default();
    let read = |last: &mut LastDay, is_plain| instant(Raw { text: raw, is_plain }, spelling, last);
    let first = read(&mut last, false);
    let other = "\"December 1st 2024, 1:00:00 am\"";
    assert!(instant(Raw { text: other, is_plain: true }, spelling, &mut last).is_some());
    for _ in 0..2 {
        assert_eq!(read(&mut last, is_plain), first, "{raw}");
    }
    first
}

/// `raw` is read as the instant that RFC 3339 text names, or as none.
#[track_caller]
fn check(raw: &str, expected: Option<&str>) {
    let expected = expected.map(|text| text.parse::<Timestamp>().unwrap().as_microsecond());
    assert_eq!(read(raw, &spelling(None)).map(|read| read.microseconds), expected, "{raw}");
}

#[test]
fn every_spelling() {
    check(r#""December 1st 2024, 10:30:00 am""#, Some("2024-12-01T10:30:00Z"));
    check(r#""December 2nd 2024, 12:00:00 am""#, Some("2024-12-02T00:00:00Z"));
    check(r#""December 3rd 2024, 12:59:59 pm""#, Some("2024-12-03T12:59:59Z"));
    check(r#""February 29th 2024, 1:05:09 pm""#, Some("2024-02-29T13:05:09Z"));
    check(r#""January 21st 2025 - 11:00:00 PM""#, Some("2025-01-21T23:00:00Z"));
    check(r#""February 30th 2024, 1:05:09 pm""#, None);
    check(r#""December 1st 2024, 13:30:00 am""#, None);
    check(r#""December 1st 2024, 0:30:00 am""#, None);
    check(r#""December 1xx 2024, 10:30:00 am""#, None);
    check(r#""Invalid date""#, None);
    check(r#""""#, None);
    check("1733011279", Some("2024-12-01T00:01:19Z"));
    check("1733011279000", Some("2024-12-01T00:01:19Z"));
    check("1733011282.526", Some("2024-12-01T00:01:22.526Z"));
    check("1733011282526.5", Some("2024-12-01T00:01:22.5265Z"));
    check("1.733011279e9", Some("2024-12-01T00:01:19Z"));
    check(r#""1733011279""#, Some("2024-12-01T00:01:19Z"));
    check(r#""1733011279.25""#, Some("2024-12-01T00:01:19.25Z"));
    check(r#""2025-04-15T20:58:15.384884""#, Some("2025-04-15T20:58:15.384884Z"));
    check(r#""2025-04-15 20:58:15""#, Some("2025-04-15T20:58:15Z"));
    check(r#""2025-04-15T20:58:15+02:00""#, Some("2025-04-15T18:58:15Z"));
    check(r#""2025-04-15T20:58:15.1Z""#, Some("2025-04-15T20:58:15.1Z"));
    check(r#""2025-04-15""#, Some("2025-04-15T00:00:00Z"));
    // A leap second counts as the one before it.
    check(r#""2016-12-31T23:59:60Z""#, Some("2016-12-31T23:59:59Z"));
    check(r#""2016-12-31T23:59:60""#, Some("2016-12-31T23:59:59Z"));
    check("0", None);
    check("-1", None);
    check("99999999999999999999", None);
    check("1e400", None);
    check("null", None);
    check("true", None);
    check("{}", None);
}

#[test]
fn what_the_column_is_lossless() {
    let check = |raw: &str, usual, expected| {
        assert_eq!(read(raw, &spelling(Some(usual))).unwrap().is_lossless, expected, "{raw}");
    };
    check("1733011279", UsualSpelling::UnixSeconds, true);
    check("1733011279.652", UsualSpelling::UnixSeconds, true);
    check("1733011279.6520001", UsualSpelling::UnixSeconds, false);
    check("1733011279000", UsualSpelling::UnixSeconds, false);
    check("1733011279000", UsualSpelling::UnixMilliseconds, true);
    check(r#""1733011279""#, UsualSpelling::UnixSeconds, false);
    check(r#""2025-04-15T20:58:15.384884""#, UsualSpelling::Iso, true);
    check(r#""2025-04-15T20:58:15""#, UsualSpelling::Iso, true);
    check(r#""2025-04-15T20:58:15.000000""#, UsualSpelling::Iso, false);
    check(r#""2025-04-15T20:58:15Z""#, UsualSpelling::Iso, false);
    check(r#""2025-04-15T20:58:15Z""#, UsualSpelling::Rfc3339, true);
    check(r#""2025-04-15T20:58:15.384Z""#, UsualSpelling::Rfc3339, true);
}

#[test]
fn a_zone_for_texts_without_one() {
    let berlin = DateSpelling { utc_offset_seconds: 7200, ..spelling(Some(UsualSpelling::Iso)) };
    let read = read(r#""2025-04-15T20:58:15""#, &berlin).unwrap();
    assert_eq!(Timestamp::from_microsecond(read.microseconds).unwrap().to_string(), "2025-04-15T18:58:15Z");
    assert!(read.is_lossless);
}

#[test]
fn days_are_counted_as_jiff_counts_them() {
    for year in 1..=9999_i16 {
        for (month, day) in [(1, 1), (2, 28), (2, 29), (3, 1), (6, 30), (12, 31), (4, 31)] {
            let expected = civil::Date::new(year, month, day).ok().map(|date| {
                let midnight = to_utc(date.at(0, 0, 0, 0), 0);
                midnight.map(|microseconds| microseconds.div_euclid(86_400_000_000))
            });
            let days = days_since_1970(i64::from(year), usize::try_from(month - 1).unwrap(), i64::from(day));
            // jiff's instants end shortly before the year 10000.
            if expected != Some(None) {
                assert_eq!(days, expected.flatten(), "{year}-{month}-{day}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_no_instant_or_one(text in any::<String>(), date in "[A-Z][a-z]{2,8} [0-9]{1,2}[a-z]{2} [0-9]{4}, .*") {
        for text in [text, date] {
            let _ = read(&serde_json::to_string(&text).unwrap(), &spelling(Some(UsualSpelling::Iso)));
        }
    }

    #[test]
    fn seconds_with_fractions_are_exact(microseconds in RANGE) {
        let text = format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000);
        let read = read(&text, &spelling(Some(UsualSpelling::UnixSeconds))).unwrap();
        prop_assert_eq!(read, Instant { microseconds, is_lossless: true });
    }
}
