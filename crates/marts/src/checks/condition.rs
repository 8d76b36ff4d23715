//! Conditions of checks as expressions over a row.

use convolake_model::{CheckValue, Condition, DataCheck, RowCondition};
use polars::prelude::{DataType, Expr, NULL, col, lit};

/// True for rows for which the condition holds, false for all others: never null.
pub(super) fn holds(condition: &RowCondition) -> Expr {
    let value = col(condition.column.as_str());
    let holds = match &condition.is {
        Condition::Missing => return value.is_null(),
        Condition::Present => return value.is_not_null(),
        Condition::Empty => {
            return value.clone().is_null().or(value
                .str()
                .strip_chars(lit(NULL))
                .eq(lit(""))
                .fill_null(lit(false)));
        }
        Condition::OneOf(values) => one_of(&condition.column, values),
        Condition::Below(bound) => value.cast(DataType::Float64).lt(lit(*bound)),
        Condition::Above(bound) => value.cast(DataType::Float64).gt(lit(*bound)),
    };
    holds.fill_null(lit(false))
}

/// True for the rows that a check looks at: where nothing narrows them, for all, and yet a value a row.
pub(super) fn looked_at(check: &DataCheck) -> Expr {
    let every = |column: &&str| col(*column).is_null().or(col(*column).is_not_null());
    match &check.rows {
        Some(rows) => holds(rows),
        None => check.rule.columns().first().map_or_else(|| lit(true), every),
    }
}

/// True for rows whose value is one of these; null for null.
pub(super) fn one_of(column: &str, values: &[CheckValue]) -> Expr {
    let equal = |value: &CheckValue| {
        col(column).eq(match value {
            CheckValue::Text(text) => lit(text.as_str()),
            CheckValue::Int(number) => lit(*number),
            CheckValue::Bool(value) => lit(*value),
        })
    };
    values.iter().map(equal).reduce(Expr::or).unwrap_or_else(|| lit(false))
}

/// The condition in words, as in `text is empty`.
pub(super) fn words(condition: &RowCondition) -> String {
    let column = &condition.column;
    match &condition.is {
        Condition::Missing => format!("{column} is missing"),
        Condition::Present => format!("{column} is present"),
        Condition::Empty => format!("{column} is empty"),
        Condition::OneOf(values) => format!("{column} is {}", list(values)),
        Condition::Below(bound) => format!("{column} is below {bound}"),
        Condition::Above(bound) => format!("{column} is above {bound}"),
    }
}

/// Values in words, as in `human, bot or agent`.
pub(super) fn list(values: &[CheckValue]) -> String {
    let shown: Vec<String> = values
        .iter()
        .map(|value| match value {
            CheckValue::Text(text) => text.clone(),
            CheckValue::Int(number) => number.to_string(),
            CheckValue::Bool(value) => value.to_string(),
        })
        .collect();
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
