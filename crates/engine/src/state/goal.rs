//! What a run is out for, and how a landed page says for which goal it was pulled.

use convolake_extractor::Window;
use serde_json::{Value, json};

/// What a run is out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// All that is new since the watermark.
    Incremental,
    /// A stretch of time once more, whatever the watermark says; it is not moved.
    Backfill(Window),
}

/// The member of a landed page's slice that tells a backfill's from a run's: one must not resume what the other left.
const KEY: &str = "backfill";

impl Goal {
    /// The stretch of time, where it is a backfill.
    pub(crate) fn range(self) -> Option<Window> {
        match self {
            Self::Incremental => None,
            Self::Backfill(range) => Some(range),
        }
    }

    /// A slice as landed pages name it, with what it is pulled for.
    pub(crate) fn mark(self, mut slice: Value) -> Value {
        if let (Self::Backfill(Window { from, until }), Some(members)) = (self, slice.as_object_mut()) {
            let range = json!({"from": from.to_string(), "until": until.to_string()});
            members.insert(KEY.to_owned(), range);
        }
        slice
    }

    /// What a landed page was pulled for.
    pub(crate) fn of(slice: &Value) -> Self {
        let instant = |name: &str| slice.get(KEY)?.get(name)?.as_str()?.parse().ok();
        match (instant("from"), instant("until")) {
            (Some(from), Some(until)) => Self::Backfill(Window { from, until }),
            _ => Self::Incremental,
        }
    }
}

#[cfg(test)]
mod tests {
    use convolake_extractor::Slice;

    use super::*;

    #[test]
    fn a_slice_tells_what_it_was_pulled_for() {
        let at = |text: &str| text.parse().unwrap();
        let range = Window { from: at("2025-01-01T00:00:00Z"), until: at("2025-02-01T00:00:00.5Z") };
        for goal in [Goal::Incremental, Goal::Backfill(range)] {
            for slice in [Slice::Whole, Slice::from(range), Slice::Ids(vec!["a".to_owned()])] {
                let marked = goal.mark(slice.to_json());
                assert_eq!(Goal::of(&marked), goal, "{marked}");
                assert_eq!(Slice::from_json(&marked), Some(slice), "{marked}");
            }
        }
    }
}
