//! Where in the SQL something is wrong: line, column, and the line itself with a mark below it.

use crate::failure::Failure;

/// A place in a text: line and column from 1, counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// How many characters are marked.
    pub(crate) width: usize,
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
