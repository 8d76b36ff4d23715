//! Integers are of 64 bits: what Polars counts is of 32 without a sign, and parts of times are of 8, and both wrap where they are
//! reckoned with.

use polars::prelude::DataType;
use sqlparser::ast::{BinaryOperator, DataType as Sql, DateTimeField, Expr};

use super::Scalars;
use super::build::{arguments, name_of_function, number_of, parsed, text_of};
use crate::sql::functions::{MINUS, PLUS, POSITION, TIMES};
use crate::sql::names_of_functions::gives_narrow_integer;

pub(super) fn rewrite(scalars: &mut Scalars<'_>, expression: &mut Expr) {
    let text = match &mut *expression {
        Expr::Function(function) if name_of_function(function) == "strpos" => {
            match arguments(function).as_slice() {
                [text, part] => format!("{POSITION}({text}, {part})"),
                _ => return,
            }
        }
        Expr::Position { expr, r#in } => format!("{POSITION}({}, {expr})", r#in),
        Expr::BinaryOp { left, op, right } => {
            let function = match op {
                BinaryOperator::Plus => PLUS,
                BinaryOperator::Minus => MINUS,
                BinaryOperator::Multiply => TIMES,
                _ => return,
            };
            let mut is_whole = |side: &Expr| match number_of(side) {
                Some(number) => number.parse::<i64>().is_ok(),
                None => scalars.kind(side) == Some(DataType::Int64),
            };
            let is_literal = number_of(left).is_some() && number_of(right).is_some();
            if is_literal || !is_whole(left) || !is_whole(right) {
                return;
            }
            format!("{function}({left}, {right})")
        }
        Expr::Function(function) if function.over.is_none() => {
            let named = name_of_function(function);
            let is_epoch = named == "date_part"
                && arguments(function).first().and_then(|part| text_of(part)).is_some_and(is_fraction);
            if is_epoch || !gives_narrow_integer(&named) {
                return;
            }
            format!("CAST({function} AS BIGINT)")
        }
        Expr::Extract { field: DateTimeField::Epoch, .. } => return,
        extract @ Expr::Extract { .. } => format!("CAST({extract} AS BIGINT)"),
        Expr::Cast { data_type, .. } => {
            let is_integer = matches!(
                data_type,
                Sql::TinyInt(_)
                    | Sql::SmallInt(_)
                    | Sql::Int2(_)
                    | Sql::Int4(_)
                    | Sql::MediumInt(_)
                    | Sql::Int(_)
                    | Sql::Integer(_)
                    | Sql::Int16
                    | Sql::Int32
            );
            if is_integer {
                *data_type = Sql::BigInt(None);
            }
            return;
        }
        _ => return,
    };
    *expression = parsed(&text);
}

fn is_fraction(part: &str) -> bool {
    part.eq_ignore_ascii_case("epoch")
}
