//! Commands that the program `convolake-marts` has, and what it does after a run.

use std::env::consts::EXE_SUFFIX;
use std::process::{Command, Stdio};

use convolake_engine::{Failure, Mart, Outcome, Override, Project, RunReport};
use serde_json::{Value, json};

use crate::arguments::Common;
use crate::terminal;

/// The derived tables that a pipeline asks for after each run.
#[derive(Debug, Default)]
pub(crate) struct AfterRun {
    marts: Vec<Mart>,
    /// The pipeline as the user names it: what its words mean stands there.
    pipeline: String,
    memory_bytes: u64,
}

impl AfterRun {
    /// Of a pipeline. One that does not read asks for none: the run tells why.
    pub(crate) fn of(pipeline: &str, overrides: &[Override], common: &Common) -> Self {
        let marts =
            Project::load(pipeline, overrides).map(|project| project.pipeline.marts).unwrap_or_default();
        Self { marts, pipeline: pipeline.to_owned(), memory_bytes: common.memory }
    }

    /// Has the tables brought up to date, and notes in the report what came of it. What the run has committed stays, whatever comes of it.
    pub(crate) fn bring_up_to_date(&self, report: &mut RunReport) {
        if self.marts.is_empty() || report.outcome == Outcome::Misconfigured {
            return;
        }
        let memory = format!("{}", self.memory_bytes.max(LEAST_MEMORY_BYTES));
        let mut command = Command::new(program());
        command.args([
            "mart",
            "--to",
            &report.lake,
            "--source",
            &self.pipeline,
            "--output",
            "json",
            "--memory",
            &memory,
        ]);
        command.args(terminal::same_voice());
        command.args(self.marts.iter().map(|mart| mart.name()));
        let (outcome, told) = match command.stdin(Stdio::null()).stderr(Stdio::inherit()).output() {
            Ok(output) => {
                let code = output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
                let told = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
                (
                    Outcome::of_exit_code(code),
                    json!({ "outcome": Outcome::of_exit_code(code), "built": told }),
                )
            }
            Err(_) => {
                let message = "derived tables are not up to date: they need the program convolake-marts, which is not here";
                terminal::trouble(&format!(
                    "{message}\n  hint: {INSTALL}, then call `convolake mart --to {}`",
                    report.lake
                ));
                (Outcome::Failed, json!({ "outcome": Outcome::Failed, "message": message }))
            }
        };
        report.marts = Some(told);
        report.outcome = report.outcome.max(outcome);
        report.exit_code = report.outcome.exit_code();
    }
}

/// The least that `convolake-marts` takes.
pub(crate) const LEAST_MEMORY_BYTES: u64 = 256_000_000;
const INSTALL: &str = "put it beside convolake or on the PATH; `cargo install --path crates/marts` builds it";

/// The `convolake-marts` beside this binary, else the one on the PATH.
pub(crate) fn program() -> std::path::PathBuf {
    let name = format!("convolake-marts{EXE_SUFFIX}");
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(&name)));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| name.into())
}

/// Runs the `convolake-marts` beside this binary, else the one on the PATH, and gives its exit code.
pub(crate) fn hand_over(command: &str, rest: &[String]) -> Result<u8, Failure> {
    match Command::new(program()).arg(command).args(rest).status() {
        Ok(status) => Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(_) => Err(Failure::Other {
            message: format!("`convolake {command}` needs the program convolake-marts, which is not here"),
            hint: Some(format!("{INSTALL}; DuckDB, Polars and Spark read the tables as they are")),
            outcome: Outcome::Misconfigured,
        }),
    }
}
