//! The only place that writes to stdout and stderr.

use std::io::IsTerminal;

use tracing_subscriber::filter::LevelFilter;

use crate::arguments::Output;
use crate::failure::Failure;

/// Humans read stderr.
#[expect(clippy::print_stderr, reason = "messages for people go to stderr")]
pub(crate) fn line(text: &str) {
    eprintln!("{text}");
}

/// Stdout holds the result.
#[expect(clippy::print_stdout, reason = "the result goes to stdout")]
pub(crate) fn result(text: &str) {
    println!("{text}");
}

/// Says why a command failed; with `--output json` the same on stdout as a document.
pub(crate) fn error(failure: &Failure, output: Output) {
    line(&format!("error: {}", failure.text()));
    if output == Output::Json {
        let document = serde_json::json!({
            "version": 1, "outcome": failure.outcome(), "exit_code": failure.exit_code(), "error": failure.text(),
        });
        result(&format!("{document:#}"));
    }
}

pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

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
