//! What helps while a line is written: completion, and lines that go on until a semicolon.

use rustyline::completion::{Completer, Pair};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};

use super::complete::complete;
use super::words::Words;

/// Completes by [`Words`].
#[derive(Helper, Hinter, Highlighter)]
pub(super) struct SqlHelper {
    pub(super) words: Words,
}

impl Completer for SqlHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (begin, found) = complete(line, at, &self.words);
        let pair = |word: String| Pair { display: word.clone(), replacement: word };
        Ok((begin, found.into_iter().map(pair).collect()))
    }
}

impl Validator for SqlHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

/// True for what is run when Enter is pressed: what ends with a semicolon, a command of the shell, nothing.
fn is_whole(input: &str) -> bool {
    let input = input.trim();
    let is_command = super::read::is_command(input);
    input.is_empty() || is_command || (input.ends_with(';') && !is_in_quotes(input))
}

/// True where the text ends within a literal or a quoted name.
fn is_in_quotes(input: &str) -> bool {
    let mut open = None;
    for character in input.chars() {
        match open {
            Some(quote) if quote == character => open = None,
            None if matches!(character, '\'' | '"' | '`') => open = Some(character),
            _ => {}
        }
    }
    open.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_with_a_semicolon() {
        for (input, expected) in [
            ("", true),
            ("SELECT 1;", true),
            ("SELECT 1; ", true),
            ("SELECT 1", false),
            ("SELECT ';", false),
            ("SELECT 'it''s';", true),
            ("SELECT \"a;", false),
            ("quit", true),
            ("exit", true),
            (".tables", true),
            ("help", true),
        ] {
            assert_eq!(is_whole(input), expected, "{input}");
        }
    }
}
