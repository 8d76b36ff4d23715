//! Dates: the spellings the contract names, read by hand. For others that begin like a date, jiff's word counts here
//! as it does for the flattener.

use convolake_model::{DateSpelling, UnixUnit, UsualSpelling};

use crate::json::{Json, Kind};
use crate::numbers::Decimal;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Microseconds since 1970-01-01 UTC, and whether the usual spelling of them is the value itself.
pub(crate) fn instant(value: &Json<'_>, spelling: &DateSpelling) -> Option<(i64, bool)> {
    let (micros, exact) = match &value.kind {
        Kind::Number => number(value.text, spelling, true)?,
        Kind::Text(text) => match date(text.trim(), spelling) {
            Some(micros) => {
                let usual = spelled(micros, spelling).map(|usual| format!("\"{usual}\""));
                (micros, usual.as_deref() == Some(value.text))
            }
            None => number(text.trim(), spelling, false)?,
        },
        _ => return None,
    };
    let [first, end] = [1, 10_000].map(|year| days_before(year, 1, 1) * DAY);
    (first <= micros && micros < end).then_some((micros, exact))
}

/// Days since 1970-01-01, and whether the value is just that day as `2024-12-01`.
pub(crate) fn day(value: &Json<'_>, spelling: &DateSpelling) -> Option<(i32, bool)> {
    let of_micros = |micros: i64| i32::try_from(micros.div_euclid(DAY)).ok();
    match value.string().and_then(calendar_day) {
        Some((day, "")) if day >= days_before(1, 1, 1) * DAY => Some((of_micros(day)?, true)),
        _ => Some((of_micros(instant(value, spelling)?.0)?, false)),
    }
}

/// An instant in the text spelling that is the column's usual one.
pub(crate) fn spelled(micros: i64, spelling: &DateSpelling) -> Option<String> {
    let is_zulu = match spelling.usual? {
        UsualSpelling::Iso => false,
        UsualSpelling::Rfc3339 => true,
        UsualSpelling::UnixSeconds | UsualSpelling::UnixMilliseconds | UsualSpelling::UnixMicroseconds => {
            return None;
        }
    };
    // The flattener spells no instant of the last day, and takes it as one that its column does not give back.
    if micros >= days_before(9999, 12, 30) * DAY + 22 * 3600 * SECOND {
        return None;
    }
    let local = match is_zulu {
        true => micros,
        false => micros + offset(spelling),
    };
    let (mut year, mut month) = (1, 1);
    while days_before(year + 1, 1, 1) * DAY <= local {
        year += 1;
    }
    while month < 12 && days_before(year, month + 1, 1) * DAY <= local {
        month += 1;
    }
    let rest = local - days_before(year, month, 1) * DAY;
    let (day, seconds, fraction) = (rest / DAY + 1, rest % DAY / SECOND, rest % SECOND);
    let [hour, minute, second] = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let fraction = match (fraction, is_zulu) {
        (0, _) => String::new(),
        (_, true) if fraction % 1000 == 0 => format!(".{:03}", fraction / 1000),
        _ => format!(".{fraction:06}"),
    };
    let zone = if is_zulu { "Z" } else { "" };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

/// A number of seconds or milliseconds; whether it is exact and in the usual unit.
fn number(text: &str, spelling: &DateSpelling, is_number: bool) -> Option<(i64, bool)> {
    let number = Decimal::parse(text)?;
    let (power, usual) = match spelling.unit {
        UnixUnit::Seconds => (6, UsualSpelling::UnixSeconds),
        UnixUnit::Milliseconds => (3, UsualSpelling::UnixMilliseconds),
        UnixUnit::Microseconds => (0, UsualSpelling::UnixMicroseconds),
        UnixUnit::Auto => match number.times_ten_to(0) {
            Some((-99_999_999_999..=99_999_999_999, _)) => (6, UsualSpelling::UnixSeconds),
            _ => (3, UsualSpelling::UnixMilliseconds),
        },
    };
    let (micros, exact) = number.times_ten_to(power)?;
    let [first, end] = [2000, 2100].map(|year| days_before(year, 1, 1) * DAY);
    if spelling.unit == UnixUnit::Auto && !(first..end).contains(&micros) {
        return None;
    }
    Some((micros, is_number && exact && spelling.usual == Some(usual)))
}

/// The microseconds that a column's zone, of a fixed offset, is ahead of UTC.
fn offset(spelling: &DateSpelling) -> i64 {
    i64::from(spelling.zone.to_fixed_offset().unwrap().seconds()) * SECOND
}

fn date(text: &str, spelling: &DateSpelling) -> Option<i64> {
    let offset = offset(spelling);
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return spelled_out(text).map(|local| local - offset);
    }
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let written = || {
        let (day, rest) = calendar_day(text)?;
        if rest.is_empty() {
            return Some(day - offset);
        }
        let (time, zone) = time_of_day(rest.strip_prefix(['T', ' '])?)?;
        Some(day + time - if zone.is_empty() { offset } else { zone_offset(zone)? })
    };
    written().or_else(|| by_jiff(text, offset))
}

