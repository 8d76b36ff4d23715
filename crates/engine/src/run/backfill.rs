//! `backfill`: a stretch of time once more, beside the incremental watermark, which it never moves.
//!
//! A backfill pulls as a run does, on a state of its own: no watermark, and of unfinished work only what an earlier
//! backfill of the same stretch has left. What it leaves itself goes back into the lake's state under that stretch.

use convolake_extractor::{Budget, Window};
use convolake_model::{ConfigError, Override, ParamSet, Stream};
use jiff::Timestamp;

use crate::run::execute::pull;
use crate::run::goal::Goal;
use crate::run::resume::LeftByOthers;
use crate::state::streams::{Backfill, State, StreamState, Unfinished};
use crate::{EngineError, Project, RunReport, RunRequest, Seams};

/// What to pull once more.
#[derive(Debug, Clone)]
pub struct BackfillRequest {
    /// A built-in pipeline or the path of one.
    pub pipeline: String,
    /// Fields of the pipeline set over its file.
    pub overrides: Vec<Override>,
    /// Where the lake is.
    pub to: String,
    /// The streams to pull; all where empty. A list that one of them takes its ids from is pulled as well.
    pub streams: Vec<String>,
    /// The first instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub until: Timestamp,
    /// What the backfill may spend; what is left undone is taken up by the next one of the same stretch.
    pub budget: Budget,
    /// The memory rows may take before they are spilled.
    pub memory_bytes: u64,
    /// It is an error that something is short of what the source declares.
    pub strict: bool,
    /// Go on although the lake's streams were pulled from another origin.
    pub allow_new_origin: bool,
}

/// Pulls a stretch of time and merges it into the lake. Where the API knows no windows, the records a list shows for
/// that time are asked for by id.
///
/// # Errors
/// Why the backfill could not begin or commit. A stream that fails is no error: the report says so.
pub async fn backfill(request: BackfillRequest, seams: Seams) -> Result<RunReport, EngineError> {
    let now = seams.clock.now();
    let range = Window { from: request.from, until: request.until.min(now) };
    if range.from >= range.until {
        let message = format!("there is no time between {} and {}", request.from, request.until.min(now));
        return Err(ConfigError::new("--from, --until", 0, message)
            .with_hint(Some("--from is before --until, and in the past; --until itself is left out".into()))
            .into());
    }
    let project = Project::load(&request.pipeline, &request.overrides)?;
    let streams = with_lists(&project.chosen(&request.streams)?);
    let request = RunRequest {
        pipeline: request.pipeline,
        overrides: request.overrides,
        to: request.to,
        streams,
        from: Some(range.from),
        until: Some(range.until),
        budget: request.budget,
        memory_bytes: request.memory_bytes,
        strict: request.strict,
        allow_new_origin: request.allow_new_origin,
    };
    pull(request, Goal::Backfill(range), seams).await
}

/// The streams, and the lists they take their ids from.
fn with_lists(chosen: &[&Stream]) -> Vec<String> {
    let lists =
        chosen.iter().filter_map(|stream| stream.changed.as_ref()).map(|changed| changed.list.clone());
    let mut names: Vec<String> = lists.chain(chosen.iter().map(|stream| stream.name.clone())).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl State {
    /// What a backfill of this stretch begins with.
    pub(crate) fn for_backfill(&self, range: Window) -> Self {
        let mut state = Self { streams: std::collections::BTreeMap::new(), ..self.clone() };
        for stream in self.streams.values() {
            state.set(StreamState {
                watermark: None,
                last_full_walk: None,
                was_first_walk: false,
                unanswered: std::collections::BTreeMap::new(),
                unfinished: None,
                again: None,
                ..stream.clone()
            });
        }
        for backfill in self.backfills.iter().filter(|backfill| backfill.is_of(range)) {
            let mut stream = state.get_or_new(&backfill.stream, &backfill.params);
            stream.unfinished = Some(backfill.unfinished.clone());
            state.set(stream);
        }
        state
    }

    /// Takes over what a backfill of this stretch ended with for one stream; its watermark stays as it was.
    pub(crate) fn take_backfilled(&mut self, range: Window, ended: StreamState) {
        let mut stream = self.get_or_new(&ended.stream, &ended.params);
        stream.origin = ended.origin.or(stream.origin);
        self.set(stream);
        self.set_backfill(&ended.stream, &ended.params, range, ended.unfinished);
    }

    /// Notes what runs of another goal have landed and this one has merged, for theirs to go on with.
    pub(crate) fn note(&mut self, left: LeftByOthers) {
        let LeftByOthers { goal, stream, params, seen_at, runs, slice } = left;
        let add = |known: Option<Unfinished>| {
            let mut unfinished = known.unwrap_or_else(|| Unfinished::new(seen_at));
            unfinished.seen_at = unfinished.seen_at.min(seen_at);
            unfinished.runs.extend(runs);
            if !unfinished.begun.contains(&slice) {
                unfinished.begun.push(slice);
            }
            Some(unfinished)
        };
        match goal {
            Goal::Incremental => {
                let mut state = self.get_or_new(&stream, &params);
                state.unfinished = add(state.unfinished);
                self.set(state);
            }
            Goal::Backfill(range) => {
                let known = self.backfills.iter().find(|known| known.is(&stream, &params, range));
                let known = known.map(|known| known.unfinished.clone());
                self.set_backfill(&stream, &params, range, add(known));
            }
        }
    }

    fn set_backfill(
        &mut self,
        stream: &str,
        params: &ParamSet,
        range: Window,
        unfinished: Option<Unfinished>,
    ) {
        self.backfills.retain(|known| !known.is(stream, params, range));
        self.backfills.extend(unfinished.map(|unfinished| Backfill {
            stream: stream.to_owned(),
            params: params.clone(),
            from: range.from,
            until: range.until,
            unfinished,
        }));
    }
}
