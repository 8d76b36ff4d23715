//! The command: each pipeline of the lake in turn.

use convolake_extractor::Clock;
use convolake_loader::{Lake, Location};

use crate::blocking::blocking;
use crate::status::pipeline::PipelineReader;
use crate::status::report::StatusReport;
use crate::{EngineError, Project};

/// What to look at.
#[derive(Debug, Clone)]
pub struct StatusRequest {
    /// Where the lake is.
    pub to: String,
    /// This pipeline only: its built-in name or the path of one; all where `None`.
    pub pipeline: Option<String>,
    /// How many runs to show.
    pub runs: usize,
}

/// Looks at a lake.
///
/// # Errors
/// [`EngineError::NoLake`], or why it cannot be read.
pub async fn status(request: StatusRequest, clock: &dyn Clock) -> Result<StatusReport, EngineError> {
    let to = request.to.clone();
    let (lake, names) = blocking(move || {
        let lake = Lake::find(&Location::parse(&to)?)?.ok_or(EngineError::NoLake { to })?;
        let names: Vec<String> = lake.pipelines()?.into_iter().collect();
        Ok((lake, names))
    })
    .await?;
    let given = request.pipeline.as_ref().map(|pipeline| Project::load(pipeline, &[])).transpose()?;
    let at = clock.now();
    let mut pipelines = Vec::new();
    for pipeline in names {
        let project = match &given {
            Some(project) if project.pipeline.name != pipeline => continue,
            Some(project) => Some(project.clone()),
            None => Project::load(&pipeline, &[]).ok(),
        };
        // Before the commit is read: what it knows to be merged is then no longer in flight.
        let landed = lake.raw().names(&pipeline).await?;
        let reader = PipelineReader { lake: lake.clone(), pipeline, at, runs: request.runs };
        pipelines.push(blocking(move || reader.read(project.as_ref(), landed)).await?);
    }
    match given {
        Some(project) if pipelines.is_empty() => {
            Err(EngineError::NoPipeline { to: request.to.clone(), pipeline: project.pipeline.name })
        }
        _ => Ok(StatusReport { version: StatusReport::VERSION, lake: request.to.clone(), at, pipelines }),
    }
}
