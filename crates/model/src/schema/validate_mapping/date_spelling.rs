//! `unit`, `usual` and `zone`: how numbers and texts are read as dates.

use crate::ColumnType;
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::schema::DateSpelling;
use crate::schema::written::ColumnMappingWritten;

/// They are for timestamps and dates only.
pub(super) fn check(
    config: &ConfigText<'_>,
    at: &[&str],
    column_type: ColumnType,
    written: &ColumnMappingWritten,
) -> Result<(), ConfigError> {
    let is_date = matches!(column_type, ColumnType::Timestamp | ColumnType::Date);
    if !is_date && (written.unit.is_some() || written.usual.is_some() || written.zone.is_some()) {
        return Err(config.error(at, "`unit`, `usual` and `zone` are for timestamps and dates"));
    }
    Ok(())
}

/// The spelling of a column's dates; UTC where no zone is given.
pub(super) fn spelling(
    config: &ConfigText<'_>,
    at: &[&str],
    written: &ColumnMappingWritten,
) -> Result<DateSpelling, ConfigError> {
    Ok(DateSpelling {
        unit: written.unit.unwrap_or_default(),
        usual: written.usual,
        utc_offset_seconds: written.zone.as_deref().map_or(Ok(0), |zone| utc_offset(config, at, zone))?,
    })
}

/// `+02:00` to seconds.
fn utc_offset(config: &ConfigText<'_>, at: &[&str], zone: &str) -> Result<i32, ConfigError> {
    let bad = || config.error(at, format!("`{zone}` is no offset from UTC, as in `+02:00`"));
    if zone == "UTC" || zone == "Z" {
        return Ok(0);
    }
    let (sign, rest) = match (zone.strip_prefix('+'), zone.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return Err(bad()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(bad)?;
    match (hours.parse::<i32>(), minutes.parse::<i32>()) {
        (Ok(hours @ 0..=14), Ok(minutes @ 0..=59)) => Ok(sign * (hours * 3600 + minutes * 60)),
        _ => Err(bad()),
    }
}
