//! Every spelling of an instant that the sources use becomes microseconds since 1970-01-01 UTC.

use std::fmt::Write as _;

use convolake_model::{DateSpelling, UnixUnit, UsualSpelling};
use jiff::{Timestamp, civil, tz::Offset};

use crate::json::Raw;
use crate::json::{self, Decimal};

/// An instant read from JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) microseconds: i64,
    /// True where the instant, written in the column's usual spelling, is the value that was read.
    pub(crate) gives_back: bool,
}

/// 2000-01-01 and 2100-01-01 in microseconds: what lies outside is taken for a mistake of unit or clock.
const RANGE: std::ops::Range<i64> = 946_684_800_000_000..4_102_444_800_000_000;

/// From this magnitude on a bare number counts milliseconds: as seconds it would lie after the year 5000.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// The day that was last read, and how it was written: what stands side by side mostly is of one day.
#[derive(Debug, Default)]
pub(crate) struct LastDay {
    /// Up to the time. Empty before the first.
    text: Vec<u8>,
    /// Since 1970-01-01.
    days: i64,
}

/// Reads the raw text of a JSON number or string; `None` where it is no instant between 2000 and 2100.
pub(crate) fn instant(raw: Raw<'_>, spelling: &DateSpelling, last: &mut LastDay) -> Option<Instant> {
    let read = match json::text(raw) {
        None => number(raw.text, spelling, true)?,
        Some(text) => {
            let text = trimmed(&text);
            match text_instant(text, spelling, last) {
                Some(microseconds) => {
                    let usual = match spelling.usual {
                        Some(UsualSpelling::Iso) => shown(microseconds, spelling, false),
                        Some(UsualSpelling::Rfc3339) => shown(microseconds, spelling, true),
                        _ => None,
                    };
                    let content = raw.text.get(1..raw.text.len() - 1);
                    Instant { microseconds, gives_back: usual.is_some() && usual.as_deref() == content }
                }
                None => number(text, spelling, false)?,
            }
        }
    };
    RANGE.contains(&read.microseconds).then_some(read)
}

/// A text without the white space around it: nearly none has any.
fn trimmed(text: &str) -> &str {
    let is_graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    match is_graphic(text.as_bytes().first()) && is_graphic(text.as_bytes().last()) {
        true => text,
        false => text.trim(),
    }
}

/// Reads a calendar day, in days since 1970-01-01, and whether the column gives the value back; an instant counts as
/// its day in UTC.
pub(crate) fn day(raw: Raw<'_>, spelling: &DateSpelling, last: &mut LastDay) -> Option<(i32, bool)> {
    const DAY: i64 = 86_400_000_000;
    let text = json::text(raw).filter(|text| text.len() == 10);
    if let Some(date) = text.and_then(|text| text.parse::<civil::Date>().ok()) {
        let days = to_utc(date.at(0, 0, 0, 0), 0)?.div_euclid(DAY);
        return Some((i32::try_from(days).ok()?, true));
    }
    let instant = instant(raw, spelling, last)?;
    Some((i32::try_from(instant.microseconds.div_euclid(DAY)).ok()?, false))
}

fn number(text: &str, spelling: &DateSpelling, is_number: bool) -> Option<Instant> {
    let decimal = Decimal::parse(text)?;
    let milliseconds = match spelling.unit {
        UnixUnit::Seconds => false,
        UnixUnit::Milliseconds => true,
        UnixUnit::Auto => {
            decimal.scaled(0).is_none_or(|(value, _)| value.unsigned_abs() >= MILLISECONDS_FROM)
        }
    };
    let (microseconds, exact) = decimal.scaled(if milliseconds { 3 } else { 6 })?;
    let usual = if milliseconds { UsualSpelling::UnixMilliseconds } else { UsualSpelling::UnixSeconds };
    Some(Instant { microseconds, gives_back: is_number && exact && spelling.usual == Some(usual) })
}

/// A text that is no number.
fn text_instant(text: &str, spelling: &DateSpelling, last: &mut LastDay) -> Option<i64> {
    let first = *text.as_bytes().first()?;
    if first.is_ascii_digit() {
        return iso(text, spelling);
    }
    let seconds = spelled_out(text.as_bytes(), last)? - i64::from(spelling.utc_offset_seconds);
    Some(seconds * 1_000_000)
}

/// RFC 3339, and ISO 8601 without a zone (with `T` or a blank, or the date alone).
fn iso(text: &str, spelling: &DateSpelling) -> Option<i64> {
    // jiff also reads week dates and the like; what a source may send begins as 2024-12-01.
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_microsecond());
    }
    text.parse::<civil::DateTime>().ok().and_then(|local| to_utc(local, spelling.utc_offset_seconds))
}

