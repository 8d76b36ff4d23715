//! The way to a pipeline's source: its key, HTTP, and the pace of requests.

use std::sync::Arc;

use convolake_extractor::{
    Budget, Credential, ExtractError, Extractor, ExtractorConfig, HttpLimits, HttpTransport, RetryPolicy,
    SetupError,
};
use convolake_model::{AuthPart, ConfigError};

use crate::memory::MemoryBudget;
use crate::{EngineError, Project, Seams, with_causes};

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

/// A text without the mark that UTF-8 may begin with.
fn without_mark(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()
}

/// The pipeline's key.
fn credential(project: &Project, seams: &Seams) -> Result<Credential, EngineError> {
    let auth = &project.pipeline.auth;
    // Editors of some systems begin a file with a byte order mark, which is nobody's key.
    let read = |path: &std::path::Path| std::fs::read_to_string(path).map(|text| without_mark(&text));
    Credential::find(auth, &*seams.env, &read).map_err(|error| {
        let variable = match &error {
            SetupError::KeyMissing { env } | SetupError::KeyUnfit { env } => env,
            SetupError::KeyEmpty { variable }
            | SetupError::KeyFileEmpty { variable }
            | SetupError::KeyFile { variable, .. } => variable,
            SetupError::Client { .. } => return EngineError::Extract(error.into()),
        };
        let env = variable.strip_suffix("_FILE").unwrap_or(variable);
        let is_of = |part: &&AuthPart| part.variables().any(|name| name == env || name == variable);
        let part = auth.parts.iter().find(is_of);
        let whose = part.and_then(|part| part.hint.as_deref()).map(|hint| format!(" ({hint})"));
        let hint = format!("export {env}=..., or {env}_FILE=the path of a file with it");
        let message = with_causes(&error, ": ") + &whose.unwrap_or_default();
        ConfigError::new(&project.file, part.map_or(0, |part| part.line), message)
            .with_hint(Some(hint))
            .into()
    })
}
