//! Whole days of a zone, as stretches of microseconds: a day of 23 or 25 hours is one as it is.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// How long after its end a day counts as whole: what was said in its last minutes is listed a little later.
const SETTLING_HOURS: i64 = 1;

/// A day, as the instants from its beginning to that of the next, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DaySpan {
    pub(super) day: Date,
    pub(super) begins: i64,
    pub(super) ends: i64,
}

impl DaySpan {
    /// `None` beyond the calendar.
    pub(super) fn of(day: Date, zone: &TimeZone) -> Option<Self> {
        let begin = |day: Date| day.to_zoned(zone.clone()).ok().map(|at| at.timestamp().as_microsecond());
        Some(Self { day, begins: begin(day)?, ends: begin(day.tomorrow().ok()?)? })
    }
}

/// The last day that was over at an instant, and had been for a while.
pub(super) fn last_whole(as_of: Timestamp, zone: &TimeZone) -> Option<Date> {
    let settled = as_of.checked_sub(Span::new().hours(SETTLING_HOURS)).ok()?;
    settled.to_zoned(zone.clone()).date().yesterday().ok()
}

/// A day and the same weekday of so many weeks before, the day first.
pub(super) fn same_weekday(day: Date, weeks: u32, zone: &TimeZone) -> Vec<DaySpan> {
    let days = (0..=i64::from(weeks)).filter_map(|week| day.checked_sub(Span::new().weeks(week)).ok());
    days.filter_map(|day| DaySpan::of(day, zone)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_as_long_as_the_zone_has_it() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let hours = |day: Date| {
            let span = DaySpan::of(day, &zone).unwrap();
            (span.ends - span.begins) / 3_600_000_000
        };
        let days = [Date::constant(2025, 3, 29), Date::constant(2025, 3, 30), Date::constant(2025, 10, 26)];
        assert_eq!(days.map(hours), [24, 23, 25]);
    }

    #[test]
    fn a_day_that_has_just_ended_is_not_yet_whole() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let last = |text: &str| last_whole(text.parse().unwrap(), &zone).unwrap().to_string();
        // 23:30Z is 00:30 in the zone.
        assert_eq!(last("2025-01-09T23:30:00Z"), "2025-01-08");
        assert_eq!(last("2025-01-10T00:30:00Z"), "2025-01-09");
    }

    #[test]
    fn weekdays_are_kept_over_a_change_of_clocks() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let days = same_weekday(Date::constant(2025, 3, 10), 2, &zone);
        let days: Vec<String> = days.iter().map(|span| span.day.to_string()).collect();
        assert_eq!(days, ["2025-03-10", "2025-03-03", "2025-02-24"]);
    }
}
