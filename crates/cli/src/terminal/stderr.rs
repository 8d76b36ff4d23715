//! Words for people, and lines of JSON for machines, on stderr. A write that fails is let go: a run does not end because
//! nobody listens.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use convolake_engine::{Failure, LogFormat, Loudness, Outcome, Voice};
use indicatif::MultiProgress;
use serde_json::{Map, Value};

use super::json_log::json_line;
use super::stdout::{delivered, result};
use crate::arguments::Output;

static VOICE: OnceLock<Voice> = OnceLock::new();
static BARS: OnceLock<Option<MultiProgress>> = OnceLock::new();

/// Sets how everything from here on is said; the first call counts.
pub(super) fn begin(voice: Voice) {
    let _: Result<(), Voice> = VOICE.set(voice);
}

fn voice() -> Voice {
    VOICE.get().copied().unwrap_or_default()
}

/// The options by which another program of ours says as much as this one, in the same form.
pub(crate) fn same_voice() -> Vec<&'static str> {
    voice().options()
}

/// True where only what is wrong is said.
pub(crate) fn is_quiet() -> bool {
    voice().loudness == Loudness::Quiet
}

/// True where stderr takes lines of words, not of JSON.
pub(crate) fn says_lines() -> bool {
    voice().format == LogFormat::Human
}

/// The bars on the screen; `None` where stderr is no terminal that can move its cursor, or no bars are wanted.
pub(crate) fn bars() -> Option<&'static MultiProgress> {
    let make = || {
        let is_wanted = says_lines() && !is_quiet() && io::stderr().is_terminal();
        is_wanted.then(MultiProgress::new).filter(|bars| !bars.is_hidden())
    };
    BARS.get_or_init(make).as_ref()
}

/// True where log lines may have colours.
pub(super) fn has_colours() -> bool {
    // https://no-color.org: any value that is not empty.
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    says_lines() && io::stderr().is_terminal() && !is_refused
}

/// Writes whole lines, above the bars where there are some.
pub(super) fn write(lines: &[u8]) {
    let write = || {
        let mut stderr = io::stderr().lock();
        drop(stderr.write_all(lines).and_then(|()| stderr.flush()));
    };
    match BARS.get().and_then(Option::as_ref) {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// Says what goes on. Not with `-q`.
pub(crate) fn line(text: &str) {
    if !is_quiet() {
        say("info", text);
    }
}

/// Says what is wrong, also with `-q`.
pub(crate) fn trouble(text: &str) {
    say("warn", text);
}

fn say(level: &str, text: &str) {
    match voice().format {
        LogFormat::Human => write(format!("{text}\n").as_bytes()),
        LogFormat::Json if text.trim().is_empty() => {}
        LogFormat::Json => {
            let message = Map::from_iter([("message".to_owned(), text.trim().into())]);
            write(json_line(level, message).as_bytes());
        }
    }
}

/// Tells machines of an event, where stderr is for them: `fields` is an object.
pub(crate) fn event(level: &str, name: &str, fields: Value) {
    let is_told = voice().format == LogFormat::Json && (level != "info" || !is_quiet());
    if let (true, Value::Object(fields)) = (is_told, fields) {
        let mut all = Map::from_iter([("event".to_owned(), name.into())]);
        all.extend(fields);
        write(json_line(level, all).as_bytes());
    }
}

/// Says why a command failed; with `--output json` also as a document on stdout.
pub(crate) fn error(failure: &Failure, output: Output) {
    let (text, code) = (failure.text(), failure.exit_code());
    match voice().format {
        LogFormat::Human => write(format!("error: {text}\n").as_bytes()),
        LogFormat::Json => {
            let fields =
                serde_json::json!({"message": text, "outcome": failure.outcome(), "exit_code": code});
            event("error", "failed", fields);
        }
    }
    if output == Output::Json {
        let document = serde_json::json!({
            "version": 1, "outcome": failure.outcome(), "exit_code": code, "error": text,
        });
        // The exit code says that it failed, whether or not anybody reads this.
        let _: super::Delivery = result(&format!("{document:#}"));
    }
}

/// Says what is wrong with the command line, or shows the help that was asked for; gives the exit code.
pub(crate) fn usage(told: clap::Error) -> u8 {
    if !told.use_stderr() {
        return match told.print() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            printed => delivered(printed).exit_code(0),
        };
    }
    let code = Outcome::Misconfigured.exit_code();
    // The command line that would say so does not read.
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let is_json = words.iter().any(|word| word == "--log-format=json")
        || words
            .windows(2)
            .any(|pair| matches!(pair, [option, format] if option == "--log-format" && format == "json"))
        || std::env::var("CONVOLAKE_LOG_FORMAT").is_ok_and(|format| format == "json");
    match is_json {
        true => {
            let fields = Map::from_iter([
                ("event".to_owned(), "failed".into()),
                ("message".to_owned(), told.to_string().trim().into()),
                ("exit_code".to_owned(), code.into()),
            ]);
            write(json_line("error", fields).as_bytes());
        }
        // Nobody may listen.
        false => drop(told.print()),
    }
    code
}