fn by_jiff(text: &str, offset: i64) -> Option<i64> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_microsecond());
    }
    let local: jiff::civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond() - offset)
}

/// `2024-12-01`: the microseconds of its midnight, and what follows.
fn calendar_day(text: &str) -> Option<(i64, &str)> {
    let (date, rest) = text.split_at_checked(10)?;
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    let [year, month, day] = [fixed(year, 4)?, fixed(month, 2)?, fixed(day, 2)?];
    is_day(year, month, day).then(|| (days_before(year, month, day) * DAY, rest))
}

/// `10:30:00.25`: the microseconds since midnight, and what follows.
fn time_of_day(text: &str) -> Option<(i64, &str)> {
    let (clock, mut rest) = text.split_at_checked(8)?;
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else { return None };
    let mut micros = time(fixed(hour, 2)?, fixed(minute, 2)?, fixed(second, 2)?)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|char: char| !char.is_ascii_digit()).unwrap_or(fraction.len());
        let digits = format!("{:0<9}", &fraction[..end]);
        rest = &fraction[end..];
        micros += if end > 0 { fixed(&digits, 9)? / 1000 } else { return None };
    }
    Some((micros, rest))
}

/// `Z` or `+02:00`.
fn zone_offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    Some(sign * time(fixed(hours, 2)?, fixed(minutes, 2)?, 0)?)
}

/// `December 1st 2024, 10:30:00 am`; for the comma also ` -`.
fn spelled_out(text: &str) -> Option<i64> {
    const MONTHS: &str =
        "january february march april may june july august september october november december";
    let (month, rest) = text.split_once(' ')?;
    let (day, rest) = rest.split_once(' ')?;
    let (year, rest) = rest.split_at_checked(4)?;
    let rest = rest.strip_prefix(',').or_else(|| rest.strip_prefix(" -"))?.trim_start_matches(' ');
    let (clock, half) = rest.split_once(' ')?;
    let month = MONTHS.split(' ').position(|name| name.eq_ignore_ascii_case(month))?;
    let month = i64::try_from(month).ok()? + 1;
    let day = ["st", "nd", "rd", "th"].iter().find_map(|ordinal| day.strip_suffix(ordinal)).unwrap_or(day);
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts[..] else { return None };
    let (hour, afternoon) = match (short(hour)?, half) {
        (hour @ 1..=12, "am" | "AM") => (hour % 12, 0),
        (hour @ 1..=12, "pm" | "PM") => (hour % 12, 12),
        _ => return None,
    };
    let (year, day) = (fixed(year, 4)?, short(day)?);
    let time = time(hour + afternoon, short(minute)?, short(second)?)?;
    is_day(year, month, day).then(|| days_before(year, month, day) * DAY + time)
}

fn time(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some((hour * 3600 + minute * 60 + second) * SECOND)
}

/// Just so many digits.
fn fixed(text: &str, length: usize) -> Option<i64> {
    let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// One digit or two.
fn short(text: &str) -> Option<i64> {
    fixed(text, 1).or_else(|| fixed(text, 2))
}

fn is_day(year: i64, month: i64, day: i64) -> bool {
    (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day)
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to this one, counted month by month.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year_days = |year| (1..=12).map(|month| days_of(year, month)).sum::<i64>();
    let years: i64 = match year >= 1970 {
        true => (1970..year).map(year_days).sum(),
        false => -(year..1970).map(year_days).sum::<i64>(),
    };
    years + (1..month).map(|month| days_of(year, month)).sum::<i64>() + day - 1
}
