//! Ids that a batch leaves out: some sources answer for a part only of what they are asked for at once.

use convolake_extractor::Slice;
use convolake_model::{ChangedIds, IdForm};

use crate::EngineError;
use crate::report::stream_outcome::SliceEnd;
use crate::report::warning::Warning;
use crate::run::slice::HashOf;
use crate::run::stream::StreamPull;

/// So many ids in a row that are not answered by themselves either are simply not there, and neither are the others.
const IN_VAIN_MAX: usize = 3;
/// Examples of ids in a warning.
const EXAMPLES_MAX: usize = 10;

impl StreamPull<'_> {
    /// Asks by themselves for ids that were left out of the answer to their batch, for as long as that brings some. Those that
    /// stay without an answer count as unanswered.
    pub(crate) async fn ask_one_by_one(
        &mut self,
        left_out: Vec<String>,
        hash_of: &HashOf<'_>,
    ) -> Result<(), EngineError> {
        let mut n_in_vain = 0;
        for id in left_out {
            if n_in_vain == IN_VAIN_MAX || !self.outcome.is_through() {
                self.outcome.unanswered.push(id);
                continue;
            }
            let slice = Slice::Ids(vec![id.clone()]);
            let end = self.slices.pull(&slice, hash_of, &mut |_| true).await?;
            match &end {
                SliceEnd::Through { unanswered, .. } if unanswered.is_empty() => n_in_vain = 0,
                SliceEnd::Stopped { error, .. } if error.is_about_the_batch() => {
                    // It was no fault of its batch, which came through.
                    self.outcome.unanswered.push(id);
                    n_in_vain += 1;
                    continue;
                }
                SliceEnd::Stopped { .. } => self.outcome.unanswered.push(id),
                SliceEnd::Through { .. } | SliceEnd::Rejected { .. } | SliceEnd::Doubted { .. } => {
                    n_in_vain += 1;
                }
            }
            self.outcome.end_slice(&slice, end);
        }
        Ok(())
    }

    /// Warns where records have come, and none of the ids that were asked for is answered.
    pub(crate) fn warn_of_other_ids(&mut self, ids: &[String], changed: &ChangedIds, n_records: u64) {
        if n_records > 0 && ids.iter().all(|id| self.outcome.unanswered.contains(id)) {
            let param = changed.param.clone();
            self.outcome.warnings.push(Warning::NoneOfTheIds { n_records, param });
        }
    }

    /// Warns of ids that the source was asked for by themselves, as it would read them as several, and did not answer.
    pub(crate) fn warn_of_split_ids(&mut self, would_split: Vec<String>) {
        let IdForm::Joined(separator) = &self.stream.answers.ids else { return };
        let outcome = &self.outcome;
        let is_short = |id: &String| outcome.unanswered.contains(id) || outcome.rejected.contains(id);
        let short: Vec<String> = would_split.into_iter().filter(is_short).collect();
        if !short.is_empty() {
            let examples = short.iter().take(EXAMPLES_MAX).cloned().collect();
            let separator = separator.clone();
            self.outcome.warnings.push(Warning::IdsWouldSplit { n_ids: short.len(), examples, separator });
        }
    }
}
