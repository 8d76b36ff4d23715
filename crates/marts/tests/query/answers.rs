//! What is answered is what DuckDB answers, query by query.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::lake::core;

#[test]
fn answers_are_those_of_another_database() {
    let Some(python) = std::env::var_os("CONVOLAKE_PYTHON") else {
        eprintln!("skipped: CONVOLAKE_PYTHON names no interpreter; `cargo xtask test` makes one");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop/sql_answers.py");
    let mut command = Command::new(python);
    command.arg("-B").arg(script).arg(core()).arg(env!("CARGO_BIN_EXE_convolake-marts")).stdin(Stdio::null());
    let output = command.output().unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
