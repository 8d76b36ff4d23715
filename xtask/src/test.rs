//! `cargo xtask test`: all there is to test, by one command.

use std::process::Command;

use crate::project::Project;
use crate::{command, doc_tests, edges, field_cases, python, rooms, schemas};

/// Runs them all; a failure of the tests themselves does not keep the checks behind them from running.
pub(crate) fn test(project: &Project, filters: &[String]) -> Result<(), String> {
    let python = python::prepare(project)?;
    let mut cargo = runner(project);
    cargo.args(filters).env("CONVOLAKE_PYTHON", python);
    // Page files beside the project, where there are any; the tests that want them say so where there are none.
    let exports = project.root.join("../shared/exports");
    if std::env::var_os("CONVOLAKE_EXPORTS").is_none() && exports.is_dir() {
        let exports = exports.canonicalize().unwrap_or(exports);
        cargo.env("CONVOLAKE_EXPORTS", exports);
    }
    field_cases::forget(project);
    let mut results = vec![command::run(&mut cargo)];
    if filters.is_empty() {
        if doc_tests::are_there(&project.root.join("crates")) {
            let doc = ["test", "--doc", "--workspace", "--release"];
            results.push(command::run(project.cargo().args(doc).args(WITHOUT_BENCH)));
        }
        results.push(edges::check(project));
        results.push(rooms::check(project));
        results.push(schemas::check(project));
        results.push(field_cases::count(project));
    }
    let failures: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\nerror: ")),
    }
}

/// What only measures has other features of the same crates in its tree, and would have all of them built again.
pub(crate) const WITHOUT_BENCH: [&str; 2] = ["--exclude", "convolake-bench"];

/// nextest where it is installed, else cargo's own runner.
fn runner(project: &Project) -> Command {
    let mut cargo = project.cargo();
    if command::is_there(project.cargo().args(["nextest", "--version"])) {
        cargo.args(["nextest", "run", "--workspace", "--release", "--no-fail-fast"]).args(WITHOUT_BENCH);
    } else {
        eprintln!(
            "cargo-nextest is not installed; `cargo test` runs the same tests one binary after the other"
        );
        let tests = ["test", "--workspace", "--release", "--no-fail-fast", "--lib", "--bins", "--tests"];
        cargo.args(tests).args(WITHOUT_BENCH);
    }
    cargo
}
