//! Times: all instants of a lake are of UTC, and Polars' literals of none.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};
use polars::prelude::DataType;
use sqlparser::ast::{
    BinaryOperator, CastKind, DataType as Sql, Expr, Function, FunctionArguments, Interval, TypedString,
    Value,
};

use super::Scalars;
use super::build::{called, name_of_function, number_of, parsed, text_of};
use crate::failure::Failure;
use crate::sql::functions::{AT_TIME_ZONE, INSTANT};

/// `TIMESTAMP '2025-04-01 10:00:00' AT TIME ZONE 'Europe/Berlin'`: what a clock shows there, so an instant.
pub(super) fn local(expression: &mut Expr) {
    let Expr::AtTimeZone { timestamp, time_zone } = &*expression else { return };
    let Expr::TypedString(TypedString { data_type, value, .. }) = &**timestamp else { return };
    let (Value::SingleQuotedString(text), Some(zone)) = (&value.value, text_of(time_zone)) else { return };
    if !is_timestamp(data_type) || text.trim().parse::<Timestamp>().is_ok() {
        return;
    }
    let (Ok(time), Ok(zone)) = (text.trim().parse::<DateTime>(), TimeZone::get(zone)) else { return };
    let ambiguous = zone.to_ambiguous_timestamp(time);
    // Of an hour that a clock shows twice the second is meant.
    let instant = match ambiguous.offset() {
        AmbiguousOffset::Fold { .. } => ambiguous.later(),
        _ => ambiguous.compatible(),
    };
    if let Ok(instant) = instant {
        *expression = literal_instant(instant);
    }
}

pub(super) fn rewrite(scalars: &mut Scalars<'_>, expression: &mut Expr) -> Result<(), Failure> {
    if let Expr::AtTimeZone { timestamp, time_zone } = &*expression {
        *expression = parsed(&format!("{AT_TIME_ZONE}({timestamp}, {time_zone})"));
        return Ok(());
    }
    if let Expr::Interval(_) = expression {
        return interval(scalars, expression);
    }
    if let Some(day) = day(scalars, expression) {
        *expression = literal_day(day);
    } else if let Some(instant) = value(scalars, expression) {
        *expression = literal_instant(instant);
    } else if let Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } =
        &*expression
        && is_timestamp(data_type)
    {
        match scalars.kind(expr) {
            Some(DataType::Datetime(_, Some(_))) => *expression = Expr::Nested(expr.clone()),
            // A day begins at midnight, of UTC.
            Some(DataType::Date) => {
                *expression = parsed(&format!("{AT_TIME_ZONE}(CAST({expr} AS TIMESTAMP), 'UTC')"));
            }
            Some(DataType::Datetime(_, None)) => {
                *expression = parsed(&format!("CAST({expr} AS TIMESTAMP)"));
            }
            Some(DataType::String) => {
                *expression = parsed(&format!("{AT_TIME_ZONE}(CAST({expr} AS TIMESTAMP), 'UTC')"));
            }
            _ => {
                let hint = "dates, timestamps and texts as '2025-04-01 10:30:00' are what it takes";
                return Err(scalars.refused(expr, "this is not made a timestamp", hint));
            }
        }
    }
    if let Expr::BinaryOp { left, op: op @ (BinaryOperator::Plus | BinaryOperator::Minus), right } =
        &*expression
        && let Some(days) = number_of(right)
        && matches!(scalars.kind(left), Some(DataType::Date | DataType::Datetime(..)))
    {
        if scalars.kind(left) != Some(DataType::Date) {
            let hint = "say of what, as in + INTERVAL '7 days'";
            return Err(scalars.refused(
                right,
                "a number is neither added to a timestamp nor taken from it",
                hint,
            ));
        }
        *expression = parsed(&format!("{left} {op} INTERVAL '{days} days'"));
    }
    Ok(())
}

/// `INTERVAL 3 DAY` and `INTERVAL '3' DAY`, of which Polars reads `INTERVAL '3 days'` alone.
fn interval(scalars: &Scalars<'_>, expression: &mut Expr) -> Result<(), Failure> {
    let Expr::Interval(Interval { value, leading_field, .. }) = &*expression else { return Ok(()) };
    let text = text_of(value).map(ToOwned::to_owned).or_else(|| number_of(value));
    let Some(text) = text else {
        return Err(scalars.refused(value, "this length of time is not taken", "as in INTERVAL '7 days'"));
    };
    if let Some(field) = leading_field {
        let text = format!("{text} {}", field.to_string().to_ascii_lowercase());
        *expression = parsed(&format!("INTERVAL '{text}'"));
    }
    Ok(())
}

