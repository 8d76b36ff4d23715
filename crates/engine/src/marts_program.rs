//! The program `convolake-marts`: its commands, and what it does after a run.

use std::env::consts::EXE_SUFFIX;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use convolake_model::{Mart, io_words};
use serde_json::Value;

use crate::seams::{AfterRun, AfterRunRequest, CarriedOut};
use crate::{Failure, Outcome};

/// Carries checks and derived tables out through `convolake-marts`.
#[derive(Debug, Clone, Copy)]
pub struct MartsProgram {
    /// The memory of the command, in bytes.
    pub memory_bytes: u64,
}

/// The least that `convolake-marts` takes, in bytes.
const LEAST_MEMORY_BYTES: u64 = 256_000_000;
/// How to get it.
const INSTALL: &str = "put it beside convolake or on the PATH; `cargo install --path crates/marts` builds it";
/// The lines of a failure that are told.
const LAST_LINES: usize = 4;

impl AfterRun for MartsProgram {
    fn check(&self, of: &AfterRunRequest<'_>) -> CarriedOut {
        let words = ["checks", "--pipeline", of.pipeline, "--tables-only"].map(str::to_owned);
        self.call("the pipeline says `checks: after_run`", of, &words)
    }

    fn derive(&self, of: &AfterRunRequest<'_>, marts: &[Mart]) -> CarriedOut {
        let mut words = ["-q", "mart", "--source", of.pipeline].map(str::to_owned).to_vec();
        words.extend(marts.iter().map(|mart| mart.name().to_owned()));
        self.call("the pipeline asks for derived tables under `marts`", of, &words)
    }
}

impl MartsProgram {
    /// Calls it for a document about a lake. `asked` says who wants it, where it is absent.
    fn call(self, asked: &str, of: &AfterRunRequest<'_>, words: &[String]) -> CarriedOut {
        let memory = self.memory_bytes.max(LEAST_MEMORY_BYTES).to_string();
        let mut command = Command::new(program());
        command
            .args(words)
            .args(["--to", of.to, "--output", "json", "--memory", &memory])
            .stdin(Stdio::null());
        // Not on its command line, which everybody on the machine reads: they may have come by a variable to this one, too.
        let set: Vec<String> = of.overrides.iter().map(ToString::to_string).collect();
        command.env("CONVOLAKE_SET", set.join("\n"));
        let Ok(ended) = command.output() else {
            let why =
                format!("{asked}, which needs the program convolake-marts, and that is not here: {INSTALL}");
            return CarriedOut::Not { outcome: Outcome::Failed, why };
        };
        let outcome = Outcome::of_exit_code(exit_code(ended.status));
        if !matches!(outcome, Outcome::Done | Outcome::Short) {
            let why = by_signal(ended.status).unwrap_or_else(|| last_words(&ended.stderr));
            return CarriedOut::Not { outcome, why };
        }
        match serde_json::from_slice::<Value>(&ended.stdout) {
            Ok(report) => CarriedOut::Done { outcome, report },
            Err(_) => {
                let why = "what convolake-marts gave is no report; is it of another version?".to_owned();
                CarriedOut::Not { outcome: Outcome::Failed, why }
            }
        }
    }
}

/// Has a command carried out with what stands behind it on the command line, in this program's streams, and gives its exit code. `voice` is the
/// options by which it says as much as this program does. On Unix this program becomes the other one, so that a signal reaches who does
/// the work.
///
/// # Errors
/// The program is absent, or cannot be called.
pub fn hand_over(voice: &[&str], command: &str, rest: &[String]) -> Result<u8, Failure> {
    let mut program = Command::new(program());
    program.args(voice).arg(command).args(rest);
    become_it(&mut program).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::Other {
            message: format!("`convolake {command}` needs the program convolake-marts, which is not here"),
            hint: Some(format!("{INSTALL}; DuckDB, Polars and Spark read the tables as they are")),
            outcome: Outcome::Misconfigured,
        },
        _ => Failure::Other {
            message: format!("{} could not be called: {}", program.get_program().display(), io_words(&error)),
            hint: None,
            outcome: Outcome::Failed,
        },
    })
}

/// Puts a program in this one's place.
#[cfg(unix)]
fn become_it(program: &mut Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;
    Err(program.exec())
}

#[cfg(not(unix))]
fn become_it(program: &mut Command) -> io::Result<u8> {
    program.status().map(exit_code)
}

/// The `convolake-marts` beside the program that runs, else the one on the PATH.
fn program() -> PathBuf {
    let name = format!("convolake-marts{EXE_SUFFIX}");
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(&name)));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| name.into())
}

/// The code of a program that ended; 1 where a signal ended it.
fn exit_code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// What has ended a program that could not say so itself; `None` where it ended of its own accord.
#[cfg(unix)]
fn by_signal(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    Some(match status.signal()? {
        2 | 15 => {
            "convolake-marts was asked to end before it was done; call `convolake mart` or `convolake checks` for what is left"
                .to_owned()
        }
        9 => {
            "convolake-marts was killed, as a system does that runs out of memory; allow it less by `--memory`"
                .to_owned()
        }
        signal => format!("convolake-marts was ended by signal {signal}"),
    })
}

#[cfg(not(unix))]
fn by_signal(_: ExitStatus) -> Option<String> {
    None
}

/// What a program has said at its end.
fn last_words(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let said: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match said.is_empty() {
        true => "convolake-marts ended without a word".to_owned(),
        false => said[said.len().saturating_sub(LAST_LINES)..].join("; "),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_a_signal_has_ended_is_told_of() {
        let ended_by = |script: &str| {
            let ended = Command::new("sh").args(["-c", script]).status().unwrap();
            by_signal(ended)
        };
        assert_eq!(ended_by("exit 1"), None);
        assert!(ended_by("kill -TERM $$").unwrap().contains("asked to end"));
        assert!(ended_by("kill -KILL $$").unwrap().contains("out of memory"));
        assert!(ended_by("kill -ABRT $$").unwrap().contains("signal 6"));
    }
}
