//! Commands that the program `convolake-marts` has.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::Command;

use convolake_engine::{Checked, Checker, Outcome};
use serde_json::Value;

use convolake_engine::Failure;

/// Runs the `convolake-marts` beside this binary, else the one on the PATH, and gives its exit code.
pub(crate) fn hand_over(command: &str, rest: &[String]) -> Result<u8, Failure> {
    match Command::new(program()).arg(command).args(rest).status() {
        Ok(status) => Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(_) => Err(Failure::Other {
            message: format!("`convolake {command}` needs the program convolake-marts, which is not here"),
            hint: Some(
                "it is not part of this version; DuckDB, Polars and Spark read the tables as they are".into(),
            ),
            outcome: Outcome::Misconfigured,
        }),
    }
}

/// Where `convolake-marts` is: beside this binary, else on the PATH.
fn program() -> PathBuf {
    let name = format!("convolake-marts{EXE_SUFFIX}");
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(&name)));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| name.into())
}

/// Carries checks out through `convolake-marts`.
pub(crate) struct MartsChecker;

impl Checker for MartsChecker {
    fn check(&self, pipeline: &str, to: &str) -> Result<Checked, String> {
        let arguments = ["checks", "--to", to, "--pipeline", pipeline, "--tables-only", "--output", "json"];
        let ended = Command::new(program()).args(arguments).output().map_err(|_| {
            "the pipeline says `checks: after_run`, which needs the program convolake-marts, and that is not here; \
             install it beside convolake, or take that word out"
                .to_owned()
        })?;
        let outcome = match ended.status.code() {
            Some(0) => Outcome::Done,
            Some(66) => Outcome::Short,
            _ => return Err(last_words(&ended.stderr)),
        };
        let report: Value = serde_json::from_slice(&ended.stdout)
            .map_err(|_| "what convolake-marts gave is no report; is it of another version?".to_owned())?;
        Ok(Checked { outcome, report })
    }
}

/// What a program has said at its end.
fn last_words(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let said: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match said.is_empty() {
        true => "convolake-marts ended without a word".to_owned(),
        false => said[said.len().saturating_sub(4)..].join("; "),
    }
}
