//! What is gone at the source is told of, and where the pipeline says so its rows are taken away: by a tombstone in the
//! raw zone, so that a replay does the same.
//!
//! Gone is what the lake knows and neither a list nor a walk of all records shows, both made to their end. Pages shift
//! while they are walked, so before anything is taken away each id is asked for by itself, and stays where there is an
//! answer. And nothing is taken away where more would go at once than the pipeline allows: then it is the source that
//! is suspected, and not the records.

use std::collections::BTreeSet;
use std::sync::Arc;

use convolake_extractor::{Slice, batches, gone_id};
use convolake_loader::{LandedPage, RawPage};
use convolake_model::{ChangedIds, Gone};
use serde_json::json;

use crate::ingest::Job;
use crate::numbers::count;
use crate::project::deletion_scope::DeletionScope;
use crate::reads::landed_ids::landed_ids;
use crate::run::by_changed_ids::EXAMPLES;
use crate::run::concurrency::pull_concurrently;
use crate::run::slice::{PageSeen, SliceEnd, merge};
use crate::run::stream::StreamPull;
use crate::{EngineError, Outcome};

/// Ids in one tombstone.
const IDS_MAX: usize = 10_000;

impl StreamPull<'_> {
    /// Merges the tombstones that a killed run has landed, and gives the ids they are of.
    pub(crate) async fn take_tombstones(&self) -> Result<BTreeSet<String>, EngineError> {
        let puller = &self.puller;
        let mut ids = BTreeSet::new();
        for landed in self.run.checkpoint.take(&puller.stream.name, &gone_id(puller.params)) {
            match puller.raw.read(&landed.name).await {
                Ok(tombstone) => {
                    ids.extend(tombstone.page.gone.iter().cloned());
                    merge(puller.sink, puller.jobs, tombstone).await?;
                }
                Err(error) => puller.session.warn_of_page(&landed.name, &error),
            }
        }
        Ok(ids)
    }

    /// Tells what is gone, after a list and a walk that both came to their end, and takes it away where the pipeline says
    /// so. False where it was stopped, and is left for the next run.
    ///
    /// `taken` are ids that were taken away already, and `listed` gives the list's hash of an id.
    pub(crate) async fn gone(
        &mut self,
        changed: &ChangedIds,
        taken: &BTreeSet<String>,
        is_shown: &(dyn Fn(&str) -> bool + Sync),
        listed: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<bool, EngineError> {
        let session = self.run.session;
        let scopes = session.project.deletion_scopes_by_table(self.puller.stream);
        let scopes: Vec<DeletionScope> = scopes.filter_map(Result::ok).collect();
        let mut known = landed_ids(&session.lake, session.pipeline(), &scopes, self.puller.params)?;
        known.retain(|id| !taken.contains(id));
        let gone: Vec<String> = known.iter().filter(|id| !is_shown(id)).cloned().collect();
        self.report.gone = count(gone.len());
        self.report.gone_examples = gone.iter().take(EXAMPLES).cloned().collect();
        let Gone::Remove { at_most } = self.puller.stream.gone else { return Ok(true) };
        if gone.is_empty() {
            return Ok(true);
        }
        if is_too_much(gone.len(), known.len(), at_most) {
            self.refuse(gone.len(), known.len(), at_most);
            return Ok(true);
        }
        let Some(gone) = self.unanswered_still(changed, &gone, listed).await? else { return Ok(false) };
        for (seq, ids) in (1..).zip(gone.chunks(IDS_MAX)) {
            self.take_away(seq, ids).await?;
        }
        self.report.removed = count(gone.len());
        gone.iter().for_each(|id| drop(self.state.unanswered.remove(id)));
        Ok(true)
    }

    /// Of these ids, those that the source does not answer for; `None` where it could not be asked for all.
    async fn unanswered_still(
        &mut self,
        changed: &ChangedIds,
        ids: &[String],
        listed: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<Option<Vec<String>>, EngineError> {
        let Self { puller, report, progress, .. } = self;
        let puller = &*puller;
        let mut batches = batches(ids, changed.batch).into_iter();
        let next = |_| {
            let slice = batches.next()?;
            Some(async move {
                // A record that tells no id may be any of those that were asked for.
                let mut is_sure = true;
                let mut seen = |look: &PageSeen<'_>| {
                    is_sure &= look.records.iter().all(|record| record.id.is_some());
                    true
                };
                let pulled = puller.pull(&slice, listed, &mut seen).await;
                (pulled, slice, is_sure)
            })
        };
        let mut gone = Vec::new();
        let ended = |(pulled, slice, is_sure): (Result<SliceEnd, EngineError>, Slice, bool)| match pulled? {
            SliceEnd::Through { unanswered, .. } => {
                gone.extend(unanswered.into_iter().filter(|_| is_sure));
                Ok(true)
            }
            stopped @ SliceEnd::Stopped { .. } => Ok(progress.note(report, stopped, &slice)),
        };
        pull_concurrently(puller.extractor, puller.stream, next, ended).await?;
        gone.sort_unstable();
        Ok((!self.progress.is_stopped).then_some(gone))
    }

    /// Lands a tombstone, and merges it.
    async fn take_away(&self, seq: u32, ids: &[String]) -> Result<(), EngineError> {
        let puller = &self.puller;
        let fetched_at = puller.session.dated(puller.session.seams.clock.now());
        let slice_id = gone_id(puller.params);
        let slice = json!({"kind": "gone"});
        let gone = ids.to_vec();
        let page = RawPage { seq, fetched_at, slice_id, slice, gone, ..puller.blank(&Slice::Whole) };
        let at = puller.raw.land(&page).await?;
        let job = Job::of(LandedPage { at, page }, Arc::clone(puller.sink), Arc::clone(puller.params));
        puller.jobs.send(job).await
    }

    fn refuse(&mut self, n_gone: usize, n_known: usize, at_most: f64) {
        let stream = &self.puller.stream.name;
        self.report.outcome = self.report.outcome.max(Outcome::Failed);
        self.report.warnings.push(format!(
            "nothing was removed: {n_gone} of {n_known} records the lake knows would go at once, and `max_gone` allows {} %; \
             if they are gone indeed, run once with --set streams.{stream}.max_gone=100 --set streams.{stream}.full_walk=0s",
            at_most * 100.0,
        ));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of records needs no more digits than a double has")]
fn is_too_much(n_gone: usize, n_known: usize, at_most: f64) -> bool {
    n_gone as f64 > n_known as f64 * at_most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_at_once_is_bounded_by_its_share() {
        for (n_gone, n_known, at_most, expected) in [
            (10, 100, 0.1, false),
            (11, 100, 0.1, true),
            (1, 9, 0.1, true),
            (1, 10, 0.1, false),
            (100, 100, 0.99, true),
            // All of it, where that is allowed.
            (100, 100, 1.0, false),
        ] {
            assert_eq!(is_too_much(n_gone, n_known, at_most), expected, "{n_gone} of {n_known}, {at_most}");
        }
    }
}
