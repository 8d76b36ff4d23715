//! A JSON number or string becomes an instant or a day, whichever spelling it has.

use convolake_model::{DateSpelling, UnixUnit, UsualSpelling};

use super::spelled_out::LastDay;
use super::{iso, spelled_out, zone};
use crate::json::{self, Decimal, Raw};

/// An instant read from JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) microseconds: i64,
    /// True where the instant, written in the column's usual spelling, is exactly the value that was read.
    pub(crate) is_lossless: bool,
}

/// 0001-01-01 to the end of 9999-12-31 in microseconds: the years that all readers of the tables know.
pub(super) const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

/// 2000-01-01 and 2100-01-01 in microseconds: a number whose unit is guessed and that lies outside is taken for a mistake.
pub(super) const GUESSED: std::ops::Range<i64> = 946_684_800_000_000..4_102_444_800_000_000;

/// From this magnitude on a bare number counts milliseconds: as seconds it would lie after the year 5000.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// Reads the raw text of a JSON number or string; `None` where it is no instant of [`YEARS`].
pub(crate) fn instant(raw: Raw<'_>, spelling: &DateSpelling, last: &mut LastDay) -> Option<Instant> {
    let read = match json::text(raw) {
        None => number(raw.text, spelling)?,
        Some(text) => {
            let text = trimmed(&text);
            match text_instant(text, spelling, last) {
                Some(microseconds) => {
                    let usual = match spelling.usual {
                        Some(UsualSpelling::Iso) => iso::write_without_zone(microseconds, &spelling.zone),
                        Some(UsualSpelling::Rfc3339) => iso::write_rfc3339(microseconds),
                        _ => None,
                    };
                    let content = raw.text.get(1..raw.text.len() - 1);
                    Instant { microseconds, is_lossless: usual.is_some() && usual.as_deref() == content }
                }
                None => Instant { is_lossless: false, ..number(text, spelling)? },
            }
        }
    };
    YEARS.contains(&read.microseconds).then_some(read)
}

/// Reads a calendar day, in days since 1970-01-01, and whether it holds the value losslessly; an instant counts as
/// its day in UTC.
pub(crate) fn day(raw: Raw<'_>, spelling: &DateSpelling, last: &mut LastDay) -> Option<(i32, bool)> {
    const DAY: i64 = 86_400_000_000;
    if let Some(days) = json::text(raw).and_then(|text| iso::read_day(&text)) {
        return Some((days, true));
    }
    let instant = instant(raw, spelling, last)?;
    Some((i32::try_from(instant.microseconds.div_euclid(DAY)).ok()?, false))
}

/// A number of seconds, milliseconds or microseconds since 1970-01-01 UTC.
fn number(text: &str, spelling: &DateSpelling) -> Option<Instant> {
    let decimal = Decimal::parse(text)?;
    let is_guessed = spelling.unit == UnixUnit::Auto;
    let unit = match spelling.unit {
        UnixUnit::Auto
            if decimal.scaled(0).is_none_or(|(value, _)| value.unsigned_abs() >= MILLISECONDS_FROM) =>
        {
            UnixUnit::Milliseconds
        }
        UnixUnit::Auto => UnixUnit::Seconds,
        declared => declared,
    };
    let (power, usual) = match unit {
        UnixUnit::Milliseconds => (3, UsualSpelling::UnixMilliseconds),
        UnixUnit::Microseconds => (0, UsualSpelling::UnixMicroseconds),
        UnixUnit::Auto | UnixUnit::Seconds => (6, UsualSpelling::UnixSeconds),
    };
    let (microseconds, exact) = decimal.scaled(power)?;
    if is_guessed && !GUESSED.contains(&microseconds) {
        return None;
    }
    Some(Instant { microseconds, is_lossless: exact && spelling.usual == Some(usual) })
}

/// The microseconds since 1970-01-01 UTC of a date in ISO 8601 or in English words.
fn text_instant(text: &str, spelling: &DateSpelling, last: &mut LastDay) -> Option<i64> {
    let first = *text.as_bytes().first()?;
    if first.is_ascii_digit() {
        return iso::read(text, spelling);
    }
    let local = spelled_out::read(text.as_bytes(), last)? * 1_000_000;
    zone::to_utc(local, &spelling.zone)
}

/// A text without the white space around it: nearly none has any.
fn trimmed(text: &str) -> &str {
    let is_graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    match is_graphic(text.as_bytes().first()) && is_graphic(text.as_bytes().last()) {
        true => text,
        false => text.trim(),
    }
}
