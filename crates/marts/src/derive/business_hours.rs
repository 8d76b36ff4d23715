//! How much of a stretch of time lies in business hours.

use std::collections::HashMap;

use convolake_model::{Meaning, Slot};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use polars::prelude::*;

/// The calendar of those who answer, in a zone.
#[derive(Debug, Clone)]
pub(crate) struct BusinessHours {
    zone: TimeZone,
    /// By day of the week, Monday first.
    week: [Vec<Slot>; 7],
    holidays: Vec<Date>,
}

/// The slots that begin on a day, as instants in microseconds: from the first, to the one behind the last.
type Openings = Vec<(i64, i64)>;

impl BusinessHours {
    /// `None` where the source has no business hours.
    pub(crate) fn of(meaning: &Meaning, zone: &TimeZone) -> Option<Self> {
        meaning.has_business_hours().then(|| Self {
            zone: zone.clone(),
            week: meaning.business_hours.clone(),
            holidays: meaning.holidays.clone(),
        })
    }

    /// The seconds from one instant to a later one that lie in business hours; null where one of them is null, or they are the wrong way
    /// round.
    pub(crate) fn between(&self, earlier: Expr, later: Expr) -> Expr {
        let hours = self.clone();
        let seconds = move |columns: &mut [Column]| {
            let [from, until] = columns else { polars_bail!(ComputeError: "two columns were expected") };
            let (from, until) = (from.datetime()?.physical().clone(), until.datetime()?.physical().clone());
            let mut known = HashMap::new();
            let pairs = from.iter().zip(until.iter());
            let seconds: Float64Chunked = pairs
                .map(|(from, until)| hours.seconds(from?, until?, &mut known))
                .collect_ca("business_seconds".into());
            Ok(seconds.into_column())
        };
        let field = |_: &Schema, _: &[Field]| Ok(Field::new("business_seconds".into(), DataType::Float64));
        map_multiple(seconds, [earlier, later], field)
    }

    #[expect(clippy::cast_precision_loss, reason = "microseconds of a wait have fewer digits than a double")]
    fn seconds(&self, from: i64, until: i64, known: &mut HashMap<Date, Openings>) -> Option<f64> {
        if until < from {
            return None;
        }
        let day = |instant| Some(self.zone.to_datetime(Timestamp::from_microsecond(instant).ok()?).date());
        let last = day(until)?;
        // A slot of the day before may go on over midnight, and clocks may be put back over it.
        let mut date = day(from)?.yesterday().ok()?.yesterday().ok()?;
        let mut microseconds = 0;
        loop {
            for (opens, closes) in known.entry(date).or_insert_with(|| self.openings(date)) {
                microseconds += ((*closes).min(until) - (*opens).max(from)).max(0);
            }
            if date > last {
                return Some(microseconds as f64 / 1e6);
            }
            date = date.tomorrow().ok()?;
        }
    }

    fn openings(&self, date: Date) -> Openings {
        if self.holidays.binary_search(&date).is_ok() {
            return Openings::new();
        }
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        let opening = |slot: &Slot| {
            let ends_on = if slot.closes > slot.opens { date } else { date.tomorrow().ok()? };
            Some((self.instant(date, slot.opens)?, self.instant(ends_on, slot.closes)?))
        };
        self.week[weekday].iter().filter_map(opening).collect()
    }

    /// The instant of a time of day, given in minutes. Of a time that comes twice as clocks are put back the first is meant; one that is
    /// skipped counts by the offset before the gap.
    fn instant(&self, date: Date, minutes: u16) -> Option<i64> {
        let (hours, minutes) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
        let at: DateTime = match hours {
            24 => date.tomorrow().ok()?.at(0, 0, 0, 0),
            _ => date.at(hours, minutes, 0, 0),
        };
        Some(at.to_zoned(self.zone.clone()).ok()?.timestamp().as_microsecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(slots: &[(usize, u16, u16)], holidays: &[&str]) -> BusinessHours {
        let mut week: [Vec<Slot>; 7] = Default::default();
        for (day, opens, closes) in slots {
            week[*day].push(Slot { opens: *opens, closes: *closes });
        }
        let holidays = holidays.iter().map(|day| day.parse().unwrap()).collect();
        BusinessHours { zone: TimeZone::get("Europe/Berlin").unwrap(), week, holidays }
    }

    #[track_caller]
    fn check(hours: &BusinessHours, from: &str, until: &str, expected: Option<f64>) {
        let instant = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        assert_eq!(
            hours.seconds(instant(from), instant(until), &mut HashMap::new()),
            expected,
            "{from} {until}"
        );
    }

    #[test]
    fn hours_are_those_of_the_zone_on_that_day() {
        let weekdays: Vec<(usize, u16, u16)> = (0..5).map(|day| (day, 540, 1020)).collect();
        let hours = hours(&weekdays, &["2025-03-18"]);
        // Winter: nine o'clock is eight in UTC; a Friday to a Monday.
        check(&hours, "2025-03-14T15:00:00Z", "2025-03-17T08:30:00Z", Some(3600.0 + 1800.0));
        // Over a holiday, a Tuesday.
        check(&hours, "2025-03-17T15:59:00Z", "2025-03-19T08:01:00Z", Some(120.0));
        // Summer: seven in UTC.
        check(&hours, "2025-03-31T06:00:00Z", "2025-03-31T07:30:00Z", Some(1800.0));
        check(&hours, "2025-03-31T08:00:00Z", "2025-03-31T07:30:00Z", None);
        check(&hours, "2025-03-15T08:00:00Z", "2025-03-16T08:00:00Z", Some(0.0));
    }

    #[test]
    fn slots_go_over_midnight_and_over_the_change_of_clocks() {
        let nights: Vec<(usize, u16, u16)> = (0..7).map(|day| (day, 1320, 360)).collect();
        let nights = hours(&nights, &[]);
        check(&nights, "2025-01-10T04:00:00Z", "2025-01-10T06:00:00Z", Some(3600.0));
        // The night in which clocks go from two to three has an hour less.
        check(&nights, "2025-03-29T20:00:00Z", "2025-03-30T10:00:00Z", Some(7.0 * 3600.0));
        let always: Vec<(usize, u16, u16)> = (0..7).map(|day| (day, 0, 1440)).collect();
        check(&hours(&always, &[]), "2025-10-25T10:00:00Z", "2025-10-27T10:00:00Z", Some(2.0 * 86_400.0));
        let round: Vec<(usize, u16, u16)> = (0..7).map(|day| (day, 480, 480)).collect();
        check(&hours(&round, &[]), "2025-10-25T10:00:00Z", "2025-10-27T10:00:00Z", Some(2.0 * 86_400.0));
    }
}