fn to_utc(local: civil::DateTime, utc_offset_seconds: i32) -> Option<i64> {
    let offset = Offset::from_seconds(utc_offset_seconds).ok()?;
    offset.to_timestamp(local).ok().map(Timestamp::as_microsecond)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// moment.js `MMMM Do YYYY, h:mm:ss a`: `December 1st 2024, 10:30:00 am`. The vendor's own CSV writes ` -` for the
/// comma; both are read. In seconds since 1970-01-01 where it was said.
fn spelled_out(text: &[u8], last: &mut LastDay) -> Option<i64> {
    let time = match text.strip_prefix(last.text.as_slice()) {
        Some(time) if !last.text.is_empty() => time,
        _ => {
            let mut rest = Rest(text);
            let days = rest.day()?;
            last.days = days;
            last.text.clear();
            last.text.extend_from_slice(text.strip_suffix(rest.0)?);
            rest.0
        }
    };
    Some(last.days * 86_400 + Rest(time).time()?)
}

/// The days from 1970-01-01 to a day of the Gregorian calendar, the month counted from 0; `None` for a day there is not.
fn days_since_1970(year: i64, month: usize, day: i64) -> Option<i64> {
    /// The days of a common year before each month, and in all.
    const BEFORE: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (begin, end) = (BEFORE[month], BEFORE[month + 1]);
    let length = end - begin + i64::from(month == 1 && is_leap);
    if !(1..=length).contains(&day) {
        return None;
    }
    // The leap days of all years before this one, of which there were 477 by 1970.
    let past = year - 1;
    let leap_days = past / 4 - past / 100 + past / 400 - 477 + i64::from(month > 1 && is_leap);
    Some((year - 1970) * 365 + leap_days + begin + day - 1)
}

/// What is left of a text being read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// `December 1st 2024,` in days since 1970-01-01.
    fn day(&mut self) -> Option<i64> {
        let month = self.month()?;
        self.take(b" ")?;
        let day = self.number(1..=2)?;
        if let [b's', b't', after @ ..] | [b'n' | b'r', b'd', after @ ..] | [b't', b'h', after @ ..] = self.0
        {
            self.0 = after;
        }
        self.take(b" ")?;
        let year = self.number(4..=4)?;
        self.take(b",").or_else(|| self.take(b" -"))?;
        days_since_1970(i64::from(year), month, i64::from(day))
    }

    /// ` 10:30:00 am` and nothing more, in seconds.
    fn time(&mut self) -> Option<i64> {
        while self.take(b" ").is_some() {}
        let hour = self.number(1..=2)?;
        self.take(b":")?;
        let minute = self.number(1..=2)?;
        self.take(b":")?;
        let second = self.number(1..=2)?;
        let afternoon = match self.0 {
            b" am" | b" AM" => 0,
            b" pm" | b" PM" => 12,
            _ => return None,
        };
        if !(1..=12).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&second) {
            return None;
        }
        let hour = hour % 12 + afternoon;
        Some((i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second))
    }

    /// The name of a month in letters of either case: its number, from 0.
    fn month(&mut self) -> Option<usize> {
        let begin = self.0.first_chunk::<3>()?;
        // Of all bytes, only the two cases of a letter become that letter.
        let month = match &begin.map(|byte| byte | 0x20) {
            b"jan" => 0,
            b"feb" => 1,
            b"mar" => 2,
            b"apr" => 3,
            b"may" => 4,
            b"jun" => 5,
            b"jul" => 6,
            b"aug" => 7,
            b"sep" => 8,
            b"oct" => 9,
            b"nov" => 10,
            b"dec" => 11,
            _ => return None,
        };
        let expected = MONTHS[month].as_bytes();
        let (name, rest) = self.0.split_at_checked(expected.len())?;
        self.0 = rest;
        (name == expected || name.eq_ignore_ascii_case(expected)).then_some(month)
    }

    /// A number of so many digits; no more of them may follow.
    fn number(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<i16> {
        let (mut n, mut number) = (0, 0);
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            n += 1;
            if n > *digits.end() {
                return None;
            }
            number = number * 10 + i16::from(digit - b'0');
            self.0 = rest;
        }
        (n >= *digits.start()).then_some(number)
    }
}

/// The instant in the ISO spelling (no zone) or as RFC 3339 with `Z`.
fn shown(microseconds: i64, spelling: &DateSpelling, zulu: bool) -> Option<String> {
    let offset = if zulu { 0 } else { spelling.utc_offset_seconds };
    let local =
        Offset::from_seconds(offset).ok()?.to_datetime(Timestamp::from_microsecond(microseconds).ok()?);
    let mut text = String::with_capacity(27);
    write!(text, "{:04}-{:02}-{:02}", local.year(), local.month(), local.day()).ok()?;
    write!(text, "T{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second()).ok()?;
    let fraction = local.subsec_nanosecond() / 1000;
    match fraction {
        0 => {}
        _ if zulu && fraction % 1000 == 0 => write!(text, ".{:03}", fraction / 1000).ok()?,
        _ => write!(text, ".{fraction:06}").ok()?,
    }
    if zulu {
        text.push('Z');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    fn what_the_column_gives_back() {
        let check = |raw: &str, usual, expected| {
            assert_eq!(read(raw, &spelling(Some(usual))).unwrap().gives_back, expected, "{raw}");
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
        assert_eq!(
            Timestamp::from_microsecond(read.microseconds).unwrap().to_string(),
            "2025-04-15T18:58:15Z"
        );
        assert!(read.gives_back);
    }

    #[test]
    fn days_are_counted_as_jiff_counts_them() {
        for year in 1..=9999_i16 {
            for (month, day) in [(1, 1), (2, 28), (2, 29), (3, 1), (6, 30), (12, 31), (4, 31)] {
                let expected = civil::Date::new(year, month, day).ok().map(|date| {
                    let midnight = to_utc(date.at(0, 0, 0, 0), 0);
                    midnight.map(|microseconds| microseconds.div_euclid(86_400_000_000))
                });
                let days =
                    days_since_1970(i64::from(year), usize::try_from(month - 1).unwrap(), i64::from(day));
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
            prop_assert_eq!(read, Instant { microseconds, gives_back: true });
        }
    }
}
