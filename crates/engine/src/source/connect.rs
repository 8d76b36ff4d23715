//! The way to a pipeline's source: its key, HTTP, and the pace of requests.

use std::sync::Arc;

use convolake_extractor::{
    Budget, Credential, ExtractError, Extractor, ExtractorConfig, HttpLimits, HttpTransport, RetryPolicy,
    SetupError,
};
use convolake_model::ConfigError;

use crate::memory::MemoryBudget;
use crate::{EngineError, Project, Seams};

/// An extractor for a pipeline, with the key from the environment or a file.
pub(crate) fn extractor(
    project: &Project,
    seams: &Seams,
    retry: RetryPolicy,
    budget: Budget,
    memory: MemoryBudget,
) -> Result<Extractor, EngineError> {
    let config =
        ExtractorConfig { retry, seed: seams.entropy, budget, body_memory_bytes: memory.body_bytes() };
    let pipeline = &project.pipeline;
    let limits = HttpLimits::new(pipeline.timeouts, memory.max_body_bytes(pipeline.max_page_bytes)?);
    let transport = HttpTransport::new(limits, pipeline.contact.as_deref()).map_err(ExtractError::from)?;
    let credential = credential(project, seams)?;
    Ok(Extractor::new(config, credential, Arc::new(transport), Arc::clone(&seams.clock), seams.stop.clone()))
}

/// The pipeline's key.
fn credential(project: &Project, seams: &Seams) -> Result<Credential, EngineError> {
    let auth = &project.pipeline.auth;
    Credential::find(auth, &*seams.env, &|path| std::fs::read_to_string(path)).map_err(|error| match error {
        SetupError::KeyMissing { .. } => ConfigError::new(&project.file, auth.line, error.to_string())
            .with_hint(Some(format!("export {0}=..., or {0}_FILE=the path of a file with it", auth.env)))
            .into(),
        other => EngineError::Extract(other.into()),
    })
}
