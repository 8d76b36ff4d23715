//! The way to a pipeline's source: its key, HTTP, and the pace of requests.

use std::sync::Arc;

use convolake_extractor::{
    Budget, Credential, ExtractError, Extractor, ExtractorConfig, HttpLimits, HttpTransport, RetryPolicy,
};
use convolake_model::ConfigError;

use crate::{EngineError, Project, Seams};

/// A larger page would not fit into a run's memory beside the rows it becomes.
const MAX_BODY_BYTES: u64 = 64 << 20;
/// Bodies under way or held.
const BODY_MEMORY_BYTES: u64 = 64 << 20;

/// An extractor for a pipeline, with the key from the environment or a file.
pub(crate) fn extractor(
    project: &Project,
    seams: &Seams,
    retry: RetryPolicy,
    budget: Budget,
) -> Result<Extractor, EngineError> {
    let config = ExtractorConfig { retry, seed: seams.entropy, budget, body_memory_bytes: BODY_MEMORY_BYTES };
    let pipeline = &project.pipeline;
    let limits = HttpLimits::new(pipeline.timeouts, MAX_BODY_BYTES);
    let transport = HttpTransport::new(limits, pipeline.contact.as_deref())?;
    let credential = credential(project, seams)?;
    Ok(Extractor::new(config, credential, Arc::new(transport), Arc::clone(&seams.clock), seams.stop.clone()))
}

/// The pipeline's key.
fn credential(project: &Project, seams: &Seams) -> Result<Credential, EngineError> {
    let auth = &project.pipeline.auth;
    Credential::find(auth, &*seams.env, &|path| std::fs::read_to_string(path)).map_err(|error| match error {
        ExtractError::KeyMissing { .. } => ConfigError::new(&project.file, auth.line, error.to_string())
            .with_hint(Some(format!("export {0}=..., or {0}_FILE=the path of a file with it", auth.env)))
            .into(),
        other => EngineError::Extract(other),
    })
}
