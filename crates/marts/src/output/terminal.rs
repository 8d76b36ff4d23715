//! The only place that writes to stderr. What stands there is advice: it may be lost, and stops nothing.

use std::io::{self, Write};
use std::sync::OnceLock;

use convolake_engine::{LogFormat, Loudness, Outcome, Voice};
use serde_json::json;

use crate::failure::Failure;

static VOICE: OnceLock<Voice> = OnceLock::new();

/// Sets how everything from here on is said; the first call counts.
pub(crate) fn begin(voice: Voice) {
    let _: Result<(), Voice> = VOICE.set(voice);
}

fn voice() -> Voice {
    VOICE.get().copied().unwrap_or_default()
}

/// Says what goes on. Not with `-q`.
pub(crate) fn line(text: &str) {
    if voice().loudness > Loudness::Quiet {
        say("info", text);
    }
}

/// Says what was decided on the way, with `-v`.
pub(crate) fn detail(text: &str) {
    if voice().loudness > Loudness::Usual {
        say("debug", text);
    }
}

/// Says why a command failed.
pub(crate) fn error(failure: &Failure) {
    match voice().format {
        LogFormat::Human => write(&format!("error: {}", failure.text())),
        LogFormat::Json => write(
            &json!({"level": "error", "event": "failed", "message": failure.text(),
                "outcome": failure.outcome(), "exit_code": failure.exit_code()})
            .to_string(),
        ),
    }
}

/// Says that this program, or the library it reads with, did what it should not.
pub(crate) fn fault(text: &str) {
    let first = text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" ");
    say(
        "error",
        &format!(
            "error: this is a fault of convolake itself: {first}\n  hint: report it with this text, please"
        ),
    );
}

/// Says what is wrong with the command line, or shows the help that was asked for; gives the exit code.
pub(crate) fn usage(told: &clap::Error) -> u8 {
    let is_printed = told.print().is_ok();
    match (told.use_stderr(), is_printed) {
        (true, _) => Outcome::Misconfigured.exit_code(),
        (false, true) => 0,
        (false, false) => Outcome::Failed.exit_code(),
    }
}

fn say(level: &str, text: &str) {
    match voice().format {
        LogFormat::Human => write(text),
        LogFormat::Json => write(&json!({"level": level, "message": text}).to_string()),
    }
}

/// A line that cannot be written is let go.
fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    drop(stderr.write_all(format!("{text}\n").as_bytes()).and_then(|()| stderr.flush()));
}

/// Columns of the terminal that shows stdout; `None` where it is none, and lines may be of any length.
pub(crate) fn stdout_width() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(io::stdout())?;
    // A terminal that says it has no columns does not know.
    (width > 0).then_some(usize::from(width))
}
