//! `begin:`: where a stream without a watermark begins.

use jiff::Timestamp;

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::parse_instant;

/// The instant; 1970-01-01 where none is given.
pub(super) fn begin(config: &ConfigText<'_>, text: Option<&str>) -> Result<Timestamp, ConfigError> {
    let Some(text) = text else {
        return Ok(Timestamp::UNIX_EPOCH);
    };
    parse_instant(text).map_err(|why| config.error(&["begin"], format!("`{text}` is {why}")))
}
