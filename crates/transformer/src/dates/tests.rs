//! Spellings of dates, as data.

use convolake_model::{DateSpelling, UnixUnit, UsualSpelling};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil};
use proptest::prelude::*;

use super::instant::{GUESSED, Instant, YEARS};
use super::spelled_out::days_since_1970;
use super::*;
use crate::json::Raw;

fn spelling(usual: Option<UsualSpelling>) -> DateSpelling {
    DateSpelling { unit: UnixUnit::Auto, usual, zone: TimeZone::UTC }
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
    let berlin =
        DateSpelling { zone: TimeZone::fixed(Offset::constant(2)), ..spelling(Some(UsualSpelling::Iso)) };
    let read = read(r#""2025-04-15T20:58:15""#, &berlin).unwrap();
    assert_eq!(Timestamp::from_microsecond(read.microseconds).unwrap().to_string(), "2025-04-15T18:58:15Z");
    assert!(read.is_lossless);
}

#[test]
fn only_a_number_whose_unit_is_guessed_has_to_be_of_this_century() {
    let unit = |unit| DateSpelling { unit, ..spelling(None) };
    let instant = |raw: &str, spelling: &DateSpelling| {
        Some(Timestamp::from_microsecond(read(raw, spelling)?.microseconds).unwrap().to_string())
    };
    for (raw, unit_of, expected) in [
        ("481161600", UnixUnit::Seconds, Some("1985-04-01T00:00:00Z")),
        ("481161600", UnixUnit::Auto, None),
        ("-86400", UnixUnit::Seconds, Some("1969-12-31T00:00:00Z")),
        ("0", UnixUnit::Milliseconds, Some("1970-01-01T00:00:00Z")),
        ("4102444800000", UnixUnit::Milliseconds, Some("2100-01-01T00:00:00Z")),
        ("4102444800000", UnixUnit::Auto, None),
        ("\"4102444800000\"", UnixUnit::Milliseconds, Some("2100-01-01T00:00:00Z")),
        ("1733011282526001", UnixUnit::Microseconds, Some("2024-12-01T00:01:22.526001Z")),
        ("1733011282526001", UnixUnit::Auto, None),
        ("411000000000000", UnixUnit::Milliseconds, None),
        ("1e30", UnixUnit::Seconds, None),
    ] {
        assert_eq!(instant(raw, &unit(unit_of)).as_deref(), expected, "{raw} {unit_of:?}");
    }
    check(r#""1985-04-01T00:00:00Z""#, Some("1985-04-01T00:00:00Z"));
    check(r#""April 1st 1985, 1:00:00 am""#, Some("1985-04-01T01:00:00Z"));
    check(r#""0001-01-01""#, Some("0001-01-01T00:00:00Z"));
    check(r#""1899-12-31T23:59:59.5+00:30""#, Some("1899-12-31T23:29:59.5Z"));
    check(r#""0001-01-01T00:00:00+01:00""#, None);
    check(r#""0000-12-31T23:59:59Z""#, None);
    check(r#""15000-12-31T23:40:28Z""#, None);
    check(r#""-0044-03-15""#, None);
    let last = *YEARS.end();
    for (raw, expected) in [
        (r#""9999-12-31T23:59:59.999999Z""#, Some(last)),
        (r#""9999-12-31 23:59:59.999999""#, Some(last)),
        (r#""9999-12-31T23:59:59Z""#, Some(last - 999_999)),
        (r#""9999-12-31T23:59:59+00:00""#, Some(last - 999_999)),
        (r#""9999-12-31T23:59:59+14:00""#, Some(last - 999_999 - 14 * 3_600_000_000)),
        (r#""9999-12-31T23:59:59-00:01""#, None),
        (r#""9999-12-31T23:59:59+1:00""#, None),
        (r#""9999-12-32T23:59:59Z""#, None),
    ] {
        assert_eq!(read(raw, &spelling(None)).map(|read| read.microseconds), expected, "{raw}");
    }
}

#[test]
fn days_at_the_edges() {
    let read = |text: &str| {
        let raw = format!("\"{text}\"");
        day(Raw { text: &raw, is_plain: true }, &spelling(None), &mut LastDay::default())
    };
    assert_eq!(read("9999-12-31"), Some((2_932_896, true)));
    assert_eq!(read("1985-04-01"), Some((5_569, true)));
    assert_eq!(read("0001-01-01"), Some((-719_162, true)));
    assert_eq!(read("1985-04-01T00:00:00Z"), Some((5_569, false)));
    assert_eq!(read("9999-12-31T23:59:59Z"), Some((2_932_896, false)));
    for text in ["0000-12-31", "2024-W49-1", "2024-02-30", "10000-01-01"] {
        assert_eq!(read(text), None, "{text}");
    }
}

/// Local times of a zone with summer time. One that the clocks skip counts by the offset before the gap, of one that comes twice the
/// first is meant; only what the column gives back letter for letter is lossless.
#[test]
fn a_zone_with_summer_time() {
    for (zone, local, expected, is_lossless) in [
        ("Europe/Berlin", "2026-07-01T12:00:00", "2026-07-01T10:00:00Z", true),
        ("Europe/Berlin", "2026-12-01T12:00:00", "2026-12-01T11:00:00Z", true),
        ("Europe/Berlin", "2026-12-01T12:00", "2026-12-01T11:00:00Z", false),
        ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z", true),
        ("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z", true),
        ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z", false),
        ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z", false),
        ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z", true),
        ("America/New_York", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z", false),
        ("America/New_York", "July 1st 2026, 12:00:00 pm", "2026-07-01T16:00:00Z", false),
        ("Asia/Kathmandu", "2026-07-01T12:00:00", "2026-07-01T06:15:00Z", true),
    ] {
        let spelling =
            DateSpelling { zone: TimeZone::get(zone).unwrap(), ..spelling(Some(UsualSpelling::Iso)) };
        let read = read(&format!("\"{local}\""), &spelling).unwrap();
        let instant = Timestamp::from_microsecond(read.microseconds).unwrap().to_string();
        assert_eq!((instant.as_str(), read.is_lossless), (expected, is_lossless), "{local} in {zone}");
    }
    let eastern = DateSpelling { zone: TimeZone::fixed(Offset::constant(-5)), ..spelling(None) };
    let read = |raw: &str| read(raw, &eastern).map(|read| read.microseconds);
    assert_eq!(read("\"2026-07-01T12:00:00\""), read("\"2026-07-01T17:00:00Z\""));
    assert!(read("\"9999-12-31T12:00:00\"").is_some());
    assert_eq!(read("\"9999-12-31T23:00:00\""), None);
}

#[test]
fn days_are_counted_as_jiff_counts_them() {
    for year in 1..=9999_i16 {
        for (month, day) in [(1, 1), (2, 28), (2, 29), (3, 1), (6, 30), (12, 31), (4, 31)] {
            let expected = civil::Date::new(year, month, day).ok();
            let expected = expected.map(|date| i64::from((date - civil::date(1970, 1, 1)).get_days()));
            let days = days_since_1970(i64::from(year), usize::try_from(month - 1).unwrap(), i64::from(day));
            assert_eq!(days, expected, "{year}-{month}-{day}");
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
    fn seconds_with_fractions_are_exact(microseconds in GUESSED) {
        let text = format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000);
        let read = read(&text, &spelling(Some(UsualSpelling::UnixSeconds))).unwrap();
        prop_assert_eq!(read, Instant { microseconds, is_lossless: true });
    }
}
