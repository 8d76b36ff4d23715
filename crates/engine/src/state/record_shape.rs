//! What a stream's records have looked like so far, and how those of a run differ from it.

use std::collections::{BTreeMap, BTreeSet};

use convolake_transformer::{Drift, JsonKind};
use serde::{Deserialize, Serialize};

/// The places of a stream's records, by their pointer from the record with `*` for elements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RecordShape(BTreeMap<String, FieldShape>);

/// The types met at a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct FieldShape {
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
    pub(crate) vanished: Vec<VanishedField>,
    pub(crate) changed: Vec<ChangedType>,
}

/// A field that was usual in earlier runs and is in no record of this one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct VanishedField {
    pub(crate) pointer: String,
    /// Records of this run.
    pub(crate) n_records: u64,
}

/// A field with values of a type that it had not before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ChangedType {
    pub(crate) pointer: String,
    /// True where this run is the first that met the field.
    pub(crate) is_first: bool,
    /// The JSON types it had; in the first run, that of most of its values.
    pub(crate) before: Vec<String>,
    /// The one it has.
    pub(crate) now: &'static str,
    pub(crate) count: u64,
    /// The first place it was met at.
    pub(crate) first: String,
}

impl RecordShape {
    /// Compares what a run met with what is known, and adds it.
    pub(crate) fn observe(&mut self, records: u64, drift: &Drift) -> Difference {
        let mut difference = Difference::default();
        for (pointer, kinds) in &drift.places {
            let place = self.0.entry(pointer.clone()).or_default();
            let is_first = place.kinds.is_empty();
            let not_null = || kinds.iter().filter(|(kind, _)| **kind != JsonKind::Null);
            if is_first && let Some((most, _)) = not_null().max_by_key(|(_, met)| met.count) {
                place.kinds.insert(most.name().to_owned());
            }
            let before: Vec<String> = place.kinds.iter().cloned().collect();
            for (kind, met) in not_null() {
                if place.kinds.insert(kind.name().to_owned()) {
                    difference.changed.push(ChangedType {
                        pointer: pointer.clone(),
                        is_first,
                        before: before.clone(),
                        now: kind.name(),
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
            let vanished = usual.filter(is_gone);
            difference.vanished.extend(
                vanished.map(|pointer| VanishedField { pointer: pointer.clone(), n_records: records }),
            );
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
        let first = shape.observe(100, &drift(&[("/a", Number, 90), ("/a", String, 10), ("/b", String, 3)]));
        assert_eq!(first.vanished, []);
        let [changed] = first.changed.as_slice() else { panic!("{first:?}") };
        assert!(changed.is_first);
        let told = (changed.pointer.as_str(), changed.before.as_slice(), changed.now, changed.count);
        assert_eq!(told, ("/a", &["number".to_owned()][..], "string", 10));

        // What is known is no news, null is no type, and a rare field may be absent.
        let known = shape.clone();
        assert_eq!(shape.observe(100, &drift(&[("/a", String, 99), ("/a", Null, 1)])), Difference::default());
        assert_eq!(shape, known);

        let gone = shape.observe(100, &drift(&[("/b", Number, 100)]));
        assert_eq!(gone.vanished.iter().map(|field| field.pointer.as_str()).collect::<Vec<_>>(), ["/a"]);
        assert_eq!(gone.changed.iter().map(|field| field.pointer.as_str()).collect::<Vec<_>>(), ["/b"]);
        assert!(!gone.changed[0].is_first);
        // Too few records to say so.
        assert_eq!(shape.observe(19, &drift(&[])).vanished, []);
    }
}
