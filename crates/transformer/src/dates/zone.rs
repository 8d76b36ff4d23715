//! Local times become instants.

use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, civil};

const MICROSECONDS_A_SECOND: i64 = 1_000_000;
const SECONDS_A_DAY: i64 = 86_400;

/// The microseconds since 1970-01-01 UTC of a local time, which is given as the microseconds since its own 1970-01-01. A time that
/// the clocks skip counts by the offset before the gap: half past two, where two o'clock was three at once, is half past three.
/// Of a time that comes twice, the first is meant.
pub(super) fn to_utc(local: i64, zone: &TimeZone) -> Option<i64> {
    let offset = match zone.to_fixed_offset() {
        Ok(offset) => offset,
        Err(_) => {
            // The offset before the gap or fold is the one that gives the later time in a gap, and the first in a fold.
            match zone.to_ambiguous_timestamp(civil_of(local)?).offset() {
                AmbiguousOffset::Unambiguous { offset } => offset,
                AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
            }
        }
    };
    local.checked_sub(i64::from(offset.seconds()) * MICROSECONDS_A_SECOND)
}

/// The microseconds since its own 1970-01-01 of a local date and time.
pub(super) fn local_of(civil: civil::DateTime) -> Option<i64> {
    let days = days_of(civil.date())?;
    let time = civil.time();
    let seconds = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    let microseconds = i64::from(time.subsec_nanosecond() / 1000);
    Some((days * SECONDS_A_DAY + seconds) * MICROSECONDS_A_SECOND + microseconds)
}

/// The days since 1970-01-01 of a date.
pub(super) fn days_of(date: civil::Date) -> Option<i64> {
    let month = usize::try_from(date.month() - 1).ok()?;
    super::spelled_out::days_since_1970(i64::from(date.year()), month, i64::from(date.day()))
}

/// The offset of a zone at an instant.
pub(super) fn offset_at(instant: Timestamp, zone: &TimeZone) -> Offset {
    zone.to_fixed_offset().unwrap_or_else(|_| zone.to_offset(instant))
}

/// The local date and time; `None` outside of the years that a date can have.
fn civil_of(local: i64) -> Option<civil::DateTime> {
    let days = local.div_euclid(SECONDS_A_DAY * MICROSECONDS_A_SECOND);
    let rest = local.rem_euclid(SECONDS_A_DAY * MICROSECONDS_A_SECOND);
    let date = civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    let nanoseconds = jiff::Span::new().try_microseconds(rest).ok()?;
    date.at(0, 0, 0, 0).checked_add(nanoseconds).ok()
}
