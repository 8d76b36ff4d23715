//! `json -> 'key' ->> 0`: the value at a JSONPath.

use sqlparser::ast::{BinaryOperator, Expr, Value};

use super::Scalars;
use super::build::{called, number_of, parsed, text_of};
use crate::failure::Failure;
use crate::sql::functions::JSON_EXTRACT;

/// `j ->> 'k' = 'x'` and `j ->> 'k' IS NULL`, which the parser takes for `j ->> ('k' = 'x')`: an arrow binds first.
pub(super) fn regroup(expression: &mut Expr) {
    let Expr::BinaryOp { left, op: op @ (BinaryOperator::Arrow | BinaryOperator::LongArrow), right } =
        &*expression
    else {
        return;
    };
    let arrow = |key: &Expr| {
        Box::new(Expr::Nested(Box::new(Expr::BinaryOp {
            left: left.clone(),
            op: op.clone(),
            right: Box::new(key.clone()),
        })))
    };
    let is_key = |key: &Expr| text_of(key).is_some() || number_of(key).is_some();
    let regrouped = match &**right {
        Expr::IsNull(key) if is_key(key) => Expr::IsNull(arrow(key)),
        Expr::IsNotNull(key) if is_key(key) => Expr::IsNotNull(arrow(key)),
        Expr::BinaryOp { left: key, op, right } if is_key(key) => {
            Expr::BinaryOp { left: arrow(key), op: op.clone(), right: right.clone() }
        }
        Expr::InList { expr: key, list, negated } if is_key(key) => {
            Expr::InList { expr: arrow(key), list: list.clone(), negated: *negated }
        }
        Expr::Like { negated, any, expr: key, pattern, escape_char } if is_key(key) => Expr::Like {
            negated: *negated,
            any: *any,
            expr: arrow(key),
            pattern: pattern.clone(),
            escape_char: escape_char.clone(),
        },
        _ => return,
    };
    *expression = regrouped;
}

pub(super) fn rewrite(scalars: &Scalars<'_>, expression: &mut Expr) -> Result<(), Failure> {
    if let Some([json, path]) = called(expression, JSON_EXTRACT).as_deref()
        && let Some(text) = text_of(path)
    {
        // A path begins with `$`, and all else is a key.
        if !text.starts_with('$') {
            let path = key(scalars, path, text)?;
            *expression = extract(json, &path);
        }
        return Ok(());
    }
    let Expr::BinaryOp { left, op: BinaryOperator::Arrow | BinaryOperator::LongArrow, right } = &*expression
    else {
        return Ok(());
    };
    let path = match (text_of(right), number_of(right)) {
        (Some(path), _) if path.starts_with("$.") || path.starts_with("$[") || path == "$" => path.to_owned(),
        (Some(text), _) => key(scalars, right, text)?,
        (None, Some(number)) if !number.starts_with('-') => format!("$[{number}]"),
        _ => {
            let hint = "as in extra ->> 'key', or payload -> 'steps' -> 0";
            return Err(scalars.refused(
                right,
                "a key, the number of an element, or a path stands behind an arrow",
                hint,
            ));
        }
    };
    *expression = extract(left, &path);
    Ok(())
}

/// The path of a key.
fn key(scalars: &Scalars<'_>, at: &Expr, key: &str) -> Result<String, Failure> {
    if key.is_empty() || key.contains(['\'', '\\']) {
        let hint = "take the JSON apart elsewhere: a path of Polars has no word for it";
        return Err(scalars.refused(
            at,
            "this key cannot be taken: it is empty, or has a quote or backslash",
            hint,
        ));
    }
    Ok(format!("$['{key}']"))
}

fn extract(json: &Expr, path: &str) -> Expr {
    let path = Expr::Value(Value::SingleQuotedString(path.to_owned()).into());
    parsed(&format!("{JSON_EXTRACT}({json}, {path})"))
}
