//! Rules that each row keeps or breaks by itself: `not_null`, `accepted_values`, `share`.

use convolake_model::{CheckRule, DataCheck};
use polars::prelude::{Expr, col, lit};

use super::condition::{self, holds, list, looked_at, one_of};
use super::outcome::Found;
use super::row_scan::{Number, Numbers, RowScan};

/// A rule under count.
#[derive(Debug)]
pub(super) struct RowRule {
    rows: Number,
    held: Number,
    /// True for rows that are counted.
    counted: Expr,
    /// True for rows that `where` leaves in.
    looked_at: Expr,
}

impl RowRule {
    /// Asks for the counts of a rule; `None` where it is of another kind.
    pub(super) fn ask(check: &DataCheck, scan: &mut RowScan) -> Option<Self> {
        let counted = match &check.rule {
            CheckRule::NotNull { columns } => {
                columns.iter().map(|column| col(column.as_str()).is_null()).reduce(Expr::or)?
            }
            CheckRule::AcceptedValues { column, values, accepts_null } => {
                one_of(column, values).fill_null(lit(*accepts_null)).not()
            }
            CheckRule::Share { holds: condition, .. } => holds(condition),
            _ => return None,
        };
        let looked_at = looked_at(check);
        let rows = match &check.rows {
            Some(_) => scan.count(looked_at.clone()),
            None => scan.number(polars::prelude::len()),
        };
        let held = scan.count(looked_at.clone().and(counted.clone()));
        Some(Self { rows, held, counted, looked_at })
    }

    /// What was found, and which rows are to be shown of it; `None` where none are.
    pub(super) fn judge(self, check: &DataCheck, numbers: &Numbers) -> (Found, Option<Expr>) {
        let (rows, held) = (numbers.count(self.rows), numbers.count(self.held));
        let within = match &check.rows {
            Some(condition) => format!(" of those where {}", condition::words(condition)),
            None => String::new(),
        };
        if rows == 0 {
            return (Found::not_judged(0, format!("there are no rows{within}")), None);
        }
        let shown = self.looked_at.clone().and(self.counted.clone());
        match &check.rule {
            CheckRule::NotNull { columns } => {
                by_rows(rows, held, shown, &format!("no {}", columns.join(" or ")))
            }
            CheckRule::AcceptedValues { column, values, accepts_null } => {
                let or_null = if *accepts_null { ", nor null" } else { "" };
                by_rows(rows, held, shown, &format!("a {column} other than {}{or_null}", list(values)))
            }
            CheckRule::Share { holds, at_least, at_most } => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a share needs no more digits than a double has"
                )]
                let share = held as f64 / rows as f64;
                let words = format!(
                    "{}: {} of {rows} rows{within}, {}, where {} expected",
                    condition::words(holds),
                    held,
                    percent(share),
                    bounds(*at_least, *at_most)
                );
                match (share < *at_least, share > *at_most) {
                    (false, false) => (Found::passed(rows, words), None),
                    (false, true) => (Found::failed(rows, held, words), Some(shown)),
                    (true, _) => {
                        let others = self.looked_at.and(self.counted.not());
                        (Found::failed(rows, rows - held, words), Some(others))
                    }
                }
            }
            _ => (Found::not_judged(rows, "it is no rule of single rows"), None),
        }
    }
}

fn by_rows(rows: u64, failing: u64, shown: Expr, what: &str) -> (Found, Option<Expr>) {
    match failing {
        0 => (Found::passed(rows, format!("none of {rows} rows has {what}")), None),
        _ => (Found::failed(rows, failing, format!("{failing} of {rows} rows have {what}")), Some(shown)),
    }
}

/// A share in words: small ones are not rounded to nothing.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        percent if percent == 0.0 || percent >= 1.0 => {
            let text = format!("{percent:.1}");
            format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
        }
        percent if percent < 0.001 => "below 0.001 %".to_owned(),
        percent => format!("{percent:.3} %"),
    }
}

fn bounds(at_least: f64, at_most: f64) -> String {
    match (at_least > 0.0, at_most < 1.0) {
        (true, true) => format!("{} to {} are", percent(at_least), percent(at_most)),
        (true, false) => format!("at least {} are", percent(at_least)),
        _ if at_most == 0.0 => "none is".to_owned(),
        _ => format!("at most {} are", percent(at_most)),
    }
}
