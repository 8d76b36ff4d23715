//! What the log tells of the values in a file, so that readers pass it over.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::snapshot::FileEntry;

/// Instants that all readers know: those of the years 1 to 9999, in microseconds.
const KNOWN_INSTANTS: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_000;

/// The statistics of a file: its rows, and the least and greatest instants, in whole milliseconds that lie outside of them.
pub(crate) fn stats(entry: &FileEntry) -> String {
    let mut stats = json!({ "numRecords": entry.rows });
    let bounds = entry.summary.instants.iter().flatten();
    let (mut least, mut greatest) = (Map::new(), Map::new());
    for (column, (min, max)) in bounds {
        let max = max.checked_add(999).unwrap_or(*max);
        if let (Some(min), Some(max)) = (milliseconds(*min), milliseconds(max)) {
            least.insert(column.clone(), Value::String(min));
            greatest.insert(column.clone(), Value::String(max));
        }
    }
    if !least.is_empty() {
        stats["minValues"] = least.into();
        stats["maxValues"] = greatest.into();
    }
    stats.to_string()
}

/// An instant, cut to milliseconds.
fn milliseconds(microseconds: i64) -> Option<String> {
    let known = KNOWN_INSTANTS.contains(&microseconds).then_some(microseconds)?;
    let instant = Timestamp::from_millisecond(known.div_euclid(1000)).ok()?;
    Some(instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `delta-kernel-rs#1003`, `delta-io/delta#7444`, `trino#31231`: a maximum cut down to milliseconds has readers pass over a file that has the row.
    #[test]
    fn bounds_lie_outside_of_the_values() {
        for (least, greatest, expected) in [
            (1, 1, Some(("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.001Z"))),
            (-1, 2000, Some(("1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.002Z"))),
            (i64::MIN, 0, None),
            (0, i64::MAX, None),
        ] {
            let text = format!(
                r#"{{"file":"month=2025-04/part-0.parquet","rows":3,"bytes":9,"sha256":"","instants":{{"at":[{least},{greatest}]}}}}"#
            );
            let told: Value = serde_json::from_str(&stats(&serde_json::from_str(&text).unwrap())).unwrap();
            assert_eq!(told["numRecords"], 3);
            let found = told["minValues"]["at"].as_str().zip(told["maxValues"]["at"].as_str());
            assert_eq!(found, expected, "{told}");
        }
    }
}
