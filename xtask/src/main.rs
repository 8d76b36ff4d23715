//! What people run around the code: `cargo xtask test | lint | edges | rooms | schemas | bench | release | fuzz`.
//!
//! CI calls these by the same names and adds nothing of its own.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool for the people of this project"
)]

mod arguments;
mod bench;
mod command;
mod doc_tests;
mod edges;
mod field_cases;
mod fuzz;
mod lint;
mod project;
mod python;
mod release;
mod rooms;
mod schemas;
mod test;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Task};
use project::Project;

fn main() -> ExitCode {
    match execute(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn execute(task: Task) -> Result<(), String> {
    let project = Project::find()?;
    match task {
        Task::Test { filters } => test::test(&project, &filters),
        Task::Lint => lint::lint(&project),
        Task::Edges => edges::check(&project),
        Task::Rooms { print: false } => rooms::check(&project),
        Task::Rooms { print: true } => rooms::print(&project),
        Task::Schemas { check: false } => schemas::write(&project),
        Task::Schemas { check: true } => schemas::check(&project),
        Task::Bench(arguments) => bench::bench(&project, *arguments),
        Task::Release(arguments) => release::release(&project, &arguments),
        Task::Fuzz(arguments) => fuzz::fuzz(&project, &arguments),
    }
}
