//! Names of pipelines and streams.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;

/// Names stand in paths of the lake and in object names: letters, digits, `_` and `-` only.
pub(super) fn check(config: &ConfigText<'_>, at: &[&str], name: &str) -> Result<(), ConfigError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    match name.len() {
        1..=64 if name.bytes().all(fits) && name.as_bytes()[0].is_ascii_alphanumeric() => Ok(()),
        _ => Err(config
            .error(at, format!("`{name}` is no name: lower-case letters, digits, `_` and `-`, 64 at most"))),
    }
}
