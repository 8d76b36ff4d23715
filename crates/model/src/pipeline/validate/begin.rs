//! `begin:`: where a stream without a watermark begins.

use jiff::{Timestamp, civil};

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;

/// The instant; 1970-01-01 where none is given.
pub(super) fn begin(config: &ConfigText<'_>, text: Option<&str>) -> Result<Timestamp, ConfigError> {
    let Some(text) = text else {
        return Ok(Timestamp::UNIX_EPOCH);
    };
    let midnight = |date: civil::Date| date.to_datetime(civil::Time::midnight());
    let read = text.parse::<Timestamp>().or_else(|_| {
        text.parse::<civil::Date>().map(midnight).and_then(|local| jiff::tz::Offset::UTC.to_timestamp(local))
    });
    read.map_err(|_| {
        config.error(&["begin"], format!("`{text}` is neither a date (2024-01-31) nor RFC 3339"))
    })
}
