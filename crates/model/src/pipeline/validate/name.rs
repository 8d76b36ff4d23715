//! Names of pipelines and streams.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::{UnfitName, unfit_name};

/// Checks a pipeline's name, which readers of the lake see as `source=NAME`.
pub(super) fn check_pipeline(config: &ConfigText<'_>, name: &str) -> Result<(), ConfigError> {
    check(config, &["name"], name)?;
    let (what, example) = match unfit_name(name) {
        None => return Ok(()),
        Some(UnfitName::OfLake) => {
            ("the lake has a folder of this name for itself", format!("{name}-source"))
        }
        Some(UnfitName::ReadOtherwise) => (
            "readers take `source=` with this for a number, a date, a truth value or for nothing; a name begins with a letter",
            format!("source-{name}"),
        ),
    };
    let hint = format!(
        "call it otherwise, as `{example}`; what a lake has under the old name is read into a lake of the new one by `convolake flatten NEW/STREAM` with the files \
         below raw/{name}/STREAM"
    );
    Err(config.error(&["name"], format!("`{name}` is no name of a pipeline: {what}")).with_hint(Some(hint)))
}

/// Names stand in paths of the lake and in object names: letters, digits, `_` and `-` only.
pub(super) fn check(config: &ConfigText<'_>, at: &[&str], name: &str) -> Result<(), ConfigError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    match name.len() {
        1..=64 if name.bytes().all(fits) && name.as_bytes()[0].is_ascii_alphanumeric() => Ok(()),
        _ => Err(config
            .error(at, format!("`{name}` is no name: lower-case letters, digits, `_` and `-`, 64 at most"))),
    }
}
