//! `cargo xtask test`: all there is to test, by one command.

use std::process::Command;

use crate::project::Project;
use crate::{command, doc_tests, edges, field_cases, python, rooms, schemas};

/// Runs them all; a failure of the tests themselves does not keep the checks behind them from running.
pub(crate) fn test(project: &Project, filters: &[String]) -> Result<(), String> {
    let python = python::prepare(project)?;
    let delta_packages = python::prepare_delta(project, &python);
    // A call for some tests builds the module, and prepares Sail, only where they are of it.
    let wants = |of: &str| filters.is_empty() || filters.iter().any(|filter| filter.contains(of));
    let sail = (wants("wheel") || wants("delta")).then(|| python::prepare_sail(project)).transpose()?;
    let module = sail.as_ref().filter(|_| wants("wheel"));
    if let Some(sail) = module {
        python::install_module(project, [&python, sail])?;
    }
    let mut passed = field_cases::Passed::default();
    // The tests of `marts` come last: they call the core binary, which the others have had built.
    let mut results = Vec::new();
    for part in [Part::Workspace, Part::Marts] {
        let mut cargo = runner(project, part);
        cargo.args(filters).env("CONVOLAKE_PYTHON", &python);
        if let Some(packages) = &delta_packages {
            cargo.env("CONVOLAKE_DELTA_PACKAGES", packages);
        }
        if let Some(sail) = &sail {
            cargo.env("CONVOLAKE_SAIL_PYTHON", sail);
        }
        if module.is_some() {
            cargo.env("CONVOLAKE_MODULE", "1");
        }
        // Page files beside the project, where there are any; the tests that want them say so where there are none.
        let exports = project.root.join("../shared/exports");
        if std::env::var_os("CONVOLAKE_EXPORTS").is_none() && exports.is_dir() {
            let exports = exports.canonicalize().unwrap_or(exports);
            cargo.env("CONVOLAKE_EXPORTS", exports);
        }
        if !filters.is_empty() && is_nextest_there(project) {
            cargo.arg("--no-tests=pass");
        }
        results.push(passed.note(project, || command::run(&mut cargo)));
    }
    if filters.is_empty() {
        if doc_tests::are_there(&project.root.join("crates")) {
            results.push(command::run(&mut Part::Workspace.cargo(project, &["test", "--doc"])));
        }
        results.push(edges::check(project));
        results.push(rooms::check(project));
        results.push(schemas::check(project));
        results.push(passed.count(project));
    }
    let failures: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\nerror: ")),
    }
}

/// What is built and tested by one call of cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All crates but those of [`WITHOUT`].
    Workspace,
    /// `convolake-marts`, with Polars as it is built for tests.
    Marts,
}

/// What only measures, and what Polars is built for, have other features of the same crates in their trees, and would have all of
/// them built again.
pub(crate) const WITHOUT: [&str; 4] = ["--exclude", "convolake-bench", "--exclude", "convolake-marts"];

/// Polars without optimisation: it takes a third of the time to build.
const UNOPTIMISED: &str = "crates/marts/unoptimised.toml";

impl Part {
    /// `cargo SUBCOMMAND` of this part, in the profile that all share.
    pub(crate) fn cargo(self, project: &Project, subcommand: &[&str]) -> Command {
        let mut cargo = project.cargo();
        cargo.args(subcommand).arg("--release");
        match self {
            Self::Workspace => cargo.arg("--workspace").args(WITHOUT),
            // Behind the subcommand: what stands before it is not handed on to nextest and clippy.
            Self::Marts => cargo.args(["--config", UNOPTIMISED, "--package", "convolake-marts"]),
        };
        cargo
    }
}

fn is_nextest_there(project: &Project) -> bool {
    command::is_there(project.cargo().args(["nextest", "--version"]))
}

/// nextest where it is installed, else cargo's own runner.
fn runner(project: &Project, part: Part) -> Command {
    if is_nextest_there(project) {
        let mut cargo = part.cargo(project, &["nextest", "run"]);
        cargo.arg("--no-fail-fast");
        return cargo;
    }
    eprintln!("cargo-nextest is not installed; `cargo test` runs the same tests one binary after the other");
    let mut cargo = part.cargo(project, &["test"]);
    cargo.args(["--no-fail-fast", "--bins", "--tests"]);
    if part == Part::Workspace {
        cargo.arg("--lib");
    }
    cargo
}
