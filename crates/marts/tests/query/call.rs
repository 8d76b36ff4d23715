//! Calls of the built binary.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::lake::Lake;

/// A call of `convolake-marts` that is still to be made.
pub(crate) struct Call {
    command: Command,
    input: String,
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Call {
    /// `query --to LAKE WORDS`.
    pub(crate) fn query(lake: &Lake, words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
        command.args(["query", "--to", &lake.to]).args(words);
        command.envs(lake.environment.iter().map(|(name, value)| (name, value)));
        Self { command, input: String::new() }
    }

    /// What stands on standard input.
    pub(crate) fn input(mut self, text: &str) -> Self {
        self.input = text.to_owned();
        self
    }

    /// Waits for its end, whatever that is.
    pub(crate) fn end(mut self) -> Ended {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(self.input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// What stands on stdout after an end with this code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Ended {
        let ended = self.end();
        assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
        ended
    }
}

/// The answer as CSV.
#[track_caller]
pub(crate) fn csv(lake: &Lake, sql: &str) -> String {
    Call::query(lake, &["--output", "csv", sql]).ends(0).stdout
}

/// The error, and its exit code.
#[track_caller]
pub(crate) fn refused(lake: &Lake, sql: &str, code: i32) -> String {
    let ended = Call::query(lake, &["--output", "csv", sql]).ends(code);
    assert_eq!(ended.stdout, "", "{}", ended.stderr);
    ended.stderr
}
