//! What is to be built, and the sources one by one.

use convolake_engine::{ConfigError, Override, PipelinePlace, Project, nearest_word};
use convolake_model::{Mart, Pipeline};

use super::report::BuildReport;
use super::source;
use super::stale::Extent;
use crate::catalog::{Catalog, Changed};
use crate::failure::Failure;

/// How often a source is built anew because a run has replaced files meanwhile.
const MAX_TRIES: u32 = 3;

/// What is to be built.
#[derive(Debug, Clone)]
pub(crate) struct BuildRequest {
    /// The lake.
    pub(crate) to: String,
    /// The tables; none for all.
    pub(crate) marts: Vec<Mart>,
    /// The sources, or the paths of their pipelines; none for all that are there.
    pub(crate) sources: Vec<String>,
    /// The instant up to which what is open counts, for all conversations; without it that of the source's newest commit.
    pub(crate) as_of: Option<jiff::Timestamp>,
    /// Another zone than the pipeline's.
    pub(crate) zone: Option<String>,
    /// How much is made anew.
    pub(crate) extent: Extent,
    /// What the rows of one part of a month may take.
    pub(crate) memory_bytes: u64,
    /// Fields of the pipelines that are set otherwise than in their files.
    pub(crate) overrides: Vec<Override>,
    /// The instant that counts as now.
    pub(crate) now: jiff::Timestamp,
}

/// Builds the derived tables of each source, and tells of each once it is published.
///
/// # Errors
/// The first source that cannot be built; those before it are published.
pub(crate) fn build(request: &BuildRequest, mut tell: impl FnMut(&BuildReport)) -> Result<(), Failure> {
    let there = Catalog::of_tables(&request.to)?.sources();
    for wanted in wanted(request, &there)? {
        let mut n_tries = 1;
        let report = loop {
            let catalog = Catalog::of_tables(&request.to)?;
            match source::build(&catalog, &wanted, request) {
                Err(Changed::File(_)) if n_tries < MAX_TRIES => n_tries += 1,
                built => break built?,
            }
        };
        tell(&report);
    }
    Ok(())
}

/// The sources that are to be built, each with its pipeline: what their words mean stands there.
fn wanted(request: &BuildRequest, there: &[String]) -> Result<Vec<Pipeline>, Failure> {
    let asked = if request.sources.is_empty() { there } else { &request.sources };
    let mut pipelines = Vec::new();
    for asked in asked {
        // A name that the lake knows is meant so; a path says which pipeline it is.
        let is_path = matches!(PipelinePlace::of(asked), PipelinePlace::Path(_));
        if !is_path && !there.contains(asked) {
            return Err(not_there(asked, there));
        }
        let project = Project::load(asked, &request.overrides).map_err(|error| unknown(asked, &error))?;
        if !there.contains(&project.pipeline.name) {
            return Err(not_there(&project.pipeline.name, there));
        }
        pipelines.push(project.pipeline);
    }
    Ok(pipelines)
}

fn not_there(source: &str, there: &[String]) -> Failure {
    let near = nearest_word(source, there.iter().map(String::as_str));
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let hint = format!("{near}the lake has {}", there.join(", "));
    Failure::misuse(format!("the lake has nothing of the source `{source}`"), Some(hint))
}

fn unknown(source: &str, error: &ConfigError) -> Failure {
    let message = format!("what the words of the source {source} mean is not known: {error}");
    let hint = format!(
        "it stands in its pipeline under `meaning`: call this where pipelines/{source}.yaml lies, or name others by --source"
    );
    Failure::misuse(message, Some(hint))
}
