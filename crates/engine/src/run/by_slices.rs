//! A stream that is cut into slices of its own: windows, or a walk of the whole. Lists are of this kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use convolake_extractor::{Facts, RecordSeen, Slice, Window, full_walk_due};
use convolake_loader::LoadError;
use convolake_model::Stream;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use crate::EngineError;
use crate::blocking::blocking_here;
use crate::lock::Lock;
use crate::reads::known_versions::KnownVersions;
use crate::report::warning::Warning;
use crate::run::list_order::ListOrder;
use crate::run::slice::PageSummary;
use crate::run::stream::StreamPull;
use crate::state::goal::Goal;
use crate::state::streams::StreamState;

/// The most pages that a list is walked on for what has changed on them, behind the first one that is wholly before what the
/// last run looked at: where a source gives each record another look on each request, no more can be told from it.
const PAGES_BEYOND_MAX: u32 = 50;

/// True for a record of a list that all who ask by it have as it is listed, by its id.
type IsKnown<'a> = dyn Fn(&str, &RecordSeen) -> bool + Sync + 'a;

/// True for records of a list of which somebody who asks by it has one not, or not as it is listed. Blocks.
type ShowsChanged<'a> = dyn Fn(&[RecordSeen]) -> bool + Sync + 'a;

/// What a list showed.
pub(crate) struct Listing {
    /// For each stream that asks by the list, by name: what the lake knows of its records.
    pub(crate) in_lake: BTreeMap<String, Arc<KnownVersions>>,
    /// Ids and the hash of their record, newest first.
    pub(crate) hashes: IndexMap<String, String>,
    /// The hashes of the records as they were sent, where these are others.
    pub(crate) as_sent: BTreeMap<String, String>,
    /// True where the list was walked as far as it had to be.
    pub(crate) is_through: bool,
    /// True where it was walked to its end, and that is beyond doubt.
    pub(crate) is_whole: bool,
}

/// How far back a stream is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WalkPlan {
    /// Everything the source has is walked.
    is_full: bool,
    /// A page of a list that is wholly before this ends the walk; `None` where it goes to the end.
    until: Option<Timestamp>,
}

impl Listing {
    /// Ids and hashes, held against those that the lake has: a record that is in the lake under the hash of its JSON as sent keeps
    /// that hash, and has not changed.
    pub(crate) fn hashes_beside(&self, in_lake: &BTreeMap<String, String>) -> IndexMap<String, String> {
        let hash = |(id, hash): (&String, &String)| {
            let as_sent = self.as_sent.get(id).filter(|as_sent| in_lake.get(id) == Some(*as_sent));
            (id.clone(), as_sent.unwrap_or(hash).clone())
        };
        self.hashes.iter().map(hash).collect()
    }
}

