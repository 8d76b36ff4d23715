//! What is short of what the source declares is asked for again, by id: once for each count it declares.
//!
//! A run that came through finds out what is short once its rows are in the tables, and keeps so much of it in the state
//! as is bounded; the next run asks. What stays short is remembered as asked for, and left in peace until the source
//! declares another number.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::{ExtractError, FailureKind, Slice, Window};
use convolake_model::{ByParent, Span};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::error::{outcome_of, with_causes};
use crate::numbers::count;
use crate::report::run_report::FetchedAgain;
use crate::run::concurrency::pull_concurrently;
use crate::run::slice::SliceEnd;
use crate::run::stream::StreamPull;
use crate::state::streams::Unfinished;

/// What is short, by id. At most [`REMEMBERED_MAX`].
pub(crate) type Shorts = BTreeMap<String, Short>;

/// Ids that are remembered for a stream: some 80 bytes each in every commit.
pub(crate) const REMEMBERED_MAX: usize = 500;
/// Ids that one run asks for.
const ASKED_MAX: usize = 100;

/// A record with fewer rows than it declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Short {
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

/// What was found short in the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundShort {
    pub(crate) id: String,
    pub(crate) declared: i64,
    pub(crate) since: Option<Timestamp>,
}

/// The ids to ask for, in the order of their names.
fn due(shorts: &Shorts) -> Vec<String> {
    shorts.iter().filter(|(_, short)| !short.asked).take(ASKED_MAX).map(|(id, _)| id.clone()).collect()
}

/// What is remembered of what was found: what was asked for and declares the same still counts as asked for. Where there
/// is more than is remembered, those that are known come first, so that nothing is asked for twice.
pub(crate) fn remembered(before: &Shorts, found: &[FoundShort], until: Timestamp) -> Shorts {
    let (known, new): (Vec<_>, Vec<_>) = found.iter().partition(|short| before.contains_key(&short.id));
    let kept = known.into_iter().chain(new).take(REMEMBERED_MAX);
    let short = |found: &FoundShort| {
        let FoundShort { id, declared, since } = found.clone();
        let known = before.get(&id).filter(|known| known.declared == declared).cloned();
        (id, known.unwrap_or(Short { declared, since, until, asked: false }))
    };
    kept.map(short).collect()
}

/// The slices that ask for ids; always the same for the same of them, so that what has landed of one is taken up.
fn slices(
    shorts: &Shorts,
    ids: &[String],
    rules: &ByParent,
    windows: Option<(Timestamp, Span)>,
) -> Vec<Slice> {
    let slice = |ids: &[String]| {
        let of = |id: &String| shorts.get(id);
        let within = windows.and_then(|(begin, lookback)| {
            let lookback = SignedDuration::from_secs(lookback.as_seconds());
            let from = |short: &Short| short.since.and_then(|since| since.checked_sub(lookback).ok());
            let from = ids.iter().filter_map(of).map(|short| from(short).unwrap_or(begin)).min()?;
            let until = ids.iter().filter_map(of).map(|short| short.until).max()?;
            (from < until).then_some(Window { from, until })
        });
        Slice::Of { parents: ids.to_vec(), within }
    };
    let batch = usize::try_from(rules.batch).unwrap_or(usize::MAX).max(1);
    ids.chunks(batch).map(slice).collect()
}

impl StreamPull<'_> {
    /// Asks a stream for the records of what was short after the last run. The stream itself is through by now: what goes
    /// wrong here is told, and done again by the next run.
    pub(crate) async fn ask_again(&mut self) -> Result<(), EngineError> {
        let stream = self.puller.stream;
        let Some(rules) = &stream.by_parent else { return Ok(()) };
        if self.run.session.goal.range().is_some() {
            return Ok(());
        }
        self.state.again = None;
        let due = self.due();
        if due.is_empty() {
            return Ok(());
        }
        let windows = stream.windows.as_ref().map(|_| (self.run.begin, stream.lookback));
        let Self { puller, report, state, .. } = self;
        let (puller, mut slices) = (&*puller, slices(&state.short, &due, rules, windows).into_iter());
        let mut begun = Vec::new();
        let mut asked = BTreeSet::new();
        let next = |_| {
            let slice = slices.next()?;
            Some(async move { (puller.pull(&slice, &|_| None, &mut |_| true).await, slice) })
        };
        let ended = |(pulled, slice): (Result<SliceEnd, EngineError>, Slice)| {
            let (is_answered, goes_on) = match pulled? {
                SliceEnd::Through { .. } => (true, true),
                SliceEnd::Stopped { error, .. } if error.kind() == FailureKind::Failed => {
                    report.warn(refused(&slice, &error));
                    (true, true)
                }
                SliceEnd::Stopped { error, is_begun } => {
                    begun.extend(is_begun.then(|| slice.to_json()));
                    report.outcome = report.outcome.max(outcome_of(&error));
                    report.error.get_or_insert_with(|| with_causes(&error, ": "));
                    (false, false)
                }
            };
            if let (true, Slice::Of { parents, .. }) = (is_answered, slice) {
                asked.extend(parents);
            }
            Ok(goes_on)
        };
        pull_concurrently(puller.extractor, stream, next, ended).await?;
        self.note_asked(asked);
        self.state.again = (!begun.is_empty()).then(|| {
            let mut again = Unfinished::new(self.run.session.started_at);
            let before = self.run.session.state.get(&stream.name, self.puller.params);
            again.runs.extend(
                before.and_then(|state| state.again.clone()).into_iter().flat_map(|again| again.runs),
            );
            again.runs.extend(self.run.checkpoint.runs().iter().cloned());
            again.runs.insert(self.run.session.run.to_string());
            again.begun = begun;
            again
        });
        Ok(())
    }

    /// The ids that are to be asked for; none for a backfill, which is out for something else.
    pub(crate) fn due(&self) -> Vec<String> {
        match self.run.session.goal.range() {
            Some(_) => Vec::new(),
            None => due(&self.state.short),
        }
    }

    /// Takes note of ids that were asked for again.
    pub(crate) fn note_asked(&mut self, ids: BTreeSet<String>) {
        self.note_seen(&ids);
        if !ids.is_empty() {
            let asked = count(ids.len());
            self.report.fetched_again = Some(FetchedAgain { asked, complete: None, ids });
        }
    }

    /// Takes note of ids whose rows were looked for again, whoever wanted that.
    pub(crate) fn note_seen<'a>(&mut self, ids: impl IntoIterator<Item = &'a String>) {
        for id in ids {
            if let Some(short) = self.state.short.get_mut(id) {
                short.asked = true;
            }
        }
    }
}

