//! Declared counts against rows, as a report tells it.

use serde::Serialize;

use crate::numbers::count;

/// Examples of each kind that are named.
pub(crate) const EXAMPLES_MAX: usize = 10;

/// Declared counts against rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Completeness {
    /// Conversations with as many rows as declared.
    pub complete: u64,
    /// Conversations with fewer.
    pub short: u64,
    /// Conversations with more.
    pub over: u64,
    /// Some that are short.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub short_examples: Vec<Miscount>,
    /// Some that are over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over_examples: Vec<Miscount>,
}

/// A record with another number of rows than it declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miscount {
    /// Its id.
    pub id: String,
    /// What the source declares; `None` where it did not answer for the id at all.
    pub declared: Option<i64>,
    /// What the lake holds.
    pub rows: i64,
}

impl Completeness {
    /// With ids that the source did not answer for: they are short as well.
    pub(crate) fn with_unanswered(mut self, ids: &[String]) -> Self {
        self.short += count(ids.len());
        let left = EXAMPLES_MAX.saturating_sub(self.short_examples.len());
        let unanswered = ids.iter().take(left).cloned();
        self.short_examples.extend(unanswered.map(|id| Miscount { id, declared: None, rows: 0 }));
        self
    }
}
