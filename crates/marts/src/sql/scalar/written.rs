//! Literals that Polars' SQL does not read: `1e3`, `E'x\ty'`.

use sqlparser::ast::{Expr, Value};

use super::build::parsed;

pub(super) fn rewrite(expression: &mut Expr) {
    let Expr::Value(value) = expression else { return };
    match &value.value {
        Value::Number(number, _) if number.contains(['e', 'E']) => {
            if let Ok(float) = number.parse::<f64>() {
                let digits = format!("{float}");
                *expression = match digits.contains('.') {
                    true => parsed(&digits),
                    false => parsed(&format!("{digits}.0")),
                };
            }
        }
        Value::EscapedStringLiteral(text) => {
            let text = text.clone();
            *expression = Expr::Value(Value::SingleQuotedString(text).into());
        }
        _ => {}
    }
}
