//! The zone that cuts days.

use std::cell::Cell;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use polars::prelude::*;

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// A zone of the IANA database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clock {
    pub(crate) zone: TimeZone,
}

impl Clock {
    /// The days, in the zone, of a column of instants; null for an instant that no calendar has.
    pub(crate) fn day_of(&self, instants: Expr) -> Expr {
        let zone = self.zone.clone();
        let days = move |column: Column| {
            let instants = column.datetime()?.physical().clone();
            let known = Cell::new(None);
            let days: Int32Chunked =
                instants.iter().map(|instant| day(instant?, &zone, &known)).collect_ca(column.name().clone());
            Ok(days.into_date().into_column())
        };
        instants.map(days, |_, field| Ok(Field::new(field.name().clone(), DataType::Date)))
    }
}

/// The day, in days since 1970-01-01, of an instant in microseconds. `known` has the last day asked for, since rows of one day mostly
/// stand together: its first microsecond, the first behind it, and the day.
fn day(instant: i64, zone: &TimeZone, known: &Cell<Option<(i64, i64, i32)>>) -> Option<i32> {
    if let Some((from, until, day)) = known.get()
        && (from..until).contains(&instant)
    {
        return Some(day);
    }
    let date = zone.to_datetime(Timestamp::from_microsecond(instant).ok()?).date();
    let day = days_since_1970(date)?;
    let start = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond());
    if let (Some(from), Some(until)) = (start(date), date.tomorrow().ok().and_then(start))
        && until - from <= 2 * MICROSECONDS_A_DAY
        && (from..until).contains(&instant)
    {
        known.set(Some((from, until, day)));
    }
    Some(day)
}

pub(super) fn days_since_1970(date: Date) -> Option<i32> {
    Some(Date::constant(1970, 1, 1).until(date).ok()?.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let known = Cell::new(None);
        let day_of = |text: &str| {
            let instant: Timestamp = text.parse().unwrap();
            let day = day(instant.as_microsecond(), &zone, &known)?;
            Some(Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(day)).ok()?.to_string())
        };
        for (instant, expected) in [
            ("2025-03-09T04:59:59Z", "2025-03-08"),
            ("2025-03-09T05:00:00Z", "2025-03-09"),
            ("2025-03-10T03:59:59.999999Z", "2025-03-09"),
            ("2025-03-10T04:00:00Z", "2025-03-10"),
            ("2025-11-02T04:00:00Z", "2025-11-02"),
            ("2025-11-03T04:59:59Z", "2025-11-02"),
            ("2025-03-09T05:00:00Z", "2025-03-09"),
            ("1969-12-31T23:00:00Z", "1969-12-31"),
        ] {
            assert_eq!(day_of(instant).as_deref(), Some(expected), "{instant}");
        }
        assert_eq!(day(i64::MAX, &zone, &known), None);
    }
}
