//! `unit`, `usual` and `zone`: how numbers and texts are read as dates.

use jiff::tz::{Offset, TimeZone};

use crate::ColumnType;
use crate::config_error::{ConfigError, nearest_word};
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
        zone: written.zone.as_deref().map_or(Ok(TimeZone::UTC), |zone| time_zone(config, at, zone))?,
    })
}

/// `+02:00` or `Europe/Berlin`.
fn time_zone(config: &ConfigText<'_>, at: &[&str], zone: &str) -> Result<TimeZone, ConfigError> {
    if zone == "UTC" || zone == "Z" {
        return Ok(TimeZone::UTC);
    }
    if let Some(offset) = offset(zone) {
        return Ok(TimeZone::fixed(offset));
    }
    let is_name = zone.starts_with(|first: char| first.is_ascii_alphabetic());
    if let (true, Ok(found)) = (is_name, jiff::tz::db().get(zone)) {
        return Ok(found);
    }
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let hint = match nearest_word(zone, known.iter().map(String::as_str)) {
        Some(near) if is_name => format!("did you mean `{near}`?"),
        _ => "write a zone of the IANA database, as in `Europe/Berlin`, or an offset, as in `+02:00`"
            .to_owned(),
    };
    Err(config
        .error(at, format!("`{zone}` is neither a time zone nor an offset from UTC"))
        .with_hint(Some(hint)))
}

/// `+02:00`.
fn offset(zone: &str) -> Option<Offset> {
    let (sign, rest) = match (zone.strip_prefix('+'), zone.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let is_number =
        |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    match (hours.parse::<i32>(), minutes.parse::<i32>()) {
        (Ok(hours @ 0..=14), Ok(minutes @ 0..=59)) => {
            Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(written: &str) -> Result<TimeZone, ConfigError> {
        time_zone(&ConfigText { file: "x.yaml", text: "", overrides: &[] }, &[], written)
    }

    #[test]
    fn zones_have_names_or_offsets() {
        assert_eq!(zone("UTC").unwrap(), TimeZone::UTC);
        assert_eq!(zone("-05:00").unwrap(), TimeZone::fixed(Offset::constant(-5)));
        assert_eq!(zone("+05:45").unwrap().to_fixed_offset().unwrap().seconds(), 20_700);
        assert_eq!(zone("America/New_York").unwrap().iana_name(), Some("America/New_York"));
    }

    #[test]
    fn what_is_no_zone_is_refused_with_the_nearest_one() {
        for (written, hint) in [
            ("Europe/Berlinn", "`Europe/Berlin`"),
            ("America/NewYork", "`America/New_York`"),
            ("+25:00", "as in `+02:00`"),
            ("+-2:00", "as in `+02:00`"),
            ("02:00", "as in `+02:00`"),
            ("", "as in `+02:00`"),
        ] {
            let refused = zone(written).expect_err(written).to_string();
            assert!(refused.contains(hint), "{written}: {refused}");
        }
    }
}
