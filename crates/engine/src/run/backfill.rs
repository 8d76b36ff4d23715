//! `backfill`: a stretch of time once more, beside the incremental watermark, which it never moves.
//! What it begins with and leaves is in `state/backfills.rs`.

use convolake_extractor::{Budget, Window};
use convolake_model::{ConfigError, Override, Stream};
use jiff::Timestamp;

use crate::run::execute::execute;
use crate::state::goal::Goal;
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
    /// The memory of the whole command, in bytes.
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
    execute(request, Goal::Backfill(range), seams).await
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
