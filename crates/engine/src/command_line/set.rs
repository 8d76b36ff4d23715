//! `--set KEY=VALUE`: fields of a pipeline set otherwise than in its file.

use convolake_model::{ConfigError, Override};

/// Reads the values of `--set`, in their order.
///
/// # Errors
/// The first that does not read.
pub fn overrides(texts: &[String]) -> Result<Vec<Override>, ConfigError> {
    let read = |text: &String| text.parse().map_err(|message: String| ConfigError::new("--set", 0, message));
    texts.iter().map(read).collect()
}