impl StreamPull<'_> {
    /// Pulls a stream's own slices; gives what it listed, where others ask for that.
    pub(crate) async fn own_slices(
        &mut self,
        facts: &Facts,
        asking: &[&Stream],
    ) -> Result<Listing, EngineError> {
        let states = asking.iter().map(|asking| self.run.state.get(&asking.name, self.params));
        let states: Vec<Option<&StreamState>> = states.collect();
        let asking: Vec<_> = asking.iter().copied().zip(states).collect();
        let plan = walk_plan(self.stream, self.run.goal, facts, &asking);
        let mut in_lake = BTreeMap::new();
        for (asking, _) in &asking {
            in_lake.insert(asking.name.clone(), self.known_versions(asking));
        }
        let mut listing = Listing {
            in_lake: BTreeMap::new(),
            hashes: IndexMap::new(),
            as_sent: BTreeMap::new(),
            is_through: false,
            is_whole: plan.until.is_none(),
        };
        if self.stream.windows.is_some() {
            self.windows(facts).await?;
        } else {
            let failure: Lock<Option<LoadError>> = Lock::default();
            let shows_changed = |records: &[RecordSeen]| {
                let is_known = |id: &str, record: &RecordSeen| {
                    asking.iter().all(|(asking, state)| {
                        let in_lake = in_lake.get(&asking.name).and_then(|in_lake| in_lake.get(id));
                        let without_answer = state.and_then(|state| state.unanswered.get(id));
                        let is_of = |hash: &String| {
                            record.hash == *hash || record.hash_as_sent.as_ref() == Some(hash)
                        };
                        in_lake.as_ref().is_some_and(is_of) || without_answer.is_some_and(is_of)
                    })
                };
                let ids = || records.iter().filter_map(|record| record.id.as_deref());
                let looked_up =
                    blocking_here(|| in_lake.values().try_for_each(|in_lake| in_lake.look_up(Some(ids()))));
                if let Err(error) = looked_up {
                    *failure.hold() = Some(error);
                    return false;
                }
                records.iter().any(|record| is_changed(record, &is_known))
            };
            self.walk_list(plan.until, &shows_changed, &mut listing).await?;
            if let Some(error) = failure.into_inner() {
                return Err(error.into());
            }
            listing.is_whole &= !self.outcome.has_odd_end;
        }
        listing.in_lake = in_lake;
        listing.is_through = self.outcome.is_through();
        self.outcome.is_full_walk = plan.is_full && listing.is_through;
        if listing.is_through {
            self.refetch_by_parent().await?;
        }
        Ok(listing)
    }

    /// Walks the stream as a whole; takes note of the ids and hashes of its records, where others ask for them.
    async fn walk_list(
        &mut self,
        until: Option<Timestamp>,
        shows_changed: &ShowsChanged<'_>,
        listing: &mut Listing,
    ) -> Result<(), EngineError> {
        let is_list = self.is_list();
        let is_backfill = self.run.goal != Goal::Incremental;
        let mut n_beyond = 0;
        let mut order = ListOrder::default();
        let mut goes_on_for_order = false;
        let range = self.run.goal.range();
        let Listing { hashes, as_sent, .. } = listing;
        let mut on_page = |page: &PageSummary<'_>| {
            if is_list {
                let records = page.records.iter().filter(|record| is_in_range(record, range));
                for record in records {
                    // Newest first: what came on an earlier page of this walk is the newer record.
                    let Some(id) = &record.id else { continue };
                    if !hashes.contains_key(id) {
                        hashes.insert(id.clone(), record.hash.clone());
                        as_sent.extend(record.hash_as_sent.iter().map(|hash| (id.clone(), hash.clone())));
                    }
                }
            }
            // What has changed may stand in front of what is newer: a page that shows such is followed by another.
            let is_past = until.is_some_and(|until| order.is_past(page.records, until));
            let may_end = is_past && !order.is_other();
            goes_on_for_order |= is_past && !may_end;
            n_beyond += u32::from(may_end);
            !may_end || (!is_backfill && n_beyond < PAGES_BEYOND_MAX && shows_changed(page.records))
        };
        self.slices.until = until;
        let end = self.slices.pull(&Slice::Whole, &|_| None, &mut on_page).await?;
        self.outcome.end_slice(&Slice::Whole, end);
        if goes_on_for_order {
            self.outcome.warnings.push(Warning::ListInNoOrder);
        }
        Ok(())
    }
}

/// How far back a stream is walked. A list is walked as far back as those that ask for what it shows need it.
fn walk_plan(
    stream: &Stream,
    goal: Goal,
    facts: &Facts,
    asking: &[(&Stream, Option<&StreamState>)],
) -> WalkPlan {
    // What neither a list nor a walk shows is known to be gone only where both are made together.
    let is_walk_due = |(asking, state): &(&Stream, Option<&StreamState>)| {
        let last_full_walk = state.and_then(|state| state.last_full_walk);
        full_walk_due(asking, &Facts { last_full_walk, ..facts.clone() })
    };
    let is_full = full_walk_due(stream, facts) || facts.watermark.is_none() || asking.iter().any(is_walk_due);
    // None, the least, where one was never through.
    let of_asking = asking.iter().map(|(_, state)| state.and_then(|state| state.watermark));
    let needed = of_asking.chain([facts.watermark]).min().flatten();
    // A list is sorted newest first: a page wholly before what the last run looked at can hold nothing new.
    let until = match (stream.listed_at.is_some(), goal, needed) {
        (true, Goal::Backfill(range), _) => Some(range.from),
        (true, Goal::Incremental, Some(watermark)) if !is_full => {
            watermark.checked_sub(SignedDuration::from_secs(stream.lookback.as_seconds())).ok()
        }
        _ => None,
    };
    WalkPlan { is_full, until }
}

