//! A text beside a time is taken for one, wherever it stands; a number is not. Beside a column Polars takes a text itself, by which
//! files are passed over.

use jiff::Timestamp;
use polars::prelude::DataType;
use sqlparser::ast::{BinaryOperator, Expr, Value};

use super::Scalars;
use super::build::{is_name, number_of, parsed, text_of};
use super::times::{day, instant_of, literal_day, literal_instant, value};
use crate::failure::Failure;

pub(super) fn rewrite(scalars: &mut Scalars<'_>, expression: &mut Expr) -> Result<(), Failure> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    match expression {
        Expr::BinaryOp { left, op: op @ (Eq | NotEq | Lt | LtEq | Gt | GtEq), right } => {
            // Polars takes a text for a time on the right alone.
            if text_of(left).is_some() && text_of(right).is_none() {
                std::mem::swap(left, right);
                *op = match &*op {
                    Lt => Gt,
                    LtEq => GtEq,
                    Gt => Lt,
                    GtEq => LtEq,
                    other => other.clone(),
                };
            }
            beside(scalars, left, right)
        }
        Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
            beside(scalars, left, right)
        }
        Expr::Between { expr, low, high, .. } => {
            let mut of = (**expr).clone();
            beside(scalars, &mut of, low)?;
            beside(scalars, &mut of, high)?;
            if of != **expr {
                **expr = of;
            }
            Ok(())
        }
        Expr::InList { expr, list, negated } => {
            if list.iter().all(|item| text_of(item).is_none() && value(scalars, item).is_none()) {
                return Ok(());
            }
            let is_time = matches!(scalars.kind(expr), Some(DataType::Datetime(..) | DataType::Date));
            if !is_time {
                return Ok(());
            }
            // Polars' lists hold no times.
            let mut any = Vec::new();
            for item in list.iter() {
                let (mut of, mut item) = ((**expr).clone(), item.clone());
                beside(scalars, &mut of, &mut item)?;
                any.push(format!("{of} = {item}"));
            }
            let not = if *negated { "NOT " } else { "" };
            *expression = parsed(&format!("({not}({}))", any.join(" OR ")));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Makes of the literal of two sides what the other is.
fn beside(scalars: &mut Scalars<'_>, left: &mut Expr, right: &mut Expr) -> Result<(), Failure> {
    let is_literal = |scalars: &Scalars<'_>, side: &Expr| {
        text_of(side).is_some()
            || number_of(side).is_some()
            || value(scalars, side).is_some()
            || day(scalars, side).is_some()
    };
    match (is_literal(scalars, left), is_literal(scalars, right)) {
        (false, true) => literal(scalars, left, right),
        (true, false) => literal(scalars, right, left),
        (false, false) => columns(scalars, left, right),
        (true, true) => {
            // '1' = 1, or TIMESTAMP '2025-01-01' < '2025-02-01'.
            match (value(scalars, left), value(scalars, right)) {
                (Some(_), None) => literal(scalars, left, right),
                (None, Some(_)) => literal(scalars, right, left),
                _ => Ok(()),
            }
        }
    }
}

/// A date beside an instant is the instant at which it begins.
fn columns(scalars: &mut Scalars<'_>, left: &mut Expr, right: &mut Expr) -> Result<(), Failure> {
    if is_name(left).is_none() || is_name(right).is_none() {
        return Ok(());
    }
    let at_midnight = |side: &Expr| parsed(&format!("at_time_zone(CAST({side} AS TIMESTAMP), 'UTC')"));
    match (scalars.kind(left), scalars.kind(right)) {
        (Some(DataType::Date), Some(DataType::Datetime(_, Some(_)))) => *left = at_midnight(left),
        (Some(DataType::Datetime(_, Some(_))), Some(DataType::Date)) => *right = at_midnight(right),
        _ => {}
    }
    Ok(())
}

fn literal(scalars: &mut Scalars<'_>, other: &mut Expr, literal: &mut Expr) -> Result<(), Failure> {
    let Some(kind) = scalars.kind(other) else { return Ok(()) };
    let is_number = number_of(literal).is_some();
    let instant = value(scalars, literal).or_else(|| {
        day(scalars, literal)?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|start| start.timestamp())
    });
    let text = text_of(literal).map(ToOwned::to_owned);
    match kind {
        DataType::Datetime(..) | DataType::Date if is_number => {
            let hint = "as in TIMESTAMP '2025-04-01 10:30:00', or DATE '2025-04-01'";
            Err(scalars.refused(literal, "a time is not compared with a number", hint))
        }
        DataType::Datetime(_, zone) => {
            let read = match &text {
                Some(text) => instant_of(text),
                None => instant,
            };
            let Some(read) = read else {
                let hint = "as in TIMESTAMP '2025-04-01 10:30:00'";
                return Err(scalars.refused(literal, "this text is no time", hint));
            };
            *literal = match (zone, is_name(other)) {
                (Some(_), Some(_)) => Expr::Value(Value::SingleQuotedString(without_zone(read)).into()),
                (Some(_), None) => literal_instant(read),
                (None, _) => parsed(&format!("CAST('{}' AS TIMESTAMP)", without_zone(read))),
            };
            Ok(())
        }
        DataType::Date => {
            let text = match &text {
                Some(text) => text.trim().to_owned(),
                None => {
                    // A date is compared with an instant as the instant at which it begins.
                    if day(scalars, literal).is_none() && instant.is_some() {
                        *other = parsed(&format!("at_time_zone(CAST({other} AS TIMESTAMP), 'UTC')"));
                    }
                    return Ok(());
                }
            };
            match text.parse::<jiff::civil::Date>() {
                Ok(date) if text.len() == 10 => {
                    *literal = match is_name(other) {
                        Some(_) => Expr::Value(Value::SingleQuotedString(text).into()),
                        None => literal_day(date),
                    };
                    Ok(())
                }
                _ => {
                    let hint = "as in DATE '2025-04-01'";
                    Err(scalars.refused(literal, "this text is no date", hint))
                }
            }
        }
        kind if kind.is_numeric() => {
            if let Some(text) = text {
                if text.trim().parse::<f64>().is_err() {
                    let hint = "numbers are compared with numbers, or CAST(.. AS VARCHAR)";
                    return Err(scalars.refused(literal, "this text is no number", hint));
                }
                *literal = parsed(text.trim());
            }
            Ok(())
        }
        DataType::String if is_number => {
            let hint = "write the number in quotes, or CAST(.. AS BIGINT)";
            Err(scalars.refused(literal, "a text is not compared with a number", hint))
        }
        DataType::Boolean if is_number || text.is_some() => {
            let hint = "TRUE and FALSE are what it is compared with";
            Err(scalars.refused(literal, "a truth value is not compared with this", hint))
        }
        _ => Ok(()),
    }
}

fn without_zone(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S%.f").to_string()
}
