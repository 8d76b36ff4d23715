//! Which forms of expressions are taken. Those that nobody has held against another database are refused, at their place, lest Polars
//! answers them in its own way.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use super::Scalars;
use super::build::name_of_function;
use crate::failure::Failure;
use crate::sql::explain::no_function;
use crate::sql::names_of_functions::is_known;

pub(super) fn check(scalars: &Scalars<'_>, expression: &Expr) -> Result<(), Failure> {
    let refused = |message: &str, hint: &str| Err(scalars.refused(expression, message, hint));
    match expression {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::Between { .. }
        | Expr::InList { .. }
        | Expr::Nested(_)
        | Expr::Cast { .. }
        | Expr::AtTimeZone { .. }
        | Expr::Extract { .. }
        | Expr::Ceil { .. }
        | Expr::Floor { .. }
        | Expr::Position { .. }
        | Expr::Substring { .. }
        | Expr::Trim { .. }
        | Expr::Case { .. }
        | Expr::TypedString(_)
        | Expr::Interval(_)
        | Expr::Array(_)
        | Expr::CompoundFieldAccess { .. }
        | Expr::RLike { .. } => Ok(()),
        Expr::AnyOp { compare_op: BinaryOperator::Eq, .. } => Ok(()),
        Expr::Like { escape_char: None, any: false, .. }
        | Expr::ILike { escape_char: None, any: false, .. } => Ok(()),
        Expr::Like { .. } | Expr::ILike { .. } => refused(
            "LIKE with ESCAPE is not taken",
            "regexp_like(text, 'a_b.*') matches by a regular expression",
        ),
        Expr::SimilarTo { .. } => {
            refused("SIMILAR TO is not taken", "regexp_like(text, '^a.*$') matches by a regular expression")
        }
        Expr::Tuple(_) => {
            refused("rows in brackets are not compared", "compare column by column, joined by AND")
        }
        Expr::Collate { .. } => {
            refused("COLLATE is not taken", "lower(text) makes small and capital letters equal")
        }
        Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_) => refused(
            "ROLLUP, CUBE and GROUPING SETS are not taken",
            "UNION ALL of a query for each grouping gives the same",
        ),
        Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => refused(
            "a subquery is not taken here",
            "join a common table expression, or make EXISTS a condition of its own in WHERE",
        ),
        Expr::Value(value) => match &value.value {
            Value::Number(..)
            | Value::SingleQuotedString(_)
            | Value::EscapedStringLiteral(_)
            | Value::Boolean(_)
            | Value::Null => Ok(()),
            _ => refused("this form of a literal is not taken", "texts stand in single quotes"),
        },
        Expr::UnaryOp { op: UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not, .. } => Ok(()),
        Expr::BinaryOp { op, .. } if is_operator(op) => Ok(()),
        Expr::Function(function) => {
            let name = name_of_function(function);
            match is_known(&name) {
                true => Ok(()),
                false => Err(no_function(scalars.sql, function)),
            }
        }
        _ => refused("this form of SQL is not taken", "docs/query.md tells what is"),
    }
}

fn is_operator(op: &BinaryOperator) -> bool {
    use BinaryOperator as B;
    matches!(
        op,
        B::Plus
            | B::Minus
            | B::Multiply
            | B::Divide
            | B::Modulo
            | B::DuckIntegerDivide
            | B::StringConcat
            | B::Gt
            | B::Lt
            | B::GtEq
            | B::LtEq
            | B::Eq
            | B::NotEq
            | B::And
            | B::Or
            | B::BitwiseXor
            | B::PGExp
            | B::Arrow
            | B::LongArrow
            | B::PGRegexMatch
            | B::PGRegexIMatch
            | B::PGRegexNotMatch
            | B::PGRegexNotIMatch
            | B::Spaceship
    )
}
