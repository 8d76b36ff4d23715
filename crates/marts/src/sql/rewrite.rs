//! A statement in the words that Polars' SQL understands: all instants of a lake are of UTC, and Polars' literals of none.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, Interval, ObjectName, Statement, TypedString, Value, VisitMut, VisitorMut,
};

use super::functions::{AT_TIME_ZONE, INSTANT, JSON_EXTRACT};

/// The statement, rewritten. `instants` are the columns that hold instants, `at` is what `now()` stands for.
pub(super) fn rewritten(statement: &Statement, instants: &BTreeSet<String>, at: Timestamp) -> Statement {
    let mut statement = statement.clone();
    let _: ControlFlow<()> = statement.visit(&mut Rewrite { instants, at });
    statement
}

struct Rewrite<'a> {
    instants: &'a BTreeSet<String>,
    at: Timestamp,
}

impl VisitorMut for Rewrite<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            // Beside a column a text is taken for what the column is, and files are passed over by it.
            Expr::BinaryOp { left, right, .. } => {
                let beside = [self.is_instant(right), self.is_instant(left)];
                for (side, is_beside) in [left, right].into_iter().zip(beside) {
                    if is_beside {
                        self.to_text(side);
                    }
                }
            }
            Expr::Between { expr, low, high, .. } if self.is_instant(expr) => {
                self.to_text(low);
                self.to_text(high);
            }
            _ => {}
        }
        if let Some(instant) = self.value(expression) {
            *expression = call(INSTANT, vec![text_literal(instant.to_string())]);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            Expr::AtTimeZone { timestamp, time_zone } => {
                *expression = call(AT_TIME_ZONE, vec![(**timestamp).clone(), (**time_zone).clone()]);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Arrow | BinaryOperator::LongArrow, right } => {
                if let Some(path) = json_path(right) {
                    *expression = call(JSON_EXTRACT, vec![(**left).clone(), text_literal(path)]);
                }
            }
            Expr::Function(function) if is_called(function, &["current_date", "today"]) => {
                let day = self.at.strftime("%Y-%m-%d").to_string();
                *expression = Expr::TypedString(TypedString {
                    data_type: DataType::Date,
                    value: Value::SingleQuotedString(day).into(),
                    uses_odbc_syntax: false,
                });
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Rewrite<'_> {
    /// True for a column of instants.
    fn is_instant(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Identifier(ident) => self.instants.contains(&ident.value),
            Expr::CompoundIdentifier(parts) => {
                parts.last().is_some_and(|ident| self.instants.contains(&ident.value))
            }
            _ => false,
        }
    }

    /// Writes an instant as a text without a zone, as Polars takes it beside a column of instants.
    fn to_text(&self, side: &mut Expr) {
        let instant = match &*side {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => instant_of(text),
                _ => None,
            },
            other => self.value(other),
        };
        if let Some(instant) = instant {
            let text = instant.strftime("%Y-%m-%dT%H:%M:%S%.f").to_string();
            *side = text_literal(text);
        }
    }

    /// The instant that an expression stands for: a literal, `now()`, either with an interval added or taken away.
    fn value(&self, expression: &Expr) -> Option<Timestamp> {
        match expression {
            Expr::TypedString(TypedString { data_type, value, .. }) => {
                let is_instant = matches!(
                    data_type,
                    DataType::Timestamp(..) | DataType::Datetime(_) | DataType::TimestampNtz(_)
                );
                match &value.value {
                    Value::SingleQuotedString(text) if is_instant => instant_of(text),
                    _ => None,
                }
            }
            Expr::Function(function) => is_called(function, &["now", "current_timestamp"]).then_some(self.at),
            Expr::Nested(inner) => self.value(inner),
            Expr::BinaryOp { left, op, right } => {
                let (instant, span) = (self.value(left)?, span_of(right)?);
                let there = instant.to_zoned(TimeZone::UTC);
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
}

/// The instant of a text: with a zone, or of UTC; a day alone begins at midnight.
fn instant_of(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let time: DateTime = text.parse().ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The length of `INTERVAL '7 days'` or `INTERVAL '7' DAY`.
fn span_of(expression: &Expr) -> Option<Span> {
    let Expr::Interval(Interval { value, leading_field, .. }) = expression else { return None };
    let Expr::Value(value) = &**value else { return None };
    let number = match &value.value {
        Value::SingleQuotedString(text) => text.clone(),
        Value::Number(number, _) => number.to_string(),
        _ => return None,
    };
    let text = match leading_field {
        Some(field) => format!("{number} {}", field.to_string().to_ascii_lowercase()),
        None => number,
    };
    text.parse().ok()
}

/// The JSONPath of what stands behind `->`: a key, the number of an element, or a path.
fn json_path(expression: &Expr) -> Option<String> {
    let Expr::Value(value) = expression else { return None };
    match &value.value {
        Value::SingleQuotedString(path) if path.starts_with('$') => Some(path.clone()),
        Value::SingleQuotedString(key) => Some(format!("$['{key}']")),
        Value::Number(number, _) => Some(format!("$[{number}]")),
        _ => None,
    }
}

/// True for one of these functions, without arguments.
fn is_called(function: &Function, names: &[&str]) -> bool {
    let takes_nothing = match &function.args {
        FunctionArguments::None => true,
        FunctionArguments::List(list) => list.args.is_empty(),
        FunctionArguments::Subquery(_) => false,
    };
    takes_nothing && names.contains(&function.name.to_string().to_ascii_lowercase().as_str())
}

fn text_literal(text: String) -> Expr {
    Expr::Value(Value::SingleQuotedString(text).into())
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use sqlparser::dialect::GenericDialect;
    use sqlparser::parser::Parser;

    use super::*;

    #[test]
    fn instants_are_of_utc() {
        let at: Timestamp = "2026-01-31T10:20:30Z".parse().unwrap();
        let instants = BTreeSet::from(["a".to_owned()]);
        for (sql, expected) in [
            ("SELECT x", "SELECT x"),
            ("SELECT a > TIMESTAMP '2025-01-01 00:00:00'", "SELECT a > '2025-01-01T00:00:00'"),
            ("SELECT t.a > TIMESTAMP '2025-01-01'", "SELECT t.a > '2025-01-01T00:00:00'"),
            ("SELECT a > '2025-01-01T02:00:00+02:00'", "SELECT a > '2025-01-01T00:00:00'"),
            ("SELECT b > '2025-01-01T02:00:00Z'", "SELECT b > '2025-01-01T02:00:00Z'"),
            (
                "SELECT a BETWEEN TIMESTAMP '2025-01-01' AND '2025-01-02T00:00:00.25Z'",
                "SELECT a BETWEEN '2025-01-01T00:00:00' AND '2025-01-02T00:00:00.25'",
            ),
            (
                "SELECT max(a) - TIMESTAMP '2025-01-01'",
                "SELECT max(a) - instant_of_utc('2025-01-01T00:00:00Z')",
            ),
            ("SELECT a > now() - INTERVAL '1 day'", "SELECT a > '2026-01-30T10:20:30'"),
            ("SELECT a > (now() - INTERVAL '1' MONTH)", "SELECT a > '2025-12-31T10:20:30'"),
            ("SELECT now()", "SELECT instant_of_utc('2026-01-31T10:20:30Z')"),
            ("SELECT CURRENT_DATE", "SELECT DATE '2026-01-31'"),
            ("SELECT a AT TIME ZONE 'Europe/Berlin'", "SELECT at_time_zone(a, 'Europe/Berlin')"),
            ("SELECT e ->> 'k'", "SELECT json_extract_string(e, '$[''k'']')"),
            ("SELECT 'TIMESTAMP ''2025-01-01'''", "SELECT 'TIMESTAMP ''2025-01-01'''"),
        ] {
            let statement = Parser::parse_sql(&GenericDialect, sql).unwrap().remove(0);
            assert_eq!(rewritten(&statement, &instants, at).to_string(), expected, "{sql}");
        }
    }
}
