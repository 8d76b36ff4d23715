//! `IS [NOT] TRUE`, `IS [NOT] FALSE` and `IS [NOT] UNKNOWN`, which Polars answers with null where the value is null.

use sqlparser::ast::Expr;

use super::build::parsed;

pub(super) fn rewrite(expression: &mut Expr) {
    let text = match &*expression {
        Expr::IsTrue(inner) => format!("coalesce({inner}, FALSE)"),
        Expr::IsNotTrue(inner) => format!("(NOT coalesce({inner}, FALSE))"),
        Expr::IsFalse(inner) => format!("(NOT coalesce({inner}, TRUE))"),
        Expr::IsNotFalse(inner) => format!("coalesce({inner}, TRUE)"),
        Expr::IsUnknown(inner) => {
            *expression = Expr::IsNull(inner.clone());
            return;
        }
        Expr::IsNotUnknown(inner) => {
            *expression = Expr::IsNotNull(inner.clone());
            return;
        }
        _ => return,
    };
    *expression = parsed(&text);
}
