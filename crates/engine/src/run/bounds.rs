//! The bounds of a run in time: which are refused, since they ask for nothing or would leave a stretch out.

use convolake_loader::{Lake, Location};
use convolake_model::{ConfigError, Span};
use jiff::Timestamp;

use crate::blocking::blocking;
use crate::report::warning::Warning;
use crate::run::group::StreamGroup;
use crate::state::streams::State;
use crate::{EngineError, Project};

#[cfg(test)]
mod tests;

/// The bounds of a run, before anything is known of the lake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// The pipeline's `begin`.
    pub(crate) begin: Timestamp,
    /// By this machine's clock.
    pub(crate) now: Timestamp,
}

/// Where streams begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begin {
    /// The pipeline's `begin`.
    pub(crate) of_pipeline: Timestamp,
    /// What was given in its place, for streams without a watermark.
    pub(crate) from: Option<Timestamp>,
}

impl Begin {
    /// Where a stream with this watermark begins, should everything be walked.
    pub(crate) fn of(self, watermark: Option<Timestamp>) -> Timestamp {
        match (watermark, self.from) {
            (None, Some(from)) => from,
            _ => self.of_pipeline,
        }
    }

    /// The warning of a beginning that a stream with a watermark does not go back to.
    pub(crate) fn warning(self, watermark: Option<Timestamp>, lookback: Span) -> Option<Warning> {
        let (from, watermark) = self.from.zip(watermark)?;
        let looked_back = watermark.checked_sub(lookback.as_duration()).unwrap_or(Timestamp::MIN);
        (from < looked_back).then_some(Warning::FromBeforeWatermark { from, watermark })
    }
}

