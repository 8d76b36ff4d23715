//! What the log tells of the values in a file, so that readers pass it over.
//!
//! A column of which the log says nothing must not be among those that the table's properties say it tells of (see [`PROPERTY`]): deltalake takes
//! its bounds for null then, and hands pyarrow `column >= null`, which no row fulfils.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::snapshot::FileSummary;

/// The property of a table that names the columns of which its log tells.
pub(crate) const PROPERTY: &str = "delta.dataSkippingStatsColumns";

/// Instants that all readers know: those of the years 1 to 9999, in microseconds.
const KNOWN_INSTANTS: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

/// What is known of the instants in a file.
#[derive(Debug, Clone)]
pub(crate) struct InstantStats {
    rows: u64,
    /// Least and greatest instant of each column that has one, in microseconds.
    bounds: BTreeMap<String, (i64, i64)>,
    /// How many rows have none, by column; `None` where that is not known.
    nulls: Option<BTreeMap<String, u64>>,
}

impl InstantStats {
    /// What a summary of this many rows tells.
    pub(crate) fn new(rows: u64, summary: FileSummary) -> Self {
        let nulls = summary.instants.is_some().then_some(summary.nulls).flatten();
        Self { rows, bounds: summary.instants.unwrap_or_default(), nulls }
    }

    /// True where all is known that the log tells.
    pub(crate) fn is_whole(&self) -> bool {
        self.nulls.is_some()
    }

    /// The statistics of the file in a table that has these columns of instants, as JSON: rows, nulls, and the least and greatest instants, in
    /// whole milliseconds that lie outside of them. A column that the file lacks is null in all its rows.
    pub(crate) fn text(&self, columns: &BTreeSet<String>) -> String {
        let (mut least, mut greatest) = (BTreeMap::new(), BTreeMap::new());
        for (column, (min, max)) in &self.bounds {
            least.insert(column, floor(*min));
            greatest.insert(column, ceiling(*max));
        }
        let nulls = |nulls: &BTreeMap<String, u64>| -> BTreeMap<&String, u64> {
            columns.iter().map(|column| (column, nulls.get(column).copied().unwrap_or(self.rows))).collect()
        };
        let mut stats = json!({ "numRecords": self.rows });
        if !least.is_empty() {
            (stats["minValues"], stats["maxValues"]) = (json!(least), json!(greatest));
        }
        if let Some(nulls) = self.nulls.as_ref().map(nulls) {
            stats["nullCount"] = json!(nulls);
        }
        stats.to_string()
    }
}

/// True where statistics in a log tell how many rows have no instant, of all these columns.
pub(crate) fn tells_nulls(stats: Option<&str>, columns: &BTreeSet<String>) -> bool {
    let stats: Option<Value> = stats.and_then(|stats| serde_json::from_str(stats).ok());
    stats.is_some_and(|stats| columns.iter().all(|column| stats["nullCount"].get(column).is_some()))
}

/// The greatest whole millisecond that no instant of the file lies before.
fn floor(microseconds: i64) -> String {
    text(microseconds.max(*KNOWN_INSTANTS.start()).div_euclid(1000) * 1000)
}

/// The least whole millisecond that no instant of the file lies behind; the last microsecond of all where there is none.
fn ceiling(microseconds: i64) -> String {
    let whole = microseconds.checked_add(999).map(|up| up.div_euclid(1000) * 1000);
    text(whole.unwrap_or(i64::MAX).min(*KNOWN_INSTANTS.end()))
}

fn text(microseconds: i64) -> String {
    let known = microseconds.clamp(*KNOWN_INSTANTS.start(), *KNOWN_INSTANTS.end());
    // An instant of the library ends a day before the last one of the year 9999.
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let instant = epoch.saturating_add(SignedDuration::from_micros(known));
    let digits = if known % 1000 == 0 { "%Y-%m-%dT%H:%M:%S.%3fZ" } else { "%Y-%m-%dT%H:%M:%S.%6fZ" };
    instant.strftime(digits).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: u64, bounds: &[(&str, (i64, i64))], nulls: Option<&[(&str, u64)]>) -> Value {
        let stats = InstantStats {
            rows,
            bounds: bounds.iter().map(|(column, bounds)| ((*column).to_owned(), *bounds)).collect(),
            nulls: nulls
                .map(|nulls| nulls.iter().map(|(column, count)| ((*column).to_owned(), *count)).collect()),
        };
        let columns = ["at".to_owned(), "seen_at".to_owned()].into();
        let text = stats.text(&columns);
        assert_eq!(tells_nulls(Some(&text), &columns), stats.is_whole(), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// `delta-kernel-rs#1003`, `delta-io/delta#7444`, `trino#31231`: a maximum cut down to milliseconds has readers pass over a file that has the row.
    #[test]
    fn bounds_lie_outside_of_the_values() {
        for (least, greatest, expected) in [
            (1, 1, ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.001Z")),
            (-1, 2000, ("1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.002Z")),
            (i64::MIN, 0, ("0001-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z")),
            (0, i64::MAX, ("1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999999Z")),
            (0, 253_402_300_799_999_001, ("1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999999Z")),
        ] {
            let told = told(3, &[("at", (least, greatest))], None);
            assert_eq!(told["numRecords"], 3);
            let found = told["minValues"]["at"].as_str().zip(told["maxValues"]["at"].as_str());
            assert_eq!(found, Some(expected), "{told}");
        }
    }

    /// `delta-rs#3173`: where the nulls of a column are not told, a filter for them passes the file over.
    #[test]
    fn nulls_are_told_of_all_columns_of_the_table() {
        let told = told(3, &[("at", (0, 0))], Some(&[("at", 1)]));
        assert_eq!(told["nullCount"], json!({ "at": 1, "seen_at": 3 }), "the file lacks one of them");
        assert!(told["minValues"].get("seen_at").is_none());
    }
}
