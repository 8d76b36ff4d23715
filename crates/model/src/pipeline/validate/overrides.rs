//! `--set`: fields of the pipeline as written, set over those in the file.

use crate::config_error::{ConfigError, did_you_mean};
use crate::pipeline::written::PipelineWritten;
use crate::{Override, without_secrets};

/// Types of Rust, as people call them.
fn in_words(wanted: &str) -> &str {
    match wanted {
        "a boolean" => "true or false",
        "a string" => "a text",
        "a sequence" => "a list, as in [a, b],",
        "a map" => "a block, as in { a: b },",
        "u8" | "u16" | "u32" | "u64" | "i64" => "a whole number",
        "f64" => "a number",
        other => other,
    }
}

/// The pipeline with all overrides, in their order.
pub(super) fn applied(
    written: &PipelineWritten,
    overrides: &[Override],
) -> Result<PipelineWritten, ConfigError> {
    let failed = |set: &Override, error: &serde_json::Error| {
        let place = format!("--set {}", without_secrets(&set.key()));
        let message = error.to_string();
        let unknown =
            message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"));
        if let Some((word, rest)) = unknown.and_then(|rest| rest.split_once('`')) {
            let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
            let hint = did_you_mean(word, known.iter().copied());
            return ConfigError::new(place, 0, format!("there is no `{word}` there")).with_hint(hint);
        }
        // The value that was found stands before the comma, and may be a secret.
        let wanted = message.split_once(", expected ").filter(|_| message.starts_with("invalid "));
        ConfigError::new(
            place,
            0,
            match wanted {
                Some((_, wanted)) => format!("{} was expected", in_words(wanted)),
                None => message,
            },
        )
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