/// True where a list's record is of the time that is asked for; one without a time may be.
fn is_in_range(record: &RecordSeen, range: Option<Window>) -> bool {
    match range.zip(record.listed_at) {
        Some((range, at)) => (range.from..range.until).contains(&at),
        None => true,
    }
}

/// True for a record that somebody who asks by the list has not, or not so.
fn is_changed(record: &RecordSeen, is_known: &IsKnown<'_>) -> bool {
    record.id.as_ref().is_some_and(|id| !is_known(id, record))
}

#[cfg(test)]
mod tests {
    use convolake_model::ParamSet;

    use super::*;
    use crate::Project;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_the_lake_knows_as_it_was_sent_has_not_changed() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(id, hash)| ((*id).to_owned(), (*hash).to_owned())).collect()
        };
        let listing = Listing {
            in_lake: BTreeMap::new(),
            hashes: map(&[("a", "new-a"), ("b", "new-b"), ("c", "new-c")]).into_iter().collect(),
            as_sent: map(&[("a", "sent-a"), ("b", "sent-b")]),
            is_through: true,
            is_whole: true,
        };
        let in_lake = map(&[("a", "sent-a"), ("b", "older"), ("c", "new-c")]);
        let hashes: Vec<String> = listing.hashes_beside(&in_lake).into_values().collect();
        assert_eq!(hashes, ["sent-a", "new-b", "new-c"]);
    }

    #[test]
    fn a_list_is_walked_as_far_back_as_those_that_ask_by_it_need() {
        let project = Project::load("convocore", &[]).unwrap();
        let (list, export) = (&project.pipeline.streams["list"], &project.pipeline.streams["export"]);
        let (now, lately) = (at("2025-06-10T00:00:00Z"), Some(at("2025-06-09T00:00:00Z")));
        let (earlier, long_ago) = (Some(at("2025-06-05T00:00:00Z")), Some(at("2025-05-01T00:00:00Z")));
        let backfill =
            Goal::Backfill(Window { from: at("2025-01-01T00:00:00Z"), until: at("2025-02-01T00:00:00Z") });
        let run = Goal::Incremental;
        // The watermark and the last full walk of the list, and of the export.
        for (goal, list_state, export_state, is_full, until) in [
            (run, (lately, lately), (lately, lately), false, Some("2025-06-07T00:00:00Z")),
            // The export has not come as far.
            (run, (lately, lately), (earlier, lately), false, Some("2025-06-03T00:00:00Z")),
            // It was never through.
            (run, (lately, lately), (None, lately), false, None),
            // A walk is due, of the one or the other.
            (run, (lately, long_ago), (lately, lately), true, None),
            (run, (lately, lately), (lately, long_ago), true, None),
            (run, (lately, lately), (lately, None), true, None),
            // A first run.
            (run, (None, lately), (lately, lately), true, None),
            (backfill, (None, None), (None, None), true, Some("2025-01-01T00:00:00Z")),
        ] {
            let facts = Facts {
                begin: Timestamp::UNIX_EPOCH,
                watermark: list_state.0,
                now,
                last_full_walk: list_state.1,
                was_first_walk: false,
                unfinished: None,
                open: Vec::new(),
                reopened: Vec::new(),
            };
            let state = StreamState {
                watermark: export_state.0,
                last_full_walk: export_state.1,
                ..StreamState::new("export", &ParamSet::new())
            };
            let plan = walk_plan(list, goal, &facts, &[(export, Some(&state))]);
            let expected = WalkPlan { is_full, until: until.map(at) };
            assert_eq!(plan, expected, "{goal:?}, {list_state:?}, {export_state:?}");
        }
    }

    #[test]
    fn records_without_a_time_are_in_range() {
        let record = |listed_at: Option<&str>| RecordSeen {
            id: None,
            hash: String::new(),
            hash_as_sent: None,
            listed_at: listed_at.map(at),
        };
        let (before, until) = (Some("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"));
        let range = Some(Window { from: until, until: at("2025-03-01T00:00:00Z") });
        for (time, range, expected) in [
            (None, range, true),
            (before, None, true),
            (before, range, false),
            (Some("2025-03-01T00:00:00Z"), range, false),
            (Some("2025-02-01T00:00:00Z"), range, true),
        ] {
            assert_eq!(is_in_range(&record(time), range), expected, "{time:?}");
        }
    }
}
