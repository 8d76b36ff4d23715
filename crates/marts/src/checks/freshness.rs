//! How old the newest instant is.

use convolake_model::Span;
use jiff::Timestamp;
use polars::prelude::{Expr, lit};

use super::outcome::Found;
use super::row_scan::{Number, Numbers, RowScan};

/// By how much the clocks of a source may be ahead of this one's.
const AHEAD: i64 = 10 * 60 * 1_000_000;

/// The counts of a freshness under way.
#[derive(Debug)]
pub(super) struct Freshness {
    rows: Number,
    newest: Number,
    timed: Number,
    to_come: Number,
}

impl Freshness {
    /// Asks for the newest instant of those that are not yet to come: one clock that is years ahead would hide that all others
    /// stand still.
    pub(super) fn ask(instant: &Expr, looked_at: &Expr, now: Timestamp, scan: &mut RowScan) -> Self {
        let latest = now.as_microsecond().saturating_add(AHEAD);
        let come = looked_at.clone().and(instant.clone().lt_eq(lit(latest)));
        Self {
            rows: scan.count(looked_at.clone()),
            newest: scan.number(instant.clone().filter(come).max()),
            timed: scan.count(looked_at.clone().and(instant.clone().is_not_null())),
            to_come: scan.count(looked_at.clone().and(instant.clone().gt(lit(latest)))),
        }
    }

    pub(super) fn judge(&self, column: &str, at_most: Span, now: Timestamp, numbers: &Numbers) -> Found {
        let (rows, to_come) = (numbers.count(self.rows), numbers.count(self.to_come));
        let ahead = match to_come {
            0 => String::new(),
            count => format!("; {count} rows lie in the time to come, and were left out"),
        };
        if rows == 0 {
            return Found::not_judged(0, "there are no rows, so none is old");
        }
        let newest = numbers.get(self.newest).and_then(|newest| Timestamp::from_microsecond(newest).ok());
        let Some(newest) = newest else {
            return Found::failed(
                rows,
                0,
                format!("none of {rows} rows has a {column} that has come{ahead}"),
            );
        };
        let age = now.as_second() - newest.as_second();
        let shown = Timestamp::from_second(newest.as_second()).unwrap_or(newest);
        let words =
            format!("the newest {column} is {shown}, {} ago, of at most {at_most}{ahead}", age_words(age));
        match age <= at_most.as_seconds() {
            true => Found::passed(numbers.count(self.timed), words),
            false => Found::failed(numbers.count(self.timed), 0, words),
        }
    }
}

/// An age in the unit it is large in.
pub(super) fn age_words(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..7_200 => format!("{} minutes", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} hours", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
