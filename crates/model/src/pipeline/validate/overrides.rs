//! `--set`: fields of the pipeline as written, set over those in the file.

use crate::Override;
use crate::config_error::{ConfigError, did_you_mean};
use crate::pipeline::written::PipelineWritten;

/// The pipeline with all overrides, in their order.
pub(super) fn applied(
    written: &PipelineWritten,
    overrides: &[Override],
) -> Result<PipelineWritten, ConfigError> {
    let failed = |set: &Override, error: &serde_json::Error| {
        let message = error.to_string();
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let hint = unknown.and_then(|(word, _)| did_you_mean(word, known.iter().copied()));
        ConfigError::new(format!("--set {}", set.key()), 0, message).with_hint(hint)
    };
    let mut document = serde_json::to_value(written)
        .map_err(|error| ConfigError::new("the pipeline", 0, error.to_string()))?;
    let mut result = Err(ConfigError::new("--set", 0, "nothing to set"));
    for set in overrides {
        set.apply(&mut document);
        result = serde_json::from_value(document.clone()).map_err(|error| failed(set, &error));
        if result.is_err() {
            break;
        }
    }
    result
}
