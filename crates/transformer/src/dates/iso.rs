//! ISO 8601 and RFC 3339: read and written.

use std::fmt::Write as _;

use convolake_model::DateSpelling;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::zone;

/// The microseconds since 1970-01-01 UTC of a text in RFC 3339, or ISO 8601 without a zone (with `T` or a blank, or the date alone).
pub(super) fn read(text: &str, spelling: &DateSpelling) -> Option<i64> {
    // jiff also reads week dates and the like; what a source may send begins as 2024-12-01.
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_microsecond());
    }
    // jiff's instants end some hours before the year 9999 does; and it reads a local time as if no offset stood behind it.
    if let Some((local, offset)) = split_offset(text) {
        return Some(zone::local_of(local.parse().ok()?)? - offset?);
    }
    let local = text.parse::<civil::DateTime>().ok()?;
    zone::to_utc(zone::local_of(local)?, &spelling.zone)
}

/// A local date and time, and the microseconds that `Z` or `+02:00` behind it is ahead of UTC (`None` for an offset that is none).
/// `None` where nothing of the kind stands behind it.
fn split_offset(text: &str) -> Option<(&str, Option<i64>)> {
    const DATE: usize = "2024-12-01".len();
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, Some(0)));
    }
    let sign = DATE + text.get(DATE..)?.rfind(['+', '-'])?;
    let (local, offset) = text.split_at_checked(sign)?;
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let is_offset = offset.get(1..)?.chars().all(|char| char.is_ascii_digit() || char == ':');
    is_offset.then(|| (local, offset_of(&digits, offset.starts_with('-'))))
}

/// The microseconds of `0200`.
fn offset_of(digits: &str, is_behind: bool) -> Option<i64> {
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    let is_offset = digits.len() == 4 && hours < 24 && minutes < 60;
    let microseconds = (hours * 60 + minutes) * 60_000_000;
    is_offset.then_some(if is_behind { -microseconds } else { microseconds })
}

/// The days since 1970-01-01 of a text that is just a date of the years 1 to 9999, as 2024-12-01.
pub(super) fn read_day(text: &str) -> Option<i32> {
    if text.len() != 10 || text.as_bytes()[4] != b'-' || text.as_bytes()[7] != b'-' {
        return None;
    }
    let date = text.parse::<civil::Date>().ok().filter(|date| date.year() > 0)?;
    i32::try_from(zone::days_of(date)?).ok()
}

/// The instant as Python's `isoformat` writes it: no zone, and a fraction of six digits if there is one.
pub(super) fn write_without_zone(microseconds: i64, zone: &TimeZone) -> Option<String> {
    let (mut text, fraction) = write_seconds(microseconds, zone)?;
    if fraction != 0 {
        write!(text, ".{fraction:06}").ok()?;
    }
    Some(text)
}

/// The instant as RFC 3339 with `Z`, and a fraction of three or six digits if there is one.
pub(super) fn write_rfc3339(microseconds: i64) -> Option<String> {
    let (mut text, fraction) = write_seconds(microseconds, &TimeZone::UTC)?;
    match fraction {
        0 => {}
        _ if fraction % 1000 == 0 => write!(text, ".{:03}", fraction / 1000).ok()?,
        _ => write!(text, ".{fraction:06}").ok()?,
    }
    text.push('Z');
    Some(text)
}

/// Date and time up to the second, and the microseconds behind it.
fn write_seconds(microseconds: i64, zone: &TimeZone) -> Option<(String, i32)> {
    let instant = Timestamp::from_microsecond(microseconds).ok()?;
    let local = zone::offset_at(instant, zone).to_datetime(instant);
    let mut text = String::with_capacity(27);
    write!(text, "{:04}-{:02}-{:02}", local.year(), local.month(), local.day()).ok()?;
    write!(text, "T{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second()).ok()?;
    Some((text, local.subsec_nanosecond() / 1000))
}
