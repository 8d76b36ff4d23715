//! Derived tables are, row for row, what the SQL of the docs gives by DuckDB.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn derived_tables_are_what_the_sql_of_the_docs_gives() {
    check("marts.py", &[]);
}

#[test]
fn so_are_those_of_two_years() {
    check("two_years.py", &[]);
}

#[test]
fn so_are_those_of_exports() {
    match std::env::var_os("CONVOLAKE_EXPORTS").map(PathBuf::from) {
        Some(folder) => check("marts.py", &[&folder]),
        None => eprintln!("skipped: CONVOLAKE_EXPORTS names no folder of page files"),
    }
}

#[track_caller]
fn check(script: &str, pages: &[&Path]) {
    let Some(python) = std::env::var_os("CONVOLAKE_PYTHON") else {
        eprintln!("skipped: CONVOLAKE_PYTHON names no interpreter; `cargo xtask test` makes one");
        return;
    };
    let marts = Path::new(env!("CARGO_BIN_EXE_convolake-marts"));
    let core = marts.with_file_name(format!("convolake{}", std::env::consts::EXE_SUFFIX));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop").join(script);
    let mut command = Command::new(python);
    command.arg("-B").arg(script).arg(core).arg(marts).args(pages).stdin(Stdio::null());
    let output = command.output().unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
