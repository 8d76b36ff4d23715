//! A batch of ids that fails as a whole is asked for in halves, down to the ids that fail alone; one of which few ids were
//! answered is followed by one of the others.
//!
//! A bad id costs at most two requests for each time its batch can be halved, beside those that are made again. Where the
//! source as a whole may be at fault, halves are made until a part comes; where none has come by the time that a few single
//! ids have failed, nothing else is asked for.

use convolake_extractor::{BatchBlame, ExtractError, Slice};

use crate::EngineError;
use crate::report::stream_outcome::SliceEnd;
use crate::run::slice::{HashOf, OnPage, SlicePull};

#[cfg(test)]
mod tests;

/// So many ids of a batch that fail alone, and none that comes, are the source's fault as a whole.
const FAILED_ALONE_MAX: usize = 4;

impl SlicePull<'_> {
    /// Pulls a slice of ids, in halves where it fails as a whole; gives the parts that it came in and how each ended.
    pub(crate) async fn pull_in_halves(
        &self,
        slice: Slice,
        hash_of: &HashOf<'_>,
        on_page: &mut OnPage<'_>,
    ) -> Result<Vec<(Slice, SliceEnd)>, EngineError> {
        let mut halving = Halving::default();
        let mut left = Some(slice);
        while let Some(slice) = left.take() {
            let end = self.pull(&slice, hash_of, on_page).await?;
            match few_answered(&slice, &end) {
                // A source that takes few ids at once gives no sign of it: the others are asked for anew.
                Some((answered, unanswered)) => {
                    halving.add(answered, SliceEnd::Through { unanswered: Vec::new(), odd_end: None });
                    left = Some(unanswered);
                }
                None => halving.add(slice, end),
            }
        }
        while let Some((whole, [first, second])) = halving.next() {
            let first_end = self.pull(&first, hash_of, on_page).await?;
            if is_blameless(&first_end) {
                // It is not about the ids, and asking on would only meet the same fault.
                halving.add(first, first_end);
                break;
            }
            let second_end = self.pull(&second, hash_of, on_page).await?;
            halving.add_halves(whole, [(first, first_end), (second, second_end)]);
        }
        let stream_gave = self.sink.tally.counts().pages > 0;
        Ok(halving.judged(stream_gave))
    }
}

/// A slice that failed for what may be one of its ids.
#[derive(Debug)]
struct Failed {
    slice: Slice,
    error: ExtractError,
    is_begun: bool,
}

/// The parts of a batch.
#[derive(Debug, Default)]
struct Halving {
    ended: Vec<(Slice, SliceEnd)>,
    /// Parts that are still to be asked for in halves.
    failed: Vec<Failed>,
    /// The batch as it was first asked for, where it failed, and whether it had begun.
    whole: Option<(Slice, bool)>,
    /// True once the batch was cut.
    is_cut: bool,
}

impl Halving {
    /// The next part to ask for in halves, and these.
    fn next(&mut self) -> Option<(Failed, [Slice; 2])> {
        let failed = self.failed.pop()?;
        let halves = failed.slice.halves()?;
        self.is_cut = true;
        Some((failed, halves))
    }

    /// Adds how a part ended.
    fn add(&mut self, slice: Slice, end: SliceEnd) {
        match end {
            SliceEnd::Stopped { error, is_begun }
                if error.is_about_the_batch() && slice.halves().is_some() =>
            {
                self.whole.get_or_insert_with(|| (slice.clone(), is_begun));
                self.failed.push(Failed { slice, error, is_begun });
            }
            end => {
                if is_blameless(&end) {
                    self.failed.clear();
                }
                self.ended.push((slice, end));
            }
        }
    }

