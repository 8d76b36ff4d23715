//! The only place that writes to stdout and stderr.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::filter::LevelFilter;

use crate::arguments::Output;
use crate::failure::Failure;

/// Writes a line for people to stderr. A run does not end because stderr was closed.
pub(crate) fn line(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Writes a result to stdout. A reader that closes it early, as `head` does, is no error.
pub(crate) fn result(text: &str) {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            line(&format!("error: the result cannot be written to stdout: {error}"));
        }
        Ok(()) | Err(_) => {}
    }
}

/// Writes why a command failed; with `--output json` also as a document to stdout.
pub(crate) fn error(failure: &Failure, output: Output) {
    line(&format!("error: {}", failure.text()));
    if output == Output::Json {
        let document = serde_json::json!({
            "version": 1, "outcome": failure.outcome(), "exit_code": failure.exit_code(), "error": failure.text(),
        });
        result(&format!("{document:#}"));
    }
}

/// Whether people watch stderr.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Logs to stderr, the more the more often `-v` is given.
pub(crate) fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal())
        .init();
}