pub(super) fn is_timestamp(data_type: &Sql) -> bool {
    matches!(data_type, Sql::Timestamp(..) | Sql::Datetime(_) | Sql::TimestampNtz(_))
}

/// The day that an expression stands for, as `CURRENT_DATE - 7`.
pub(super) fn day(scalars: &Scalars<'_>, expression: &Expr) -> Option<Date> {
    match expression {
        Expr::TypedString(TypedString { data_type: Sql::Date, value, .. }) => match &value.value {
            Value::SingleQuotedString(text) => text.trim().parse().ok(),
            _ => None,
        },
        Expr::Cast { expr, data_type: Sql::Date, .. } => text_of(expr)?.trim().parse().ok(),
        Expr::Function(function) if is_called(function, &["current_date", "today"]) => {
            Some(scalars.at.to_zoned(TimeZone::UTC).date())
        }
        Expr::Nested(inner) => day(scalars, inner),
        Expr::BinaryOp { left, op, right } => {
            let days: i64 = number_of(right)?.parse().ok()?;
            let span = Span::new().try_days(days).ok()?;
            match op {
                BinaryOperator::Plus => day(scalars, left)?.checked_add(span).ok(),
                BinaryOperator::Minus => day(scalars, left)?.checked_sub(span).ok(),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The instant that an expression stands for: a literal, `now()`, either with an interval added or taken away.
pub(super) fn value(scalars: &Scalars<'_>, expression: &Expr) -> Option<Timestamp> {
    if let Some([text]) = called(expression, INSTANT).as_deref() {
        return text_of(text)?.parse().ok();
    }
    match expression {
        Expr::TypedString(TypedString { data_type, value, .. }) if is_timestamp(data_type) => {
            match &value.value {
                Value::SingleQuotedString(text) => instant_of(text),
                _ => None,
            }
        }
        Expr::Cast { expr, data_type, .. } if is_timestamp(data_type) => instant_of(text_of(expr)?),
        Expr::Function(function) => is_called(function, &["now", "current_timestamp"]).then_some(scalars.at),
        Expr::Nested(inner) => value(scalars, inner),
        Expr::BinaryOp { left, op, right } => {
            let span = span_of(right)?;
            let start = value(scalars, left)
                .or_else(|| Some(day(scalars, left)?.to_zoned(TimeZone::UTC).ok()?.timestamp()))?;
            let there = start.to_zoned(TimeZone::UTC);
            let moved = match op {
                BinaryOperator::Plus => there.checked_add(span),
                BinaryOperator::Minus => there.checked_sub(span),
                _ => return None,
            };
            moved.ok().map(|moved| moved.timestamp())
        }
        _ => None,
    }
}

/// The instant of a text: with a zone, or of UTC; a day alone begins at midnight.
pub(super) fn instant_of(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let time: DateTime = text.parse().ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// An instant, in whatever expression it stands.
pub(super) fn literal_instant(instant: Timestamp) -> Expr {
    parsed(&format!("{INSTANT}('{instant}')"))
}

/// A day, in whatever expression it stands.
pub(super) fn literal_day(day: Date) -> Expr {
    parsed(&format!("DATE '{day}'"))
}

/// The length of `INTERVAL '7 days'`.
fn span_of(expression: &Expr) -> Option<Span> {
    let Expr::Interval(Interval { value, leading_field, .. }) = expression else { return None };
    let number = text_of(value).map(ToOwned::to_owned).or_else(|| number_of(value))?;
    let text = match leading_field {
        Some(field) => format!("{number} {}", field.to_string().to_ascii_lowercase()),
        None => number,
    };
    text.parse().ok()
}

/// True for one of these functions, without arguments.
fn is_called(function: &Function, names: &[&str]) -> bool {
    let takes_nothing = match &function.args {
        FunctionArguments::None => true,
        FunctionArguments::List(list) => list.args.is_empty(),
        FunctionArguments::Subquery(_) => false,
    };
    takes_nothing && names.contains(&name_of_function(function).as_str())
}
