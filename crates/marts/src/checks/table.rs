//! The checks of one table of one pipeline.

use convolake_model::{CheckRule, DataCheck};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use polars::prelude::{Expr, LazyFrame, Schema};

use super::condition::looked_at;
use super::examples::examples;
use super::freshness::Freshness;
use super::key_hashes::Keys;
use super::outcome::{CheckReport, Found};
use super::references::references;
use super::row_rules::RowRule;
use super::row_scan::{RowScan, microseconds};
use super::unique::unique;
use super::volume::{Expected, Volume};
use crate::catalog::Catalog;
use crate::failure::Failure;

/// The rows of a table, and how many; `None` where there is no such table.
pub(super) type OtherRows = Result<Option<(LazyFrame, u64)>, Failure>;

/// A table under check.
pub(super) struct CheckedTable<'a> {
    pub(super) source: &'a str,
    pub(super) table: &'a str,
    pub(super) catalog: &'a Catalog,
    /// Its rows, of this source alone.
    pub(super) frame: LazyFrame,
    pub(super) schema: &'a Schema,
    /// The columns a row is known by.
    pub(super) key: Vec<String>,
    /// As many rows as the lists of its files tell; of what they do not, enough.
    pub(super) n_rows: u64,
    /// The rows of another table of this source, and how many; `None` where there is no such table.
    pub(super) other: &'a dyn Fn(&str) -> OtherRows,
    pub(super) now: Timestamp,
    /// When the lake was complete last.
    pub(super) as_of: Timestamp,
    pub(super) zone: &'a TimeZone,
    /// What hashes of keys may take.
    pub(super) memory_bytes: u64,
}

/// A check whose numbers the scan is asked for.
enum Asked {
    Row(Box<RowRule>),
    Freshness(Freshness),
    Volume(Volume),
    /// It goes by keys, once the scan is done.
    Keys,
    /// It cannot be asked for.
    Never(String),
}

impl CheckedTable<'_> {
    /// Carries the checks out. Each has a scan of its own, of the columns it reads: what is read ahead of several columns is held at once.
    pub(super) fn check<'a>(
        &self,
        checks: impl Iterator<Item = &'a DataCheck>,
    ) -> Result<Vec<CheckReport>, Failure> {
        let judge = |check: &'a DataCheck| {
            let mut scan = RowScan::default();
            let asked = self.ask(check, &mut scan);
            let numbers = scan.run(self.frame.clone(), self.catalog)?;
            let found = match asked {
                Asked::Row(rule) => {
                    let (mut found, shown) = rule.judge(check, &numbers);
                    if let Some(shown) = shown {
                        found.examples = self.examples(check, shown)?;
                    }
                    found
                }
                Asked::Freshness(freshness) => match &check.rule {
                    CheckRule::Freshness { column, at_most } => {
                        freshness.judge(column, *at_most, self.now, &numbers)
                    }
                    _ => Found::not_judged(0, "it is no rule of freshness"),
                },
                Asked::Volume(volume) => match expected(check) {
                    Some(expected) => volume.judge(expected, &numbers),
                    None => Found::not_judged(0, "it is no rule of volume"),
                },
                Asked::Keys => self.by_keys(check)?,
                Asked::Never(words) => Found::not_judged(0, words),
            };
            Ok(report(check, found))
        };
        checks.map(judge).collect()
    }

    fn ask(&self, check: &DataCheck, scan: &mut RowScan) -> Asked {
        let read =
            check.rule.columns().into_iter().chain(check.rows.as_ref().map(|rows| rows.column.as_str()));
        if let Some(missing) = read.into_iter().find(|column| !self.schema.contains(column)) {
            return Asked::Never(format!(
                "{} has no column `{missing}` in this lake; {}:{} names it",
                self.table, check.file, check.line
            ));
        }
        if let Some(rule) = RowRule::ask(check, scan) {
            return Asked::Row(Box::new(rule));
        }
        let looked_at = looked_at(check);
        let (CheckRule::Freshness { column, .. } | CheckRule::Volume { column, .. }) = &check.rule else {
            return Asked::Keys;
        };
        let Some(instant) = microseconds(column, self.schema) else {
            return Asked::Never(format!("`{column}` is neither an instant nor a date"));
        };
        match expected(check) {
            None => Asked::Freshness(Freshness::ask(&instant, &looked_at, self.now, scan)),
            Some(expected) => Volume::ask(expected, &instant, &looked_at, self.as_of, self.zone, scan)
                .map_or_else(|| Asked::Never("the calendar has no such day".to_owned()), Asked::Volume),
        }
    }

    fn by_keys(&self, check: &DataCheck) -> Result<Found, Failure> {
        let frame = match &check.rows {
            Some(_) => self.frame.clone().filter(looked_at(check)),
            None => self.frame.clone(),
        };
        let keys =
            |frame, columns: &[String]| Keys { frame, columns: columns.to_vec(), catalog: self.catalog };
        match &check.rule {
            CheckRule::Unique { columns } => unique(&keys(frame, columns), self.n_rows, self.memory_bytes),
            CheckRule::References { columns, table, key } => match (self.other)(table)? {
                Some((other, n_others)) => {
                    references(&keys(frame, columns), &keys(other, key), table, n_others, self.memory_bytes)
                }
                None => Ok(Found::not_judged(0, format!("{} has no table {table} here", self.source))),
            },
            _ => Ok(Found::not_judged(0, "it is no rule of keys")),
        }
    }

    fn examples(&self, check: &DataCheck, shown: Expr) -> Result<Vec<super::outcome::Example>, Failure> {
        let column = match &check.rule {
            CheckRule::NotNull { .. } => None,
            rule => rule.columns().first().copied(),
        };
        examples(self.frame.clone(), shown, &self.key, column, self.catalog)
    }
}

fn expected(check: &DataCheck) -> Option<Expected<'_>> {
    let CheckRule::Volume { column, weeks, factor, at_least } = &check.rule else { return None };
    Some(Expected { column, weeks: *weeks, factor: *factor, at_least: *at_least })
}

fn report(check: &DataCheck, found: Found) -> CheckReport {
    let Found { outcome, rows, failing, words, examples } = found;
    CheckReport {
        name: check.name.clone(),
        kind: check.rule.word(),
        severity: check.severity,
        outcome,
        rows,
        failing,
        words,
        doc: check.doc.clone(),
        examples,
    }
}
