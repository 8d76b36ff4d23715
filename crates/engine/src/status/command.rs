//! The command: each pipeline of the lake in turn.

use std::time::Duration;

use convolake_extractor::Clock;
use convolake_loader::{Lake, Location};

use crate::blocking::blocking;
use crate::project::schema_files::NO_FILE;
use crate::status::judge::judge;
use crate::status::pipeline::PipelineReader;
use crate::status::report::StatusReport;
use crate::{EngineError, Outcome, Project};

/// What to look at.
#[derive(Debug, Clone)]
pub struct StatusRequest {
    /// Where the lake is.
    pub to: String,
    /// This pipeline only: its built-in name or the path of one; all where `None`.
    pub pipeline: Option<String>,
    /// How many runs to show.
    pub runs: usize,
    /// A stream whose watermark is older is late.
    pub fail_if_older_than: Option<Duration>,
}

/// Looks at a lake.
///
/// # Errors
/// [`EngineError::NoLake`], or why it cannot be read.
pub async fn status(request: StatusRequest, clock: &dyn Clock) -> Result<StatusReport, EngineError> {
    let to = request.to.clone();
    let no_lake = || EngineError::NoLake { to: request.to.clone() };
    let found = blocking(move || Ok(Lake::find_named(&Location::parse(&to)?)?)).await?;
    let (lake, names) = found.ok_or_else(no_lake)?;
    let given = request.pipeline.as_ref().map(|pipeline| Project::load(pipeline, &[])).transpose()?;
    let at = clock.now();
    let mut pipelines = Vec::new();
    let mut is_lake = false;
    for pipeline in names {
        let (project, fault) = match &given {
            Some(project) if project.pipeline.name != pipeline => {
                is_lake = true;
                continue;
            }
            Some(project) => (Some(project.clone()), None),
            None => match Project::load(&pipeline, &[]) {
                Ok(project) => (Some(project), None),
                // Its file lies elsewhere.
                Err(error) if error.file == NO_FILE => (None, None),
                Err(error) => (None, Some(error.to_string())),
            },
        };
        // Before the commit is read: what it knows to be merged is then no longer in flight.
        let landed = lake.raw().names(&pipeline).await;
        let late_after = request.fail_if_older_than;
        let reader = PipelineReader { lake: lake.clone(), pipeline, at, runs: request.runs, late_after };
        let status = blocking(move || Ok(reader.read(project.as_ref(), landed))).await?;
        let Some(mut status) = status else { continue };
        is_lake = true;
        status.unreadable.extend(fault);
        pipelines.push(status);
    }
    match given {
        _ if !is_lake => Err(no_lake()),
        Some(project) if pipelines.is_empty() => {
            Err(EngineError::NoPipeline { to: request.to.clone(), pipeline: project.pipeline.name })
        }
        _ => {
            let is_watched = request.fail_if_older_than.is_some();
            let outcome = pipelines.iter().map(|status| judge(status, is_watched)).max();
            let outcome = outcome.unwrap_or(Outcome::Done);
            Ok(StatusReport {
                version: StatusReport::VERSION,
                lake: request.to.clone(),
                at,
                outcome,
                exit_code: outcome.exit_code(),
                pipelines,
            })
        }
    }
}
