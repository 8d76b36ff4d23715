//! Reads what is asked, until the user goes.

use rustyline::config::{CompletionType, Configurer};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use super::helper::SqlHelper;
use super::history;
use super::words::Words;
use crate::failure::Failure;

/// What was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// SQL, without its semicolon.
    Sql(String),
    /// Asks what can be entered.
    Help,
    /// Nothing that is run.
    Nothing,
    /// The user goes.
    End,
}

/// True for what needs no semicolon.
pub(super) fn is_command(input: &str) -> bool {
    line_of_command(input).is_some()
}

fn line_of_command(input: &str) -> Option<Line> {
    let mut words = input.split_whitespace();
    Some(match (words.next()?.to_ascii_lowercase().as_str(), words.next(), words.next()) {
        ("quit" | "exit" | "\\q" | ".quit" | ".exit", None, None) => Line::End,
        ("help" | "\\?" | ".help" | "?", None, None) => Line::Help,
        ("\\d" | "\\dt" | ".tables", None, None) => Line::Sql("SHOW TABLES".to_owned()),
        ("\\d" | ".schema" | ".columns", Some(table), None) => Line::Sql(format!("DESCRIBE {table}")),
        _ => return None,
    })
}

/// A terminal that is asked for SQL.
pub(crate) struct Shell {
    editor: Editor<SqlHelper, FileHistory>,
    history: Option<std::path::PathBuf>,
}

impl Shell {
    /// Opens it, with what was asked before.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub(crate) fn open(words: Words) -> Result<Self, Failure> {
        let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
        let mut editor = Editor::with_config(config).map_err(Failure::other)?;
        editor.set_max_history_size(1000).map_err(Failure::other)?;
        editor.set_helper(Some(SqlHelper { words }));
        let history = history::file();
        if let Some(file) = &history {
            // None of an earlier time, or none that can be read.
            drop(editor.load_history(file));
        }
        Ok(Self { editor, history })
    }

    /// Reads one line, or several up to a semicolon.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub(crate) fn read(&mut self) -> Result<Line, Failure> {
        match self.editor.readline("lake> ") {
            Ok(input) => {
                if let Some(file) = &self.history {
                    drop(self.editor.append_history(file));
                }
                let input = input.trim();
                Ok(line_of_command(input).unwrap_or_else(|| match input.trim_end_matches(';').trim() {
                    "" => Line::Nothing,
                    sql => Line::Sql(sql.to_owned()),
                }))
            }
            Err(ReadlineError::Interrupted) => Ok(Line::Nothing),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(Failure::other(format!("the terminal cannot be read: {error}"))),
        }
    }
}