fn refused(slice: &Slice, error: &ExtractError) -> String {
    let ids = match slice {
        Slice::Of { parents, .. } => parents.join(", "),
        other => other.to_json().to_string(),
    };
    format!("what is short of {ids} was asked for again in vain: {}", with_causes(error, ": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn short(declared: i64, asked: bool) -> Short {
        Short { declared, since: None, until: at("2025-01-01T00:00:00Z"), asked }
    }

    fn found(id: &str, declared: i64) -> FoundShort {
        FoundShort { id: id.to_owned(), declared, since: None }
    }

    #[test]
    fn what_was_asked_for_is_asked_for_again_once_it_declares_something_else() {
        let before = Shorts::from([
            ("complete".to_owned(), short(3, true)),
            ("same".to_owned(), short(3, true)),
            ("more".to_owned(), short(3, true)),
            ("waiting".to_owned(), short(3, false)),
        ]);
        let found = [found("same", 3), found("more", 4), found("new", 1), found("waiting", 3)];
        let after = remembered(&before, &found, at("2025-02-02T00:00:00Z"));
        assert_eq!(due(&after), ["more", "new", "waiting"]);
        assert_eq!(after["same"], short(3, true));
        assert_eq!(after["waiting"].until, at("2025-01-01T00:00:00Z"), "a slice keeps its name");
        assert_eq!(after["more"].until, at("2025-02-02T00:00:00Z"));
        assert!(!after.contains_key("complete"));
    }

    #[test]
    fn what_is_remembered_and_asked_for_is_bounded() {
        let all: Vec<FoundShort> = (0..10_000).map(|number| found(&format!("c{number:05}"), 1)).collect();
        let mut shorts = remembered(&Shorts::new(), &all, at("2025-01-01T00:00:00Z"));
        let mut asked = BTreeSet::new();
        for _ in 0..20 {
            assert_eq!(shorts.len(), REMEMBERED_MAX);
            for id in due(&shorts) {
                assert!(asked.insert(id.clone()), "{id} is asked for twice");
                shorts.get_mut(&id).unwrap().asked = true;
            }
            let mut reversed = all.clone();
            reversed.reverse();
            shorts = remembered(&shorts, &reversed, at("2025-01-02T00:00:00Z"));
        }
        assert_eq!(asked.len(), REMEMBERED_MAX, "then no more is asked for: all of them stay short");
        assert!(serde_json::to_string(&shorts).unwrap().len() < 100 * REMEMBERED_MAX);
    }

    #[test]
    fn slices_reach_from_where_the_oldest_began() {
        let shorts = Shorts::from([
            ("a".to_owned(), Short { since: Some(at("2025-01-10T00:00:00Z")), ..short(1, false) }),
            ("b".to_owned(), short(1, false)),
        ]);
        let shorts: Shorts = shorts
            .into_iter()
            .map(|(id, short)| (id, Short { until: at("2025-02-01T00:00:00Z"), ..short }))
            .collect();
        let rules = |batch| ByParent { param: "of".to_owned(), batch, since: None };
        let ids = ["a".to_owned(), "b".to_owned()];
        let windows = Some((at("2020-01-01T00:00:00Z"), Span::days(2)));
        let of = |ids: &[&str], from: Option<&str>| Slice::Of {
            parents: ids.iter().map(|id| (*id).to_owned()).collect(),
            within: from.map(|from| Window { from: at(from), until: at("2025-02-01T00:00:00Z") }),
        };
        let (late, early) = ("2025-01-08T00:00:00Z", "2020-01-01T00:00:00Z");
        let expected = [of(&["a"], Some(late)), of(&["b"], Some(early))];
        assert_eq!(slices(&shorts, &ids, &rules(1), windows), expected);
        assert_eq!(slices(&shorts, &ids, &rules(2), windows), [of(&["a", "b"], Some(early))]);
        assert_eq!(slices(&shorts, &ids, &rules(2), None), [of(&["a", "b"], None)]);
    }
}
