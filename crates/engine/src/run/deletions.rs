//! What is gone at the source is told of, and where the pipeline says so its rows are removed: by a tombstone in the raw
//! zone, so that a replay does the same.
//!
//! Gone is what the lake knows and neither a list nor a walk of all records shows, both made to their end. Pages shift
//! while they are walked, so before anything is removed each id is asked for by itself, and stays where there is an
//! answer. And nothing is removed where more would go at once than the pipeline allows: then it is the source that
//! is suspected, and not the records.

use std::collections::BTreeSet;
use std::sync::Arc;

use convolake_extractor::{BatchLimits, ExtractError, Slice, batches_within, gone_id};
use convolake_loader::{LandedPage, RawPage};
use convolake_model::{ChangedIds, Gone};
use serde_json::json;

use crate::blocking::blocking;
use crate::ingest::Job;
use crate::project::deletion_scope::DeletionScope;
use crate::reads::landed_ids::landed_ids;
use crate::report::stream_outcome::{Deletions, SliceEnd};
use crate::report::warning::Warning;
use crate::run::checkpoint::warn_unreadable;
use crate::run::concurrency::pull_concurrently;
use crate::run::land::merge;
use crate::run::slice::{HashOf, PageSummary};
use crate::run::stream::StreamPull;
use crate::{EngineError, Outcome};

/// Ids in one tombstone.
const IDS_MAX: usize = 10_000;
/// Examples of ids in a report.
const EXAMPLES_MAX: usize = 10;

/// What becomes of the rows of records that are gone.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Removal {
    /// They stay.
    Keep,
    /// More would go than the pipeline allows (a share, 0 to 1), and none goes.
    Refuse { at_most: f64 },
    /// They go, once the source has been asked for each.
    Confirm,
}

