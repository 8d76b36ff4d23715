//! Checks of tables at the end of a command that writes, by the program `convolake-marts`.

use std::process::Command;

use convolake_engine::{Checked, Checker, Outcome};
use serde_json::Value;

use crate::marts::{LEAST_MEMORY_BYTES, program};

/// Carries checks out through `convolake-marts`.
pub(crate) struct MartsChecker {
    /// The memory of the command, in bytes.
    pub(crate) memory_bytes: u64,
}

impl Checker for MartsChecker {
    fn check(&self, pipeline: &str, to: &str) -> Result<Checked, String> {
        let memory = self.memory_bytes.max(LEAST_MEMORY_BYTES).to_string();
        let mut command = Command::new(program());
        command.args(["checks", "--to", to, "--pipeline", pipeline, "--tables-only", "--output", "json"]);
        let ended = command.args(["--memory", &memory]).output().map_err(|_| {
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
