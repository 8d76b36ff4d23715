//! Places of a schema at which nothing stands, and rows where something else does: columns and tables that stay empty.

use std::collections::BTreeMap;

use convolake_transformer::{Drift, ExpectedPlace, JsonKind};

use crate::numbers::grouped;
use crate::report::drift_report::FieldReport;

/// With fewer elements, a place that is empty says nothing.
const ENOUGH_ELEMENTS: u64 = 10;

/// What is told of a stream's schema. `is_first` where no run has looked at the stream before: that a column's places are empty
/// is told of then only, as fields may be left out for good.
pub(crate) fn silent(
    stream: &str,
    n_records: u64,
    drift: &Drift,
    expected: &[ExpectedPlace],
    is_first: bool,
) -> Vec<FieldReport> {
    let tell = |place: &ExpectedPlace| {
        let n_elements = elements(&place.element, n_records, drift);
        let found = place.places.iter().filter_map(|pointer| drift.places.get(pointer));
        let found: Vec<_> = found.collect();
        let at = place.places.join(", ");
        let report = |field: String, count: u64, first: String| FieldReport {
            stream: stream.to_owned(),
            field,
            count,
            first,
        };
        match &place.column {
            None => {
                let others = [JsonKind::String, JsonKind::Number, JsonKind::Bool];
                let other = found
                    .iter()
                    .find_map(|kinds| others.into_iter().find_map(|kind| Some((kind, kinds.get(&kind)?))));
                match other {
                    Some((kind, met)) => Some(report(
                        format!("{} (rows of {})", at, place.table),
                        met.count,
                        format!("a value of type {} and no rows, first in {}", kind.name(), met.first),
                    )),
                    None if is_first && found.is_empty() && n_elements >= ENOUGH_ELEMENTS => Some(report(
                        format!("{} (rows of {})", at, place.table),
                        n_elements,
                        format!("nothing stands there in any of {}", grouped(n_elements)),
                    )),
                    None => None,
                }
            }
            Some(column) if is_first && found.is_empty() && n_elements >= ENOUGH_ELEMENTS => Some(report(
                format!("{}.{column}", place.table),
                n_elements,
                format!("null in {0} of {0}: nothing stands at {at}", grouped(n_elements)),
            )),
            Some(_) => None,
        }
    };
    expected.iter().filter_map(tell).collect()
}

/// How many elements of a kind there were, as far as their fields show.
fn elements(element: &str, n_records: u64, drift: &Drift) -> u64 {
    if element.is_empty() {
        return n_records;
    }
    let below = format!("{element}/");
    let counts: BTreeMap<&String, u64> = drift
        .places
        .iter()
        .filter(|(pointer, _)| pointer.starts_with(&below))
        .map(|(pointer, kinds)| (pointer, kinds.values().map(|met| met.count).sum()))
        .collect();
    counts.into_values().max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use convolake_transformer::{Met, Place};

    use super::*;

    fn drift(places: &[(&str, JsonKind, u64)]) -> Drift {
        let mut drift = Drift::default();
        for (pointer, kind, count) in places {
            let met = Met { count: *count, first: Place::new(&Arc::from("raw/x#1"), 0) };
            drift.places.entry((*pointer).to_owned()).or_default().insert(*kind, met);
        }
        drift
    }

    fn place(column: Option<&str>, element: &str, places: &[&str]) -> ExpectedPlace {
        ExpectedPlace {
            table: "m".to_owned(),
            column: column.map(str::to_owned),
            element: element.to_owned(),
            places: places.iter().map(|place| (*place).to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_never_there_is_told_of() {
        let drift = drift(&[
            ("/id", JsonKind::String, 1000),
            ("/null", JsonKind::Null, 1000),
            ("/mapping", JsonKind::String, 3),
            ("/m/*/x", JsonKind::String, 12),
        ]);
        for (expected, is_first, told) in [
            (place(Some("id"), "", &["/id"]), true, None),
            (place(Some("null"), "", &["/null"]), true, None),
            (
                place(Some("sent_at"), "", &["/ts"]),
                true,
                Some("null in 1,000 of 1,000: nothing stands at /ts"),
            ),
            (place(Some("sent_at"), "", &["/ts"]), false, None),
            (place(Some("text"), "", &["/a", "/id"]), true, None),
            (place(Some("y"), "/m/*", &["/m/*/y"]), true, Some("null in 12 of 12: nothing stands at /m/*/y")),
            (
                place(None, "", &["/mapping"]),
                false,
                Some("a value of type string and no rows, first in raw/x#1 record 0"),
            ),
            (place(None, "", &["/messages"]), true, Some("nothing stands there in any of 1,000")),
        ] {
            let found = silent("t", 1000, &drift, std::slice::from_ref(&expected), is_first);
            assert_eq!(found.first().map(|field| field.first.as_str()), told, "{expected:?}");
        }
        assert_eq!(silent("t", 9, &drift, &[place(Some("sent_at"), "", &["/ts"])], true), []);
    }
}