/// What a run is refused for. A watermark says that everything before it is there: it is never moved over a stretch that
/// was not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal<'a> {
    /// `--from` is not before `--until`.
    NoTime { from: Timestamp, until: Timestamp },
    /// `--from` is not before now.
    FromInFuture { from: Timestamp, now: Timestamp },
    /// `--from` is after a watermark: what lies between would be left out.
    LeavesOut { from: Timestamp, stream: &'a str, watermark: Timestamp },
    /// `--until` is before a watermark.
    IsThere { until: Timestamp, stream: &'a str, watermark: Timestamp },
    /// A stream without a watermark would begin after now.
    BeginInFuture { begin: Timestamp, stream: &'a str, now: Timestamp },
    /// `--until` is not after where a stream without a watermark begins.
    BeforeBegin { until: Timestamp, stream: &'a str, begin: Timestamp },
}

impl Bounds {
    /// Why a run of these streams, each with its watermark, is refused.
    pub(crate) fn refusal<'a>(
        self,
        streams: impl IntoIterator<Item = (&'a str, Option<Timestamp>)>,
    ) -> Option<Refusal<'a>> {
        let Self { from, until, now, .. } = self;
        match (from, until) {
            (Some(from), Some(until)) if from >= until => return Some(Refusal::NoTime { from, until }),
            (Some(from), _) if from >= now => return Some(Refusal::FromInFuture { from, now }),
            _ => {}
        }
        streams.into_iter().find_map(|(stream, watermark)| self.refusal_of(stream, watermark))
    }

    fn refusal_of(self, stream: &str, watermark: Option<Timestamp>) -> Option<Refusal<'_>> {
        let Self { from, until, now, .. } = self;
        let begin = from.unwrap_or(self.begin);
        match (watermark, from, until) {
            (Some(watermark), Some(from), _) if from > watermark => {
                Some(Refusal::LeavesOut { from, stream, watermark })
            }
            (Some(watermark), _, Some(until)) if until < watermark => {
                Some(Refusal::IsThere { until, stream, watermark })
            }
            (Some(_), ..) => None,
            (None, ..) if begin >= now => Some(Refusal::BeginInFuture { begin, stream, now }),
            (None, _, Some(until)) if until <= begin => Some(Refusal::BeforeBegin { until, stream, begin }),
            (None, ..) => None,
        }
    }

    /// Refuses a run of these groups of streams, where the state of the lake or the bounds themselves are a reason to.
    pub(crate) fn check(
        self,
        groups: &[StreamGroup<'_>],
        state: &State,
        project: &Project,
        backfill: &BackfillCommand<'_>,
    ) -> Result<(), ConfigError> {
        let streams = groups.iter().flat_map(|group| {
            group.streams.iter().map(|stream| {
                let known = state.get(&stream.name, &group.params);
                (stream.name.as_str(), known.and_then(|known| known.watermark))
            })
        });
        self.refusal(streams).map_or(Ok(()), |refusal| Err(self.error(refusal, &project.file, backfill)))
    }

    fn error(self, refusal: Refusal<'_>, file: &str, backfill: &BackfillCommand<'_>) -> ConfigError {
        let at_begin = if self.from.is_some() { "--from" } else { file };
        let what = if self.from.is_some() { "--from" } else { "`begin`" };
        let (at, message, hint) = match refusal {
            Refusal::NoTime { from, until } => (
                "--from, --until",
                format!("there is no time between {from} and {until}"),
                "--from is before --until; --until itself is left out".to_owned(),
            ),
            Refusal::FromInFuture { from, now } => (
                "--from",
                format!("{from} is not in the past: now is {now}"),
                "a run ends now: give an earlier --from, or leave it out".to_owned(),
            ),
            Refusal::LeavesOut { from, stream, watermark } => (
                "--from",
                format!(
                    "{from} is past the watermark of the stream {stream}, {watermark}: what lies between would be left out for good"
                ),
                format!(
                    "leave --from out, and the run goes on from the watermark; for this stretch alone: `{}`, with the same --set",
                    backfill.line(stream, from, self.until.unwrap_or(self.now))
                ),
            ),
            Refusal::IsThere { until, stream, watermark } => (
                "--until",
                format!(
                    "{until} is before the watermark of the stream {stream}, {watermark}: all of it was pulled"
                ),
                format!(
                    "leave --until out; to pull a stretch again: `{}`, with the same --set",
                    backfill.line(stream, self.from.unwrap_or(self.begin), until)
                ),
            ),
            Refusal::BeginInFuture { begin, stream, now } => (
                at_begin,
                format!(
                    "the stream {stream} has no watermark and would begin at {begin}, which is not in the past: now is {now}"
                ),
                "give an earlier `begin`, or --from".to_owned(),
            ),
            Refusal::BeforeBegin { until, stream, begin } => (
                "--until",
                format!("{until} is not after {begin}, where the stream {stream} begins by {what}"),
                "give a later --until, or an earlier --from".to_owned(),
            ),
        };
        ConfigError::new(at, 0, message).with_hint(Some(hint))
    }

    /// [`Bounds::check`] against the lake as it is. Nothing is written; a lake that is asked for nothing unusual is not read.
    pub(crate) async fn check_lake(
        self,
        groups: &[StreamGroup<'_>],
        project: &Project,
        backfill: &BackfillCommand<'_>,
    ) -> Result<(), EngineError> {
        self.check(&[], &State::default(), project, backfill)?;
        if self.from.is_none() && self.until.is_none() && self.begin < self.now {
            return Ok(());
        }
        let (to, pipeline) = (backfill.to.to_owned(), project.pipeline.name.clone());
        let head = blocking(move || match Lake::find(&Location::parse(&to)?)? {
            Some(lake) => Ok(lake.head(&pipeline)?),
            None => Ok(None),
        })
        .await?;
        let state = head.as_ref().map(State::read).transpose()?.unwrap_or_default();
        Ok(self.check(groups, &state, project, backfill)?)
    }
}

/// How a stretch of time is pulled whatever the watermark says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackfillCommand<'a> {
    /// The pipeline, as it was given.
    pub(crate) pipeline: &'a str,
    /// The lake, as it was given.
    pub(crate) to: &'a str,
}

impl BackfillCommand<'_> {
    fn line(&self, stream: &str, from: Timestamp, until: Timestamp) -> String {
        let Self { pipeline, to } = self;
        format!("convolake backfill {pipeline} --to {to} --stream {stream} --from {from} --until {until}")
    }
}