impl StreamPull<'_> {
    /// Merges the tombstones that a killed run has landed, and gives the ids they are of.
    pub(crate) async fn merge_tombstones(&self) -> Result<BTreeSet<String>, EngineError> {
        let session = self.run.session;
        let mut ids = BTreeSet::new();
        for landed in self.run.checkpoint.claim(&self.stream.name, &gone_id(self.params)) {
            match session.raw.read(&landed.name).await {
                Ok(tombstone) => {
                    ids.extend(tombstone.page.gone.iter().cloned());
                    merge(self.slices.sink, &self.run.jobs, tombstone).await?;
                }
                Err(error) => warn_unreadable(&*session.seams.observer, &landed.name, &error),
            }
        }
        Ok(ids)
    }

    /// Finds what is gone, after a list and a walk that both came to their end, and removes it where the pipeline says so.
    ///
    /// `removed` are ids that were removed already.
    pub(crate) async fn find_deletions(
        &mut self,
        changed: &ChangedIds,
        removed: &BTreeSet<String>,
        is_shown: &(dyn Fn(&str) -> bool + Sync),
        hash_of: &HashOf<'_>,
    ) -> Result<(), EngineError> {
        let mut known = self.landed_ids().await?;
        known.retain(|id| !removed.contains(id));
        let gone: Vec<String> = known.iter().filter(|id| !is_shown(id)).cloned().collect();
        let examples = gone.iter().take(EXAMPLES_MAX).cloned().collect();
        let (n_gone, n_known) = (gone.len(), known.len());
        self.outcome.deletions = Deletions { n_gone, examples, removed: Vec::new() };
        match removal(self.stream.gone, n_gone, n_known) {
            Removal::Keep => {}
            Removal::Refuse { at_most } => {
                let stream = self.stream.name.clone();
                self.outcome.fault.outcome = self.outcome.fault.outcome.max(Outcome::Failed);
                self.outcome.warnings.push(Warning::RemovalRefused { stream, n_gone, n_known, at_most });
            }
            Removal::Confirm => {
                let gone = self.unanswered_still(changed, &gone, hash_of).await?;
                // Where the source could not be asked for all, the next run removes them.
                if self.outcome.is_through() {
                    for (seq, ids) in (1..).zip(gone.chunks(IDS_MAX)) {
                        self.land_tombstone(seq, ids).await?;
                    }
                    self.outcome.deletions.removed = gone;
                }
            }
        }
        Ok(())
    }

    /// Ids of records whose rows landed pages gave.
    async fn landed_ids(&self) -> Result<BTreeSet<String>, EngineError> {
        let session = self.run.session;
        let rows = session.project.deletion_scopes_by_table(self.stream);
        let rows: Vec<DeletionScope> = rows.filter_map(Result::ok).collect();
        let (lake, pipeline) = (session.lake.clone(), session.pipeline().to_owned());
        let params = Arc::clone(self.params);
        blocking(move || Ok(landed_ids(&lake, &pipeline, &rows, &params)?)).await
    }

    /// Of these ids, those that the source does not answer for, sorted.
    async fn unanswered_still(
        &mut self,
        changed: &ChangedIds,
        ids: &[String],
        hash_of: &HashOf<'_>,
    ) -> Result<Vec<String>, EngineError> {
        let Self { slices, outcome, stream, .. } = self;
        let slices = &*slices;
        let limits = BatchLimits::of_stream(stream, changed.batch, &changed.param);
        // Of an id that the source would read as several no answer tells anything.
        let askable: Vec<String> = ids.iter().filter(|id| !limits.form.would_split(id)).cloned().collect();
        let mut batches = batches_within(&askable, &limits).slices.into_iter();
        let next = |_| {
            let slice = batches.next()?;
            Some(async move {
                // A record that tells no id may be any of those that were asked for.
                let mut is_sure = true;
                let mut on_page = |page: &PageSummary<'_>| {
                    is_sure &= page.records.iter().all(|record| record.id.is_some());
                    true
                };
                let parts = slices.pull_in_halves(slice, hash_of, &mut on_page).await;
                (parts, is_sure)
            })
        };
        let mut gone = Vec::new();
        let ended = |(parts, is_sure): (Result<Vec<(Slice, SliceEnd)>, EngineError>, bool)| {
            let mut goes_on = true;
            for (slice, end) in parts? {
                match (end, slice) {
                    (SliceEnd::Through { unanswered, .. }, _) => {
                        gone.extend(unanswered.into_iter().filter(|_| is_sure));
                    }
                    (SliceEnd::Rejected { error }, Slice::Ids(ids)) if is_of_no_record(&error) => {
                        gone.extend(ids)
                    }
                    // It may be there.
                    (SliceEnd::Rejected { .. } | SliceEnd::Doubted { .. }, _) => {}
                    (stopped @ SliceEnd::Stopped { .. }, slice) => {
                        goes_on &= outcome.end_slice(&slice, stopped)
                    }
                }
            }
            Ok(goes_on)
        };
        pull_concurrently(slices.run.extractor, stream, next, ended).await?;
        gone.sort_unstable();
        Ok(gone)
    }

    /// Lands a tombstone, and merges it.
    async fn land_tombstone(&self, seq: u32, ids: &[String]) -> Result<(), EngineError> {
        let session = self.run.session;
        let fetched_at = session.dated(session.seams.clock.now());
        let slice_id = gone_id(self.params);
        let slice = json!({"kind": "gone"});
        let gone = ids.to_vec();
        let page = RawPage { seq, fetched_at, slice_id, slice, gone, ..self.slices.blank(&Slice::Whole) };
        let at = session.raw.land(&page).await?;
        let job = Job::of(LandedPage { at, page }, Arc::clone(self.slices.sink), Arc::clone(self.params));
        self.run.jobs.send(job).await
    }
}

/// True where a source says so of an id that there is nothing under it.
fn is_of_no_record(error: &ExtractError) -> bool {
    error.status().is_some_and(|status| matches!(status.as_u16(), 404 | 410))
}

#[expect(clippy::cast_precision_loss, reason = "a share of records needs no more digits than a double has")]
fn removal(rule: Gone, n_gone: usize, n_known: usize) -> Removal {
    match rule {
        _ if n_gone == 0 => Removal::Keep,
        Gone::Keep => Removal::Keep,
        Gone::Remove { at_most } if n_gone as f64 > n_known as f64 * at_most => Removal::Refuse { at_most },
        Gone::Remove { .. } => Removal::Confirm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_at_once_is_bounded_by_its_share() {
        let remove = |at_most| Gone::Remove { at_most };
        for (rule, n_gone, n_known, expected) in [
            (Gone::Keep, 10, 100, Removal::Keep),
            (remove(0.1), 0, 100, Removal::Keep),
            (remove(0.1), 0, 0, Removal::Keep),
            (remove(0.1), 10, 100, Removal::Confirm),
            (remove(0.1), 11, 100, Removal::Refuse { at_most: 0.1 }),
            (remove(0.1), 1, 9, Removal::Refuse { at_most: 0.1 }),
            (remove(0.1), 1, 10, Removal::Confirm),
            (remove(0.99), 100, 100, Removal::Refuse { at_most: 0.99 }),
            // All of it, where that is allowed.
            (remove(1.0), 100, 100, Removal::Confirm),
        ] {
            assert_eq!(removal(rule, n_gone, n_known), expected, "{n_gone} of {n_known}, {rule:?}");
        }
    }
}