    /// Adds how the halves of a part ended. Where several single ids have failed in a way that may as well be the source's as
    /// a whole, and no part of the batch has come, the batch has stopped, and nothing else is asked for.
    fn add_halves(&mut self, part: Failed, halves: [(Slice, SliceEnd); 2]) {
        halves.into_iter().for_each(|(slice, end)| self.add(slice, end));
        let failed_alone = self
            .ended
            .iter()
            .filter(|(slice, end)| slice.halves().is_none() && blame(end) == Some(BatchBlame::Possible));
        if failed_alone.count() >= FAILED_ALONE_MAX && !self.has_given() {
            self.failed.clear();
            self.ended.clear();
            let Failed { slice, error, is_begun } = part;
            let (slice, is_begun) = self.whole.take().unwrap_or((slice, is_begun));
            self.ended.push((slice, SliceEnd::Stopped { error, is_begun }));
        }
    }

    /// True once a part of the batch came through.
    fn has_given(&self) -> bool {
        self.ended.iter().any(|(_, end)| matches!(end, SliceEnd::Through { .. }))
    }

    /// The parts, each id that failed alone by the verdict on it.
    fn judged(self, stream_gave: bool) -> Vec<(Slice, SliceEnd)> {
        let batch_gave = self.has_given();
        let evidence = Evidence { batch_gave, stream_gave, is_lone: !self.is_cut };
        let judged = |(slice, end): (Slice, SliceEnd)| {
            let is_one = slice.is_by_id() && slice.halves().is_none();
            let end = match (end, is_one) {
                (SliceEnd::Stopped { error, is_begun }, true) => {
                    match error.batch_blame().map(|blame| verdict(blame, evidence)) {
                        Some(Verdict::Rejected) => SliceEnd::Rejected { error },
                        Some(Verdict::Doubted) => SliceEnd::Doubted { error },
                        Some(Verdict::Stopped) | None => SliceEnd::Stopped { error, is_begun },
                    }
                }
                (end, _) => end,
            };
            (slice, end)
        };
        self.ended.into_iter().map(judged).collect()
    }
}

/// What speaks for a source that is well, beside an id that failed alone.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    /// Another part of its batch came through.
    batch_gave: bool,
    /// The stream gave a page in this run.
    stream_gave: bool,
    /// Its batch was of this one id.
    is_lone: bool,
}

/// What an id that failed alone counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is the id: it is not asked for again under the same hash.
    Rejected,
    /// It may be the id: it is asked for again within the lookback.
    Doubted,
    /// It may be the source as a whole.
    Stopped,
}

fn verdict(blame: BatchBlame, evidence: Evidence) -> Verdict {
    let Evidence { batch_gave, stream_gave, is_lone } = evidence;
    match blame {
        _ if batch_gave => Verdict::Rejected,
        BatchBlame::Likely if stream_gave => Verdict::Rejected,
        BatchBlame::Likely if is_lone => Verdict::Doubted,
        BatchBlame::Possible if stream_gave => Verdict::Doubted,
        BatchBlame::Likely | BatchBlame::Possible => Verdict::Stopped,
    }
}

/// The ids of a batch that were answered, and those that were not, where the latter are more.
fn few_answered(slice: &Slice, end: &SliceEnd) -> Option<(Slice, Slice)> {
    let (Slice::Ids(ids), SliceEnd::Through { unanswered, .. }) = (slice, end) else { return None };
    let answered: Vec<String> = ids.iter().filter(|id| !unanswered.contains(id)).cloned().collect();
    let is_few = !answered.is_empty() && answered.len() < unanswered.len();
    is_few.then(|| (Slice::Ids(answered), Slice::Ids(unanswered.clone())))
}

fn blame(end: &SliceEnd) -> Option<BatchBlame> {
    match end {
        SliceEnd::Stopped { error, .. } => error.batch_blame(),
        SliceEnd::Through { .. } | SliceEnd::Rejected { .. } | SliceEnd::Doubted { .. } => None,
    }
}

/// True where a part stopped for what no id is at fault for.
fn is_blameless(end: &SliceEnd) -> bool {
    matches!(end, SliceEnd::Stopped { error, .. } if error.batch_blame().is_none())
}
