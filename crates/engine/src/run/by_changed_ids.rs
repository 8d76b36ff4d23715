//! A stream that is asked for what a list shows as changed, and that is walked as a whole now and then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use convolake_extractor::{BatchLimits, Batches, Facts, RecordSeen, Slice, batches_within, full_walk_due};
use convolake_model::{ChangedIds, Stream};
use indexmap::IndexMap;

use crate::EngineError;
use crate::blocking::blocking;
use crate::numbers::count;
use crate::reads::known_versions::KnownVersions;
use crate::report::stream_outcome::{SliceEnd, StreamOutcome};
use crate::run::by_slices::Listing;
use crate::run::concurrency::pull_concurrently;
use crate::run::slice::{HashOf, PageSummary};
use crate::run::stream::StreamPull;
use crate::run::wanted_ids::{Known, WantedIds};
use crate::state::goal::Goal;
use crate::state::streams::StreamState;

impl StreamPull<'_> {
    /// Pulls what the list shows as changed; where a full walk is due, or no list was pulled, everything.
    pub(crate) async fn changed_ids(
        &mut self,
        facts: &Facts,
        changed: &ChangedIds,
        listing: Option<&Listing>,
    ) -> Result<(), EngineError> {
        let walks = walks_everything(self.run.goal, listing.is_some(), full_walk_due(self.stream, facts));
        let known = match listing.and_then(|listing| listing.in_lake.get(&self.stream.name)) {
            Some(known) => Arc::clone(known),
            None => self.known_versions(self.stream),
        };
        let in_lake = self.look_up(&known, listing.filter(|_| !walks)).await?;
        let listed = &listing.map(|listing| listing.hashes_beside(&in_lake)).unwrap_or_default();
        let before = self.before.clone();
        let hash_of =
            |id: &str| listed.get(id).or_else(|| before.version_of(id)).or_else(|| in_lake.get(id)).cloned();
        let mut answered = self.resume_batches(listed).await?;
        let removed = self.merge_tombstones().await?;
        self.outcome.has_work_left |= listing.is_some_and(|listing| !listing.is_through);
        let mut is_walk_whole = false;
        if walks {
            self.slices.expected_records = listing.map(|listing| count(listing.hashes.len()));
            is_walk_whole = self.walk(&mut answered, &hash_of).await?;
        }
        let wanted = WantedIds::choose(&Known {
            goal: self.run.goal,
            listed,
            in_lake: &in_lake,
            removed: &removed,
            answered: &answered,
            state: &self.before,
            lookback: self.stream.lookback,
            now: self.run.session.started_at,
        });
        let ids = wanted.all();
        self.slices.expected_records = Some(count(answered.len() + ids.len()));
        let mut asked = answered.clone();
        // After a walk that stopped, asking on by ids would only meet the same fault.
        if self.outcome.is_through() || !walks {
            let mut witness = self.witness(&in_lake, &ids);
            if witness.is_none() && !ids.is_empty() && !known.is_all() {
                witness = self.witness(&self.look_up(&known, None).await?, &ids);
            }
            asked.extend(self.ask_for(&ids, changed, &hash_of, witness.as_ref()).await?);
        }
        self.outcome.answered = self.answered_versions(&asked, listed);
        self.outcome.cut_short = std::mem::take(&mut *self.slices.cut_short.hold());
        let is_list_whole = listing.is_some_and(|listing| listing.is_whole);
        if is_walk_whole && is_list_whole && self.outcome.is_through() {
            let is_shown = |id: &str| listed.contains_key(id) || answered.contains(id);
            self.find_deletions(changed, &removed, &is_shown, &hash_of).await?;
        }
        if let Goal::Backfill(_) = self.run.goal {
            self.outcome.asked_up_to = wanted.asked_up_to(listed, &asked);
        }
        let is_asked = |id: &String| asked.contains(id);
        self.outcome.refetch.asked = wanted.refetched.into_iter().filter(is_asked).collect();
        self.outcome.refetch.pulled_anyway = wanted.pulled_anyway.into_iter().filter(is_asked).collect();
        Ok(())
    }

    /// What the lake knows of a stream's records, of which nothing is looked up yet.
    pub(crate) fn known_versions(&self, stream: &Stream) -> Arc<KnownVersions> {
        let session = self.run.session;
        let schema = session.project.schemas[&stream.name].clone();
        let (lake, params) = (session.lake.clone(), Arc::clone(self.params));
        Arc::new(KnownVersions::new(lake, session.pipeline(), schema, params))
    }

    /// The ids in the lake, with the hash that each was last exported under: those that may be asked for after a list, or all.
    async fn look_up(
        &self,
        known: &Arc<KnownVersions>,
        listing: Option<&Listing>,
    ) -> Result<BTreeMap<String, String>, EngineError> {
        let StreamState { awaited, cut_short, shortfalls, .. } = &self.before;
        let beside = || awaited.keys().chain(cut_short.keys()).chain(shortfalls.keys());
        let ids = listing.map(|listing| listing.hashes.keys().chain(beside()));
        let ids: Option<Vec<String>> = ids.map(|ids| ids.cloned().collect());
        let known = Arc::clone(known);
        blocking(move || {
            known.look_up(ids.as_ref().map(|ids| ids.iter().map(String::as_str)))?;
            Ok(known.versions())
        })
        .await
    }

    /// Of the ids that came through, those that were answered, with the hash that a list shows or has shown of each.
    fn answered_versions(
        &self,
        asked: &BTreeSet<String>,
        listed: &IndexMap<String, String>,
    ) -> BTreeMap<String, String> {
        let StreamOutcome { unanswered, rejected, .. } = &self.outcome;
        let without_answer: BTreeSet<&String> = unanswered.iter().chain(rejected).collect();
        let answered = asked.iter().filter(|id| !without_answer.contains(id));
        let version = |id: &String| {
            let before = || self.before.version_of(id).or_else(|| self.before.unanswered.get(id));
            let hash = listed.get(id).or_else(before)?;
            Some((id.clone(), hash.clone()))
        };
        answered.filter_map(version).collect()
    }

    /// Merges batches of ids that a killed run has landed; gives the ids whose record is the one that is listed, and of which
    /// no page is missing.
    async fn resume_batches(
        &self,
        listed: &IndexMap<String, String>,
    ) -> Result<BTreeSet<String>, EngineError> {
        let mut answered = BTreeSet::new();
        for batch in self.run.checkpoint.batches(self.stream, self.params) {
            let mut on_page = |records: &[RecordSeen], landed: &BTreeMap<String, String>| {
                let ids = records.iter().filter_map(|record| record.id.as_ref());
                answered.extend(ids.filter(|id| landed.get(*id) == listed.get(*id)).cloned());
            };
            let cut_short = self.slices.merge_batch(batch, &mut on_page).await?;
            answered.retain(|id| !cut_short.contains(id));
            self.slices.cut_short.hold().extend(cut_short);
        }
        Ok(answered)
    }

    /// Walks everything, and adds the ids it shows; true where it came to its end, and that is beyond doubt.
    async fn walk(
        &mut self,
        answered: &mut BTreeSet<String>,
        hash_of: &HashOf<'_>,
    ) -> Result<bool, EngineError> {
        let mut on_page = |page: &PageSummary<'_>| {
            answered.extend(page.records.iter().filter_map(|record| record.id.clone()));
            true
        };
        let end = self.slices.pull(&Slice::Whole, hash_of, &mut on_page).await?;
        self.outcome.is_full_walk = self.outcome.end_slice(&Slice::Whole, end);
        Ok(self.outcome.is_full_walk && !self.outcome.has_odd_end)
    }

    /// A record that the lake has and that nothing is wrong with: what comes of it tells how the source is.
    fn witness(&self, in_lake: &BTreeMap<String, String>, asked: &[String]) -> Option<Slice> {
        let asked: BTreeSet<&String> = asked.iter().collect();
        let is_well = |id: &&String| {
            !asked.contains(id)
                && !self.before.unanswered.contains_key(*id)
                && !self.before.awaited.contains_key(*id)
        };
        in_lake.keys().find(is_well).map(|id| Slice::Ids(vec![id.clone()]))
    }

    /// Asks for ids, batch by batch, and by themselves for some that their batch leaves out; gives those of the batches that came
    /// through.
    async fn ask_for(
        &mut self,
        ids: &[String],
        changed: &ChangedIds,
        hash_of: &HashOf<'_>,
        witness: Option<&Slice>,
    ) -> Result<Vec<String>, EngineError> {
        let Self { slices, outcome, stream, .. } = self;
        let slices = &*slices;
        let Batches { slices: batches, would_split } =
            batches_within(ids, &BatchLimits::of_stream(stream, changed.batch, &changed.param));
        let mut batches = batches.into_iter();
        let mut left_out = Vec::new();
        let n_records = &AtomicU64::new(0);
        let next = |_| {
            let slice = batches.next()?;
            let mut on_page = |page: &PageSummary<'_>| {
                n_records.fetch_add(count(page.n_records), Ordering::Relaxed);
                true
            };
            Some(async move { slices.pull_in_halves(slice, hash_of, &mut on_page, witness).await })
        };
        let mut asked = Vec::new();
        let ended = |parts: Result<Vec<(Slice, SliceEnd)>, EngineError>| {
            let mut goes_on = true;
            for (slice, mut end) in parts? {
                // A batch that was answered with nothing tells nothing of one of its ids.
                if let (SliceEnd::Through { unanswered, .. }, Slice::Ids(ids)) = (&mut end, &slice)
                    && ids.len() > 1
                    && unanswered.len() < ids.len()
                {
                    left_out.append(unanswered);
                }
                let is_through = outcome.end_slice(&slice, end);
                goes_on &= is_through;
                if let (true, Slice::Ids(ids)) = (is_through, slice) {
                    asked.extend(ids);
                }
            }
            Ok(goes_on)
        };
        pull_concurrently(slices.run.extractor, stream, next, ended).await?;
        self.warn_of_other_ids(ids, changed, n_records.load(Ordering::Relaxed));
        self.ask_one_by_one(left_out, hash_of).await?;
        self.warn_of_split_ids(would_split);
        Ok(asked)
    }
}

/// True where everything is walked. A backfill asks for what the list shows for its time, and for nothing else.
fn walks_everything(goal: Goal, has_list: bool, is_walk_due: bool) -> bool {
    match goal {
        Goal::Backfill(_) => false,
        Goal::Incremental => !has_list || is_walk_due,
    }
}
