//! The days or weeks of a plot, without gaps.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::figure::Counts;
use crate::charts::Mark;

/// Two years, with a leap day and the day they end on.
const MAX_DAYS: i32 = 732;
/// More days than this are told by weeks, where single days would be noise.
const DAYS_ONE_BY_ONE: i32 = 100;

/// How long a step of a timeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A day.
    Day,
    /// From Monday to Sunday.
    Week,
}

impl Step {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    const fn days(self) -> i32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
        }
    }
}

/// Steps from a first day to a last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timeline {
    pub(super) first: Date,
    pub(super) step: Step,
    pub(super) n_steps: usize,
}

impl Timeline {
    /// Each day from the first to the last; of very many, the last two years.
    pub(super) fn days(first: Date, last: Date) -> Self {
        let n_days = days_between(first, last).clamp(0, MAX_DAYS - 1);
        let first = last.checked_sub(n_days.days()).unwrap_or(first);
        Self { first, step: Step::Day, n_steps: usize::try_from(n_days + 1).unwrap_or(1) }
    }

    /// The same time by weeks, where single days would be too many to tell a share of.
    pub(super) fn coarse(&self) -> Self {
        let n_days = i32::try_from(self.n_steps).unwrap_or(i32::MAX);
        if n_days <= DAYS_ONE_BY_ONE || self.step == Step::Week {
            return self.clone();
        }
        let back = i64::from(self.first.weekday().since(Weekday::Monday));
        let first = self.first.checked_sub(Span::new().days(back)).unwrap_or(self.first);
        let n_weeks = (i64::from(n_days) + back + 6) / 7;
        Self { first, step: Step::Week, n_steps: usize::try_from(n_weeks).unwrap_or(1) }
    }

    /// How counts of these steps are drawn.
    pub(super) fn counts(&self) -> Counts {
        match self.step == Step::Day && self.coarse().step == Step::Week {
            true => Counts::Averages,
            false => Counts::Areas,
        }
    }

    /// The step a day lies in; `None` outside.
    pub(super) fn place(&self, day: Date) -> Option<usize> {
        let place = days_between(self.first, day).div_euclid(self.step.days());
        usize::try_from(place).ok().filter(|place| *place < self.n_steps)
    }

    /// The first day of a step.
    pub(super) fn day(&self, place: usize) -> Date {
        let days = i64::try_from(place).unwrap_or(0) * i64::from(self.step.days());
        self.first.checked_add(Span::new().days(days)).unwrap_or(self.first)
    }

    /// The names of all steps.
    pub(super) fn names(&self) -> Vec<String> {
        (0..self.n_steps).map(|place| self.day(place).to_string()).collect()
    }

    /// What stands below the axis: where months begin, or days.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let day_or_week = |place: usize| {
            let day = self.day(place);
            Mark::new(place, format!("{} {}", day.day(), month(day)))
        };
        let n_days = self.n_steps * usize::try_from(self.step.days()).unwrap_or(1);
        if n_days < 62 {
            return (0..self.n_steps).map(day_or_week).collect();
        }
        let begins = |place: &usize| {
            let (day, before) = (self.day(*place), self.day(*place).checked_sub(self.step.days().days()));
            before.is_ok_and(|before| before.month() != day.month())
        };
        let of_month = |place: usize| {
            let day = self.day(place);
            let text = match day.month() {
                1 => day.year().to_string(),
                _ => month(day).to_owned(),
            };
            Mark { at: place, text, is_first_of_year: day.month() == 1 }
        };
        (0..self.n_steps).filter(begins).map(of_month).collect()
    }
}

fn month(day: Date) -> &'static str {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(day.month()).ok().and_then(|month| MONTHS.get(month - 1)).copied().unwrap_or_default()
}

fn days_between(from: Date, until: Date) -> i32 {
    until.since(from).map_or(0, |span| span.get_days())
}

/// A day by its number since 1970-01-01; `None` beyond the calendar.
pub(super) fn day_of_number(number: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(number.days()).ok()
}

/// The number of a day since 1970-01-01.
pub(super) fn number_of_day(day: Date) -> i32 {
    days_between(Date::constant(1970, 1, 1), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_mondays_and_hold_all_days() {
        let (first, last) = (Date::constant(2025, 1, 1), Date::constant(2025, 12, 31));
        let days = Timeline::days(first, last);
        let weeks = days.coarse();
        assert_eq!((days.n_steps, weeks.n_steps, weeks.first), (365, 53, Date::constant(2024, 12, 30)));
        assert_eq!((weeks.place(first), weeks.place(last)), (Some(0), Some(52)));
        assert_eq!(weeks.place(Date::constant(2026, 1, 6)), None);
        assert_eq!(days.marks().len(), 12, "{:?}", days.marks());
    }

    #[test]
    fn of_very_many_days_the_last_two_years_are_shown() {
        let timeline = Timeline::days(Date::constant(1970, 1, 1), Date::constant(2025, 1, 1));
        assert_eq!((timeline.n_steps, timeline.day(731)), (732, Date::constant(2025, 1, 1)));
        assert_eq!(day_of_number(number_of_day(timeline.first)), Some(timeline.first));
    }

    #[test]
    fn one_day_is_a_timeline() {
        let timeline = Timeline::days(Date::constant(2025, 3, 1), Date::constant(2025, 3, 1));
        assert_eq!((timeline.n_steps, timeline.marks().len()), (1, 1));
    }
}
