//! A batch of ids that fails as a whole is asked for in halves, down to the ids that fail alone; one of which few ids were
//! answered is followed by one of the others.
//!
//! A bad id costs at most two requests for each time its batch can be halved, beside those that are made again; these are few for
//! parts of what was asked for as often as it may be, but for an id by itself. Where it may as well be the source that is at
//! fault, an id that the lake has, and that nothing is wrong with, is asked for: if it comes, the source is well.

use convolake_extractor::{BatchBlame, ExtractError, Slice};

use crate::EngineError;
use crate::report::stream_outcome::SliceEnd;
use crate::run::slice::{HashOf, OnPage, Patience, SlicePull};

#[cfg(test)]
mod tests;

impl SlicePull<'_> {
    /// Pulls a slice of ids, in halves where it fails as a whole; gives the parts that it came in and how each ended.
    pub(crate) async fn pull_in_halves(
        &self,
        slice: Slice,
        hash_of: &HashOf<'_>,
        on_page: &mut OnPage<'_>,
        witness: Option<&Slice>,
    ) -> Result<Vec<(Slice, SliceEnd)>, EngineError> {
        let mut halving = Halving::default();
        let mut witness = witness;
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
            let patience = |part: &Slice| match (&whole.error, part.halves()) {
                (ExtractError::Unavailable { .. }, Some(_)) => Patience::OfPart,
                _ => Patience::Usual,
            };
            let first_end = self.pull_with(patience(&first), &first, hash_of, on_page).await?;
            if is_blameless(&first_end) {
                // It is not about the ids, and asking on would only meet the same fault.
                halving.add(first, first_end);
                break;
            }
            let second_end = self.pull_with(patience(&second), &second, hash_of, on_page).await?;
            let halves = [(first, first_end), (second, second_end)];
            if !halving.is_source_well
                && are_alike(&halves)
                && let Some(witness) = witness.take()
            {
                halving.is_source_well = self.comes(witness, hash_of).await?;
            }
            halving.add_halves(whole, halves);
        }
        let stream_gave = self.sink.tally.counts().pages > 0;
        if !stream_gave
            && halving.is_in_doubt()
            && let Some(witness) = witness.take()
        {
            halving.is_source_well = self.comes(witness, hash_of).await?;
        }
        let stream_gave = stream_gave || halving.is_source_well;
        Ok(halving.judged(stream_gave))
    }

    /// True where the source gives all records of a slice.
    async fn comes(&self, witness: &Slice, hash_of: &HashOf<'_>) -> Result<bool, EngineError> {
        let end = self.pull_with(Patience::OfPart, witness, hash_of, &mut |_| true).await?;
        Ok(matches!(end, SliceEnd::Through { unanswered, .. } if unanswered.is_empty()))
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
    /// True once the batch was cut.
    is_cut: bool,
    /// True where the source has just given a record that nothing is wrong with.
    is_source_well: bool,
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
                self.failed.push(Failed { slice, error, is_begun });
            }
            end => {
                if is_blameless(&end) {
                    self.failed.clear();
                }
                self.is_source_well |= matches!(end, SliceEnd::Through { .. });
                self.ended.push((slice, end));
            }
        }
    }

    /// Adds how the halves of a part ended. Where two single ids both fail in a way that may as well be the source's as a whole,
    /// and nothing came so far, the part has stopped, and nothing else is asked for.
    fn add_halves(&mut self, whole: Failed, halves: [(Slice, SliceEnd); 2]) {
        let are_single = halves.iter().all(|(slice, _)| slice.halves().is_none());
        if !self.is_source_well && are_single && are_alike(&halves) {
            self.failed.clear();
            let Failed { slice, error, is_begun } = whole;
            self.ended.push((slice, SliceEnd::Stopped { error, is_begun }));
            return;
        }
        halves.into_iter().for_each(|(slice, end)| self.add(slice, end));
    }

    /// True where a part that failed may have failed for the source as a whole.
    fn is_in_doubt(&self) -> bool {
        let gave = self.ended.iter().any(|(_, end)| matches!(end, SliceEnd::Through { .. }));
        !gave && self.ended.iter().any(|(_, end)| blame(end).is_some())
    }

    /// The parts, each id that failed alone by the verdict on it.
    fn judged(self, stream_gave: bool) -> Vec<(Slice, SliceEnd)> {
        let batch_gave = self.ended.iter().any(|(_, end)| matches!(end, SliceEnd::Through { .. }));
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

/// True where both halves failed in a way that may as well be the source's as a whole.
fn are_alike(halves: &[(Slice, SliceEnd); 2]) -> bool {
    halves.iter().all(|(_, end)| blame(end) == Some(BatchBlame::Possible))
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
