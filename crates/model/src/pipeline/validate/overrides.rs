//! `--set`: fields of the pipeline as written, set over those in the file.

use crate::config_error::ConfigError;
use crate::pipeline::written::PipelineWritten;
use crate::{Override, without_secrets, yaml};

/// The pipeline with all overrides, in their order.
pub(super) fn applied(
    written: &PipelineWritten,
    overrides: &[Override],
) -> Result<PipelineWritten, ConfigError> {
    let mut document = serde_json::to_value(written)
        .map_err(|error| ConfigError::new("the pipeline", 0, error.to_string()))?;
    let mut result = Err(ConfigError::new("--set", 0, "nothing to set"));
    for set in overrides {
        set.apply(&mut document);
        // JSON is YAML: what is wrong is said in the same words as for a file.
        let place = format!("--set {}", without_secrets(&set.key()));
        result = yaml::parse(&place, &document.to_string()).map_err(|error| ConfigError { line: 0, ..error });
        if result.is_err() {
            break;
        }
    }
    result
}
