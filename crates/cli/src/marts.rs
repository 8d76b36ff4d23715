//! Commands that the program `convolake-marts` has.

use std::env::consts::EXE_SUFFIX;
use std::process::Command;

use convolake_engine::Outcome;

use convolake_engine::Failure;

/// Runs the `convolake-marts` beside this binary, else the one on the PATH, and gives its exit code.
pub(crate) fn hand_over(command: &str, rest: &[String]) -> Result<u8, Failure> {
    let name = format!("convolake-marts{EXE_SUFFIX}");
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(&name)));
    let program = beside.filter(|path| path.is_file()).unwrap_or_else(|| name.into());
    match Command::new(program).arg(command).args(rest).status() {
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
