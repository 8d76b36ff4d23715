//! Shortfalls: records with fewer rows in the lake than the source declares. They are refetched by id, once for each
//! count that is declared.
//!
//! A run that came through finds out what is short once its rows are in the tables, and keeps a bounded part of it in the
//! state; the next run refetches it. What stays short is remembered as asked for, and left in peace until the source
//! declares another number.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Shortfalls by id. At most [`REMEMBERED_MAX`].
pub(crate) type Shortfalls = BTreeMap<String, Shortfall>;

/// Ids that are remembered for a stream: some 80 bytes each in every commit.
pub(crate) const REMEMBERED_MAX: usize = 500;
/// Ids that one run refetches.
const REFETCHED_MAX: usize = 100;

/// A record with fewer rows than it declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shortfall {
    /// How many it declares.
    pub(crate) declared: i64,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Timestamp>,
    /// Up to when the rows were looked for that it is short of.
    pub(crate) until: Timestamp,
    /// True where it was asked for since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) asked: bool,
}

/// A shortfall that was found in the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundShortfall {
    pub(crate) id: String,
    pub(crate) declared: i64,
    pub(crate) since: Option<Timestamp>,
}

/// The ids to refetch, in the order of their names.
pub(crate) fn due(shortfalls: &Shortfalls) -> Vec<String> {
    let due = shortfalls.iter().filter(|(_, shortfall)| !shortfall.asked);
    due.take(REFETCHED_MAX).map(|(id, _)| id.clone()).collect()
}

/// What is remembered of what was found: what was asked for and declares the same still counts as asked for. Where there
/// is more than is remembered, those that are known come first, so that nothing is asked for twice.
pub(crate) fn remembered(before: &Shortfalls, found: &[FoundShortfall], until: Timestamp) -> Shortfalls {
    let (known, new): (Vec<_>, Vec<_>) = found.iter().partition(|found| before.contains_key(&found.id));
    let kept = known.into_iter().chain(new).take(REMEMBERED_MAX);
    let shortfall = |found: &FoundShortfall| {
        let FoundShortfall { id, declared, since } = found.clone();
        let known = before.get(&id).filter(|known| known.declared == declared).cloned();
        (id, known.unwrap_or(Shortfall { declared, since, until, asked: false }))
    };
    kept.map(shortfall).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn shortfall(declared: i64, asked: bool) -> Shortfall {
        Shortfall { declared, since: None, until: at("2025-01-01T00:00:00Z"), asked }
    }

    fn found(id: &str, declared: i64) -> FoundShortfall {
        FoundShortfall { id: id.to_owned(), declared, since: None }
    }

    #[test]
    fn what_was_asked_for_is_asked_for_again_once_it_declares_something_else() {
        let before = Shortfalls::from([
            ("complete".to_owned(), shortfall(3, true)),
            ("same".to_owned(), shortfall(3, true)),
            ("more".to_owned(), shortfall(3, true)),
            ("waiting".to_owned(), shortfall(3, false)),
        ]);
        let found = [found("same", 3), found("more", 4), found("new", 1), found("waiting", 3)];
        let after = remembered(&before, &found, at("2025-02-02T00:00:00Z"));
        assert_eq!(due(&after), ["more", "new", "waiting"]);
        assert_eq!(after["same"], shortfall(3, true));
        assert_eq!(after["waiting"].until, at("2025-01-01T00:00:00Z"), "a slice keeps its name");
        assert_eq!(after["more"].until, at("2025-02-02T00:00:00Z"));
        assert!(!after.contains_key("complete"));
    }

    #[test]
    fn what_is_remembered_and_asked_for_is_bounded() {
        let all: Vec<FoundShortfall> = (0..10_000).map(|number| found(&format!("c{number:05}"), 1)).collect();
        let mut shortfalls = remembered(&Shortfalls::new(), &all, at("2025-01-01T00:00:00Z"));
        let mut asked = BTreeSet::new();
        for _ in 0..20 {
            assert_eq!(shortfalls.len(), REMEMBERED_MAX);
            for id in due(&shortfalls) {
                assert!(asked.insert(id.clone()), "{id} is asked for twice");
                shortfalls.get_mut(&id).unwrap().asked = true;
            }
            let mut reversed = all.clone();
            reversed.reverse();
            shortfalls = remembered(&shortfalls, &reversed, at("2025-01-02T00:00:00Z"));
        }
        assert_eq!(asked.len(), REMEMBERED_MAX, "then no more is asked for: all of them stay short");
        assert!(serde_json::to_string(&shortfalls).unwrap().len() < 100 * REMEMBERED_MAX);
    }
}
