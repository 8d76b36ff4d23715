//! ISO 8601 and RFC 3339: read and written.

use std::fmt::Write as _;

use convolake_model::DateSpelling;
use jiff::{Timestamp, civil, tz::Offset};

/// The microseconds since 1970-01-01 UTC of a text in RFC 3339, or ISO 8601 without a zone (with `T` or a blank, or the date alone).
pub(super) fn read(text: &str, spelling: &DateSpelling) -> Option<i64> {
    // jiff also reads week dates and the like; what a source may send begins as 2024-12-01.
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_microsecond());
    }
    text.parse::<civil::DateTime>().ok().and_then(|local| to_utc(local, spelling.utc_offset_seconds))
}

/// The microseconds since 1970-01-01 UTC of a local time.
pub(super) fn to_utc(local: civil::DateTime, utc_offset_seconds: i32) -> Option<i64> {
    let offset = Offset::from_seconds(utc_offset_seconds).ok()?;
    offset.to_timestamp(local).ok().map(Timestamp::as_microsecond)
}

/// The instant as Python's `isoformat` writes it: no zone, and a fraction of six digits if there is one.
pub(super) fn write_without_zone(microseconds: i64, utc_offset_seconds: i32) -> Option<String> {
    let (mut text, fraction) = write_seconds(microseconds, utc_offset_seconds)?;
    if fraction != 0 {
        write!(text, ".{fraction:06}").ok()?;
    }
    Some(text)
}

/// The instant as RFC 3339 with `Z`, and a fraction of three or six digits if there is one.
pub(super) fn write_rfc3339(microseconds: i64) -> Option<String> {
    let (mut text, fraction) = write_seconds(microseconds, 0)?;
    match fraction {
        0 => {}
        _ if fraction % 1000 == 0 => write!(text, ".{:03}", fraction / 1000).ok()?,
        _ => write!(text, ".{fraction:06}").ok()?,
    }
    text.push('Z');
    Some(text)
}

/// Date and time up to the second, and the microseconds behind it.
fn write_seconds(microseconds: i64, utc_offset_seconds: i32) -> Option<(String, i32)> {
    let instant = Timestamp::from_microsecond(microseconds).ok()?;
    let local = Offset::from_seconds(utc_offset_seconds).ok()?.to_datetime(instant);
    let mut text = String::with_capacity(27);
    write!(text, "{:04}-{:02}-{:02}", local.year(), local.month(), local.day()).ok()?;
    write!(text, "T{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second()).ok()?;
    Some((text, local.subsec_nanosecond() / 1000))
}
