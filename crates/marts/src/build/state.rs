//! What is kept of a build for the next one.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::Mart;
use serde::{Deserialize, Serialize};

/// A month, as in `2025-04`, or an empty text for what has none.
pub(super) type Month = String;

/// What derived tables were made of. It stands in the commit of theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BuildState {
    /// The SHA-256 of all that is not rows: what words mean, the zone, the definitions. Where it is another, all is made anew.
    pub(super) digest: String,
    /// The tables that are built.
    pub(super) marts: BTreeSet<Mart>,
    /// The SHA-256 of each file that was read, by its name within the lake.
    pub(super) inputs: BTreeMap<String, String>,
    /// By table and month of its files, the months of the conversations that have rows there.
    pub(super) reach: Reach,
    /// What each month's conversations were made at.
    pub(super) months: BTreeMap<Month, MonthState>,
}

/// By table and month of its files, the months of the conversations that have rows there, or more.
pub(super) type Reach = BTreeMap<String, BTreeMap<Month, BTreeSet<Month>>>;

/// What is known of the conversations of a month, once they are built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MonthState {
    /// Up to when what is open counted, in microseconds.
    pub(super) as_of: i64,
    /// From when on time alone changes nothing of those whose last word was before, in microseconds; `None` where it never does.
    pub(super) settles_at: Option<i64>,
    /// The earliest of the last words that are dated after it, in microseconds: until then time changes nothing of their conversations.
    #[serde(default)]
    pub(super) resumes_at: Option<i64>,
    /// The months of the days that they count on.
    pub(super) days: BTreeSet<Month>,
}

impl MonthState {
    /// Of conversations made at `as_of`, whose last words these are; over so long after them. All in microseconds.
    pub(super) fn of_last_words(
        as_of: i64,
        last_words: impl Iterator<Item = i64>,
        over_after: i64,
        days: BTreeSet<Month>,
    ) -> Self {
        let (mut settles_at, mut resumes_at) = (None, None);
        for last in last_words {
            match last <= as_of {
                true => settles_at = settles_at.max(Some(last.saturating_add(over_after))),
                false => resumes_at = Some(resumes_at.map_or(last, |earliest: i64| earliest.min(last))),
            }
        }
        Self { as_of, settles_at, resumes_at, days }
    }

    /// Of these conversations and others, made at the same instant.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.settles_at = self.settles_at.max(other.settles_at);
        let earliest = [self.resumes_at, other.resumes_at].into_iter().flatten().min();
        self.resumes_at = earliest;
        self.days.extend(other.days);
        self
    }

    /// Whether something of them is another at this instant, in microseconds, though no row changed.
    pub(super) fn is_another_at(&self, as_of: i64) -> bool {
        let is_open = self.settles_at.is_some_and(|settles| settles > self.as_of);
        let has_come = self.resumes_at.is_some_and(|resumes| resumes < as_of);
        as_of > self.as_of && (is_open || has_come)
    }
}

impl BuildState {
    /// The state of a commit; an empty one before the first, or where it is of another form.
    pub(super) fn read(state: Option<&serde_json::Value>) -> Self {
        state.and_then(|state| Self::deserialize(state).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message that is dated in the year 2099 must not have its month built with each commit.
    #[test]
    fn time_changes_what_is_open_and_not_what_is_over_or_yet_to_come() {
        let state = |last_words: &[i64]| {
            MonthState::of_last_words(100, last_words.iter().copied(), 10, BTreeSet::new())
        };
        for (last_words, at, expected) in [
            (&[50][..], 200, false),
            (&[95], 101, true),
            (&[95], 100, false),
            (&[90], 101, false),
            (&[50, 500], 200, false),
            (&[50, 500], 500, false),
            (&[50, 500], 501, true),
            (&[95, 500], 200, true),
            (&[], 200, false),
        ] {
            assert_eq!(state(last_words).is_another_at(at), expected, "{last_words:?} at {at}");
            let one_by_one = last_words.iter().map(|word| state(&[*word])).reduce(MonthState::with);
            assert_eq!(one_by_one.unwrap_or_else(|| state(&[])), state(last_words));
        }
    }
}
