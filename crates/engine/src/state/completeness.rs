//! Declared counts against rows: as a report tells it, and as it is kept, so that a run counts only what it has touched.

use serde::{Deserialize, Serialize};

use crate::numbers::count;

/// Examples of each kind that are named.
pub(crate) const EXAMPLES_MAX: usize = 10;

/// Declared counts against rows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Completeness {
    /// Conversations with as many rows as declared.
    pub complete: u64,
    /// Conversations with fewer.
    pub short: u64,
    /// Conversations with more.
    pub over: u64,
    /// Some that are short.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short_examples: Vec<Miscount>,
    /// Some that are over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over_examples: Vec<Miscount>,
}

/// What was counted of a stream with one set of params, without what the source did not answer for. It holds as long as the
/// tables have the same files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptCompleteness {
    /// Tells what was counted, and of which files, from anything else.
    pub(crate) of: String,
    #[serde(flatten)]
    pub(crate) counts: Completeness,
}

/// A record with another number of rows than it declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miscount {
    /// Its id.
    pub id: String,
    /// What the source declares; `None` where it did not answer for the id at all.
    pub declared: Option<i64>,
    /// What the lake holds.
    pub rows: i64,
}

impl Completeness {
    /// These counts after some records were counted anew: `before` and `after` are of these records alone, and `is_counted`
    /// knows them by their ids.
    pub(crate) fn recounted(
        mut self,
        before: &Self,
        after: &Self,
        is_counted: impl Fn(&str) -> bool,
    ) -> Self {
        for (count, before, after) in [
            (&mut self.complete, before.complete, after.complete),
            (&mut self.short, before.short, after.short),
            (&mut self.over, before.over, after.over),
        ] {
            *count = (*count + after).saturating_sub(before);
        }
        for (examples, more) in [
            (&mut self.short_examples, &after.short_examples),
            (&mut self.over_examples, &after.over_examples),
        ] {
            examples.retain(|miscount| !is_counted(&miscount.id));
            examples.extend_from_slice(more);
            examples.sort_by(|a, b| a.id.cmp(&b.id));
            examples.truncate(EXAMPLES_MAX);
        }
        self
    }

    /// True where as many examples are named as there could be.
    pub(crate) fn has_all_examples(&self) -> bool {
        let is_full = |examples: &[Miscount], n: u64| count(examples.len()) == n.min(count(EXAMPLES_MAX));
        is_full(&self.short_examples, self.short) && is_full(&self.over_examples, self.over)
    }

    /// With ids that the source did not answer for: they are short as well.
    pub(crate) fn with_unanswered(mut self, ids: &[String]) -> Self {
        self.short += count(ids.len());
        let left = EXAMPLES_MAX.saturating_sub(self.short_examples.len());
        let unanswered = ids.iter().take(left).cloned();
        self.short_examples.extend(unanswered.map(|id| Miscount { id, declared: None, rows: 0 }));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(id: &str, rows: i64) -> Miscount {
        Miscount { id: id.to_owned(), declared: Some(9), rows }
    }

    #[test]
    fn counts_follow_the_records_that_were_counted_anew() {
        let kept = Completeness {
            complete: 10,
            short: 2,
            over: 0,
            short_examples: vec![short("a", 1), short("c", 2)],
            over_examples: Vec::new(),
        };
        let before =
            Completeness { complete: 1, short: 1, short_examples: vec![short("c", 2)], ..kept.clone() };
        let after = Completeness {
            complete: 2,
            short: 1,
            over: 1,
            short_examples: vec![short("b", 3)],
            over_examples: vec![short("d", 10)],
        };
        let now = kept.recounted(&before, &after, |id| id == "c");
        assert_eq!((now.complete, now.short, now.over), (11, 2, 1));
        assert_eq!(now.short_examples, [short("a", 1), short("b", 3)]);
        assert!(now.has_all_examples());
        assert!(!Completeness { short_examples: vec![short("a", 1)], ..now }.has_all_examples());
    }
}
