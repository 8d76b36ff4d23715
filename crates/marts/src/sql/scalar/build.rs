//! Expressions as they are taken apart and put together.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Value};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

/// A name of a column, in quotes.
pub(crate) fn identifier(name: &str) -> String {
    Ident::with_quote('"', name).to_string()
}

/// A column of the frame.
pub(crate) fn name(column: &str) -> Expr {
    Expr::Identifier(Ident::with_quote('"', column))
}

/// The column that an expression is.
pub(crate) fn is_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Identifier(ident) => Some(&ident.value),
        Expr::Nested(inner) => is_name(inner),
        _ => None,
    }
}

/// An expression that keeps its meaning within another.
pub(crate) fn in_brackets(expression: Expr) -> Expr {
    match expression {
        bare @ (Expr::Identifier(_) | Expr::Nested(_) | Expr::Function(_) | Expr::Value(_)) => bare,
        other => Expr::Nested(Box::new(other)),
    }
}

/// An expression of our own words; of words that do not parse, NULL, which no caller writes.
pub(crate) fn parsed(sql: &str) -> Expr {
    let parser = Parser::new(&GenericDialect).try_with_sql(sql);
    let expression = parser.and_then(|mut parser| parser.parse_expr());
    expression.unwrap_or_else(|_| Expr::Value(Value::Null.into()))
}

/// The text of a literal.
pub(crate) fn text_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        Expr::Nested(inner) => text_of(inner),
        _ => None,
    }
}

/// The digits of a literal, with its sign.
pub(crate) fn number_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number.clone()),
            _ => None,
        },
        Expr::UnaryOp { op: sqlparser::ast::UnaryOperator::Minus, expr } => {
            number_of(expr).map(|number| format!("-{number}"))
        }
        Expr::Nested(inner) => number_of(inner),
        _ => None,
    }
}

/// The name of a function, in small letters.
pub(crate) fn name_of_function(function: &Function) -> String {
    let name = function.name.0.last().and_then(|part| part.as_ident());
    name.map(|ident| ident.value.to_ascii_lowercase()).unwrap_or_default()
}

/// The arguments of a function of this name.
pub(crate) fn called<'e>(expression: &'e Expr, name: &str) -> Option<Vec<&'e Expr>> {
    match expression {
        Expr::Function(function) if name_of_function(function) == name => Some(arguments(function)),
        Expr::Nested(inner) => called(inner, name),
        _ => None,
    }
}

/// The arguments of a function.
pub(crate) fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let each = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
        _ => None,
    });
    each.collect()
}
