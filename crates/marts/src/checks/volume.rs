//! Whether the last whole day has as many rows as the same weekday before.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use polars::prelude::{Expr, lit};

use super::days::{DaySpan, last_whole, same_weekday};
use super::outcome::Found;
use super::row_scan::{Number, Numbers, RowScan};

/// What `volume` expects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// The column that says to which day a row belongs.
    pub(super) column: &'a str,
    /// The weeks before that are looked at.
    pub(super) weeks: u32,
    /// By how much the day may differ.
    pub(super) factor: f64,
    /// Fewer rows say nothing.
    pub(super) at_least: u64,
}

/// The counts of a volume under way.
#[derive(Debug)]
pub(super) struct Volume {
    /// The day first.
    days: Vec<(DaySpan, Number)>,
    oldest: Number,
}

impl Volume {
    /// Asks for the rows of the last day that was over when the lake was complete last, and of the same weekday before. Each day is
    /// asked for by itself, so that one without rows is 0 and not left out. `None` beyond the calendar.
    pub(super) fn ask(
        expected: Expected<'_>,
        instant: &Expr,
        looked_at: &Expr,
        as_of: Timestamp,
        zone: &TimeZone,
        scan: &mut RowScan,
    ) -> Option<Self> {
        let day = last_whole(as_of, zone)?;
        let days = same_weekday(day, expected.weeks, zone).into_iter().map(|day| {
            let within = instant.clone().gt_eq(lit(day.begins)).and(instant.clone().lt(lit(day.ends)));
            (day, scan.count(looked_at.clone().and(within)))
        });
        let days = days.collect();
        Some(Self { days, oldest: scan.number(instant.clone().filter(looked_at.clone()).min()) })
    }

    pub(super) fn judge(&self, expected: Expected<'_>, numbers: &Numbers) -> Found {
        let Some(((today, rows), before)) = self.days.split_first() else {
            return Found::not_judged(0, "the calendar has no such day");
        };
        let rows = numbers.count(*rows);
        let Some(oldest) = numbers.get(self.oldest) else {
            return Found::not_judged(0, format!("no row has a {}", expected.column));
        };
        // Days before the first row are not empty days: nobody looked.
        let known = before.iter().filter(|(day, _)| day.begins >= oldest);
        let mut counts: Vec<u64> = known.map(|(_, number)| numbers.count(*number)).collect();
        let weekday = format!("{:?}", today.day.weekday());
        let needed = expected.weeks as usize - expected.weeks as usize / 4;
        if counts.len() < needed {
            let words = format!(
                "the lake knows {} {weekday}s before {}, and {needed} are needed to compare with",
                counts.len(),
                today.day
            );
            return Found::not_judged(rows, words);
        }
        let usual = median(&mut counts);
        let words = format!(
            "{} has {rows} rows; the {} {weekday}s before have {}, in the middle {usual}",
            today.day,
            counts.len(),
            counts.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        );
        if rows.max(usual) < expected.at_least {
            return Found::not_judged(rows, format!("{words}: too few to say anything"));
        }
        if usual == 0 {
            return Found::not_judged(rows, format!("{words}: there is nothing to compare with"));
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs no more digits than a double has")]
        let (rows_of_day, usual) = (rows as f64, usual as f64);
        let factor = expected.factor;
        match (rows_of_day * factor < usual, rows_of_day > usual * factor) {
            (true, _) => {
                Found::failed(rows, 0, format!("{words}: fewer than a {factor}th part; was it a holiday?"))
            }
            (_, true) => Found::failed(rows, 0, format!("{words}: more than {factor} times as many")),
            _ => Found::passed(rows, words),
        }
    }
}

/// The middle one; of an even number the lower of the two, so that one day of many rows is no measure. Sorts.
fn median(counts: &mut [u64]) -> u64 {
    counts.sort_unstable();
    counts.get(counts.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holiday_before_is_no_measure() {
        assert_eq!(median(&mut [100, 3, 110, 95]), 95);
        assert_eq!(median(&mut [100, 900, 110, 95]), 100);
        assert_eq!(median(&mut [5]), 5);
        assert_eq!(median(&mut []), 0);
    }
}
