//! A cell as text.

use polars::prelude::{AnyValue, TimeUnit};

/// A cell as text; `None` for null. Lists are JSON arrays, instants RFC 3339.
pub(super) fn text(value: &AnyValue<'_>) -> Option<String> {
    Some(match value {
        AnyValue::Null => return None,
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Boolean(value) => value.to_string(),
        AnyValue::Float32(value) => number((*value).into()),
        AnyValue::Float64(value) => number(*value),
        AnyValue::Datetime(..)
        | AnyValue::DatetimeOwned(..)
        | AnyValue::Date(_)
        | AnyValue::Time(_)
        | AnyValue::Duration(..)
        | AnyValue::List(_)
        | AnyValue::Struct(..)
        | AnyValue::StructOwned(_)
        | AnyValue::Binary(_)
        | AnyValue::BinaryOwned(_) => match json(value) {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        },
        other => other.to_string(),
    })
}

/// A double as short as it reads back; whole numbers keep their `.0`.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// A cell as JSON. What JSON has no numbers for is null.
pub(super) fn json(value: &AnyValue<'_>) -> serde_json::Value {
    use serde_json::Value;
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::String(text) => (*text).into(),
        AnyValue::StringOwned(text) => text.as_str().into(),
        AnyValue::Boolean(value) => (*value).into(),
        AnyValue::UInt8(value) => (*value).into(),
        AnyValue::UInt16(value) => (*value).into(),
        AnyValue::UInt32(value) => (*value).into(),
        AnyValue::UInt64(value) => (*value).into(),
        AnyValue::Int8(value) => (*value).into(),
        AnyValue::Int16(value) => (*value).into(),
        AnyValue::Int32(value) => (*value).into(),
        AnyValue::Int64(value) => (*value).into(),
        AnyValue::Float32(value) => f64::from(*value).into(),
        AnyValue::Float64(value) => (*value).into(),
        AnyValue::Date(days) => date(*days).into(),
        AnyValue::Duration(value, unit) => seconds(*value, *unit).into(),
        AnyValue::Datetime(value, unit, zone) => instant(*value, *unit, zone.is_some()).into(),
        AnyValue::DatetimeOwned(value, unit, zone) => instant(*value, *unit, zone.is_some()).into(),
        AnyValue::List(items) => items.iter().map(|item| json(&item)).collect(),
        AnyValue::Struct(..) | AnyValue::StructOwned(_) => Value::String(value.to_string()),
        other => other.to_string().into(),
    }
}

fn date(days: i32) -> String {
    jiff::civil::date(1970, 1, 1)
        .checked_add(jiff::Span::new().days(days))
        .map_or_else(|_| format!("{days} days"), |date| date.to_string())
}

/// A length of time in seconds.
fn seconds(value: i64, unit: TimeUnit) -> f64 {
    let a_second = match unit {
        TimeUnit::Nanoseconds => 1e9,
        TimeUnit::Microseconds => 1e6,
        TimeUnit::Milliseconds => 1e3,
    };
    value as f64 / a_second
}

/// RFC 3339, in UTC where it is an instant.
fn instant(value: i64, unit: TimeUnit, has_zone: bool) -> String {
    let microseconds = match unit {
        TimeUnit::Nanoseconds => value.div_euclid(1000),
        TimeUnit::Microseconds => value,
        TimeUnit::Milliseconds => value.saturating_mul(1000),
    };
    let Ok(instant) = jiff::Timestamp::from_microsecond(microseconds) else { return value.to_string() };
    match has_zone {
        true => instant.to_string(),
        false => instant.to_string().trim_end_matches('Z').to_owned(),
    }
}
