//! What all streams of a run share.

use std::sync::atomic::AtomicU32;

use convolake_extractor::{Extractor, horizon};
use convolake_model::Stream;
use jiff::{SignedDuration, Timestamp};

use crate::EngineError;
use crate::ingest::{JobSender, StreamSinks};
use crate::report::warning::Warning;
use crate::run::bounds::Begin;
use crate::run::checkpoint::{Checkpoint, warn_unreadable};
use crate::run::land::merge;
use crate::run::source_clock::SourceClock;
use crate::session::Session;
use crate::state::goal::Goal;
use crate::state::streams::State;

/// A clock that is ahead by less may be right: an answer's `Date` has whole seconds.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(30);

/// What all streams of a run share.
pub(crate) struct RunContext<'a> {
    pub(crate) session: &'a Session,
    pub(crate) goal: Goal,
    /// What the streams of this goal begin with.
    pub(crate) state: &'a State,
    pub(crate) extractor: &'a Extractor,
    pub(crate) jobs: JobSender,
    pub(crate) checkpoint: &'a Checkpoint,
    pub(crate) sinks: &'a StreamSinks,
    /// Numbers the run's failed answers.
    pub(crate) failures: AtomicU32,
    pub(crate) source_clock: SourceClock,
    /// The instant the run looks back from.
    pub(crate) now: Timestamp,
    pub(crate) begin: Begin,
}

impl RunContext<'_> {
    /// The instant up to which a stream is asked. Bounds of windows stay behind the source's clock: it may refuse one that
    /// lies ahead of it.
    pub(crate) fn horizon(&self, stream: &Stream) -> Timestamp {
        let Some(windows) = &stream.windows else { return self.now };
        let lag = SignedDuration::from_secs(windows.lag.as_seconds());
        self.now.min(horizon(self.session.started_at, lag, self.extractor.source_offset()))
    }

    /// The warning of a clock that is far ahead of the source's.
    pub(crate) fn clock_warning(&self) -> Option<Warning> {
        let began = self.session.started_at;
        let ahead = self.source_clock.source_time().map(|theirs| began.duration_since(theirs))?;
        (ahead > CLOCK_SLACK).then(|| Warning::ClockAhead { seconds: ahead.as_secs() })
    }

    /// Merges what earlier runs have landed and no slice of this one has claimed: of windows that were cut into others, of
    /// batches of ids, and of streams that this run was not asked for.
    pub(crate) async fn merge_unclaimed(&self) -> Result<(), EngineError> {
        for landed in self.checkpoint.claim_rest().into_iter().filter(|landed| !landed.is_merged) {
            let Some(stream) = self.session.project.pipeline.streams.get(&landed.name.stream) else {
                continue;
            };
            match self.session.raw.read(&landed.name).await {
                Ok(page) => {
                    let sink = self.sinks.of(&self.session.project, stream, &page.page.params)?;
                    merge(&sink, &self.jobs, page).await?;
                }
                Err(error) => warn_unreadable(&*self.session.seams.observer, &landed.name, &error),
            }
        }
        Ok(())
    }
}
