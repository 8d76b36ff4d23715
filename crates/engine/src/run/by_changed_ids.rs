//! A stream that is asked for what a list shows as changed.

use std::collections::{BTreeMap, BTreeSet};

use convolake_extractor::{RecordSeen, Slice, batches, full_walk_due, watermark};
use convolake_model::{ChangedIds, Gone};
use indexmap::IndexMap;

use crate::EngineError;
use crate::numbers::count;
use crate::reads::known_versions;
use crate::run::concurrency::pull_concurrently;
use crate::run::slice::{PageSeen, SliceEnd};
use crate::run::stream::{Listing, StreamPull};
use crate::state::streams::Unfinished;

/// Examples of ids that are told.
pub(crate) const EXAMPLES: usize = 10;

impl StreamPull<'_> {
    /// A stream that is asked for what a list shows as changed.
    pub(crate) async fn changed(
        &mut self,
        changed: &ChangedIds,
        listing: Option<&Listing>,
    ) -> Result<(), EngineError> {
        let stream = self.puller.stream;
        let session = self.run.session;
        let schema = &session.project.schemas[&stream.name];
        let known = known_versions::known(&session.lake, session.pipeline(), schema, self.puller.params)?;
        let none = IndexMap::new();
        let hashes = listing.map_or(&none, |listing| &listing.hashes);
        let hash_of = |id: &str| hashes.get(id).or_else(|| known.get(id)).cloned();
        let facts = self.facts()?;
        let mut answered = BTreeSet::new();
        for batch in self.run.checkpoint.batches(stream, self.puller.params) {
            let mut seen = |records: &[RecordSeen], listed: &BTreeMap<String, String>| {
                let ids = records.iter().filter_map(|record| record.id.as_ref());
                answered.extend(ids.filter(|id| listed.get(*id) == hashes.get(*id)).cloned());
            };
            self.puller.take_batch(batch, &mut seen).await?;
        }
        // A backfill asks for all that the list shows for its time, and for nothing else.
        let is_backfill = session.goal.range().is_some();
        let is_full = !is_backfill && (listing.is_none() || full_walk_due(stream, &facts));
        let mut is_through = listing.is_none_or(|listing| listing.is_through);
        let taken = self.take_tombstones().await?;
        let removes = stream.gone != Gone::Keep;
        let (mut is_walked, mut is_odd) = (false, false);
        if is_full {
            self.puller.expected_records = listing.map(|listing| count(listing.hashes.len()));
            let mut seen = |look: &PageSeen<'_>| {
                answered.extend(look.records.iter().filter_map(|record| record.id.clone()));
                true
            };
            let pulled = self.puller.pull(&Slice::Whole, &hash_of, &mut seen).await?;
            is_odd = matches!(pulled, SliceEnd::Through { odd_end: Some(_), .. });
            is_walked = self.note(pulled, &Slice::Whole);
            is_through &= is_walked;
            if is_walked && !removes {
                // Kept even if what follows is stopped: a walk is not made twice.
                self.state.walked(self.run.at_the_source(watermark(stream, &facts)));
            }
        }
        let first = match is_backfill {
            true => first_unasked(hashes, self.state.unfinished.as_ref()),
            false => 0,
        };
        let is_wanted = |id: &String, hash: &String| {
            // What was taken away and is back is not known any more, whatever the tables still hold.
            (is_backfill || taken.contains(id) || known.get(id) != Some(hash))
                && !answered.contains(id)
                && self.state.unanswered.get(id) != Some(hash)
        };
        let left = hashes.iter().skip(first);
        let mut ids: Vec<String> =
            left.filter(|(id, hash)| is_wanted(id, hash)).map(|(id, _)| id.clone()).collect();
        // What is short is asked for beside them; what this run has seen since anyway is not.
        let due = self.due();
        let wanted: BTreeSet<&String> = ids.iter().collect();
        let is_seen = |id: &&String| answered.contains(*id) || wanted.contains(*id);
        let (seen, again): (Vec<String>, Vec<String>) = due.into_iter().partition(|id| is_seen(&id));
        ids.extend(again.iter().cloned());
        self.puller.expected_records = Some(count(answered.len() + ids.len()));
        let mut asked = answered.clone();
        // After a walk that stopped, asking on by ids would only meet the same fault.
        if is_through || !is_full {
            let Self { puller, report, progress, .. } = self;
            let (puller, hash_of) = (&*puller, &hash_of);
            let mut batches = batches(&ids, changed.batch).into_iter();
            let next = |_| {
                let slice = batches.next()?;
                Some(async move { (puller.pull(&slice, hash_of, &mut |_| true).await, slice) })
            };
            let ended = |(pulled, slice): (Result<SliceEnd, EngineError>, Slice)| {
                let came_through = progress.note(report, pulled?, &slice);
                is_through &= came_through;
                if let (true, Slice::Ids(ids)) = (came_through, slice) {
                    asked.extend(ids);
                }
                Ok(came_through)
            };
            pull_concurrently(puller.extractor, stream, next, ended).await?;
        }
        if is_walked && !is_odd && is_through && listing.is_some_and(|listing| listing.is_whole) {
            let is_shown = |id: &str| hashes.contains_key(id) || answered.contains(id);
            is_through = self.gone(changed, &taken, &is_shown, &hash_of).await?;
        }
        if is_walked && removes {
            match is_through {
                true => self.state.walked(self.run.at_the_source(watermark(stream, &facts))),
                // What it showed is needed until what is gone is taken away: the next run reads it from its pages.
                false => self.progress.note_begun(&Slice::Whole),
            }
        }
        self.note_asked(again.into_iter().filter(|id| asked.contains(id)).collect());
        self.note_seen(seen.iter().filter(|id| asked.contains(*id)));
        let unanswered: BTreeMap<String, String> = self
            .report
            .unanswered
            .iter()
            .filter_map(|id| Some((id.clone(), hashes.get(id)?.clone())))
            .collect();
        self.state.unanswered.retain(|id, hash| hashes.get(id).is_none_or(|listed| listed == hash));
        self.state.unanswered.extend(unanswered);
        self.report.unanswered = self.state.unanswered.keys().cloned().collect();
        match is_through {
            true => self.through(&facts, false),
            false => {
                let asked_up_to = is_backfill.then(|| last_asked(hashes, first, &asked)).flatten();
                self.state.unfinished = Some(Unfinished { asked_up_to, ..self.unfinished(&facts) });
            }
        }
        Ok(())
    }
}

/// How many of the ids a list shows an earlier backfill has asked for.
fn first_unasked(hashes: &IndexMap<String, String>, unfinished: Option<&Unfinished>) -> usize {
    let last = unfinished.and_then(|unfinished| unfinished.asked_up_to.as_ref());
    last.and_then(|id| hashes.get_index_of(id)).map_or(0, |index| index + 1)
}

/// The last id up to which all were asked for, now or before.
fn last_asked(hashes: &IndexMap<String, String>, first: usize, asked: &BTreeSet<String>) -> Option<String> {
    let asked = hashes.keys().enumerate().take_while(|(index, id)| *index < first || asked.contains(*id));
    asked.last().map(|(_, id)| id.clone())
}
