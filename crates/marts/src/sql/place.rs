//! Where in the SQL something is wrong: line, column, and the line itself with a mark below it.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Spanned, Visit, Visitor};
use sqlparser::tokenizer::Span;

use crate::failure::Failure;

/// A place in a text: line and column from 1, counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// How many characters are marked.
    pub(crate) width: usize,
}

/// The place of a part of a statement; the beginning where the parser does not tell.
pub(crate) fn place_of(span: Span) -> Place {
    let number = |number: u64| usize::try_from(number).unwrap_or_default().max(1);
    let (start, end) = (span.start, span.end);
    let width = match start.line == end.line {
        true => number(end.column.saturating_sub(start.column)),
        false => 1,
    };
    Place { line: number(start.line), column: number(start.column), width }
}

/// The place of an expression: of its first part whose place is known, where the parser does not tell its own.
pub(crate) fn place_in(expression: &Expr) -> Place {
    struct First(Option<Span>);
    impl Visitor for First {
        type Break = ();

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            let span = expression.span();
            if span.start.line == 0 {
                return ControlFlow::Continue(());
            }
            self.0 = Some(span);
            ControlFlow::Break(())
        }
    }
    let mut first = First(None);
    let _: ControlFlow<()> = expression.visit(&mut first);
    place_of(first.0.unwrap_or_else(Span::empty))
}

/// The line of a place, and a mark below it.
pub(crate) fn shown(sql: &str, place: Place) -> String {
    let line = sql.lines().nth(place.line - 1).unwrap_or_default().replace('\t', " ");
    let number = place.line.to_string();
    let gutter = " ".repeat(number.len());
    let (before, mark) = (" ".repeat(place.column - 1), "^".repeat(place.width.max(1)));
    format!("{number} | {line}\n  {gutter} | {before}{mark}")
}

/// An error at a place of the SQL.
pub(crate) fn error_at(sql: &str, place: Place, message: &str, hint: Option<String>) -> Failure {
    let Place { line, column, .. } = place;
    Failure::misuse(format!("{message}, at line {line}, column {column}\n  {}", shown(sql, place)), hint)
}

/// What the parser says of a text that is no SQL: its place stands at the end, as in `.. at Line: 1, Column: 8`.
pub(crate) fn syntax_error(sql: &str, message: &str) -> Failure {
    let Some((what, place)) = message.split_once(" at Line: ") else {
        return Failure::misuse(format!("this is no SQL that is understood: {message}"), None);
    };
    let mut numbers = place.split(", Column: ").filter_map(|number| number.trim().parse::<usize>().ok());
    let (Some(line), Some(column)) = (numbers.next(), numbers.next()) else {
        return Failure::misuse(format!("this is no SQL that is understood: {message}"), None);
    };
    let place = Place { line: line.max(1), column: column.max(1), width: 1 };
    error_at(sql, place, what, None)
}
