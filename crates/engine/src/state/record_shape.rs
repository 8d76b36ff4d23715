//! What a stream's records have looked like so far, and how those of a run differ from it.

use std::collections::{BTreeMap, BTreeSet};

use convolake_transformer::{Drift, JsonKind};
use serde::{Deserialize, Serialize};

use crate::report::run_report::{FieldReport, TypeReport};

/// The places of a stream's records, by their pointer from the record with `*` for elements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RecordShape(BTreeMap<String, Seen>);

/// What has been met at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    /// What stood there, but for null.
    kinds: BTreeSet<String>,
    /// True once a run met it about as often as records: then its absence says something.
    is_usual: bool,
}

/// With fewer records, what is absent says nothing.
const ENOUGH_RECORDS: u64 = 20;

/// How a run's records differ from those before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) vanished: Vec<FieldReport>,
    pub(crate) changed: Vec<TypeReport>,
}

impl RecordShape {
    /// Holds what a run met against what is known, and adds it.
    pub(crate) fn observe(&mut self, stream: &str, records: u64, drift: &Drift) -> Difference {
        let mut difference = Difference::default();
        for (pointer, kinds) in &drift.places {
            let place = self.0.entry(pointer.clone()).or_default();
            let not_null = || kinds.iter().filter(|(kind, _)| **kind != JsonKind::Null);
            if place.kinds.is_empty()
                && let Some((most, _)) = not_null().max_by_key(|(_, met)| met.count)
            {
                place.kinds.insert(most.name().to_owned());
            }
            let before: Vec<String> = place.kinds.iter().cloned().collect();
            for (kind, met) in not_null() {
                if place.kinds.insert(kind.name().to_owned()) {
                    difference.changed.push(TypeReport {
                        stream: stream.to_owned(),
                        field: pointer.clone(),
                        before: before.clone(),
                        now: kind.name().to_owned(),
                        count: met.count,
                        first: met.first.to_string(),
                    });
                }
            }
            let met: u64 = kinds.values().map(|met| met.count).sum();
            place.is_usual |= records >= ENOUGH_RECORDS && met >= records / 2;
        }
        if records >= ENOUGH_RECORDS {
            let is_gone = |pointer: &&String| !drift.places.contains_key(*pointer);
            let usual = self.0.iter().filter(|(_, place)| place.is_usual).map(|(pointer, _)| pointer);
            difference.vanished.extend(usual.filter(is_gone).map(|pointer| FieldReport {
                stream: stream.to_owned(),
                field: pointer.clone(),
                count: records,
                first: "in no record of this run".to_owned(),
            }));
        }
        // A source with ids for keys must not make commits grow.
        while self.0.len() > Drift::MAX_PLACES {
            self.0.pop_last();
        }
        difference
    }
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

    #[test]
    fn what_vanished_and_what_changed() {
        use JsonKind::{Null, Number, String};
        let mut shape = RecordShape::default();
        let first =
            shape.observe("s", 100, &drift(&[("/a", Number, 90), ("/a", String, 10), ("/b", String, 3)]));
        assert_eq!(first.vanished, []);
        let [changed] = first.changed.as_slice() else { panic!("{first:?}") };
        let told = (changed.field.as_str(), changed.before.as_slice(), changed.now.as_str(), changed.count);
        assert_eq!(told, ("/a", &["number".to_owned()][..], "string", 10));

        // What is known is no news, null is no type, and a rare field may be absent.
        let known = shape.clone();
        assert_eq!(
            shape.observe("s", 100, &drift(&[("/a", String, 99), ("/a", Null, 1)])),
            Difference::default()
        );
        assert_eq!(shape, known);

        let gone = shape.observe("s", 100, &drift(&[("/b", Number, 100)]));
        assert_eq!(gone.vanished.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["/a"]);
        assert_eq!(gone.changed.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["/b"]);
        // Too few records to say so.
        assert_eq!(shape.observe("s", 19, &drift(&[])).vanished, []);
    }
}
