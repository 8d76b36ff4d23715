//! The `convolake-marts` binary: SQL, derived tables and checks on a lake, by Polars.

mod failure;
mod memory;
mod catalog;
mod sql;
mod output;
mod shell;
mod derive;
mod build;
mod checks;
mod charts;
mod report;
mod arguments;
mod execute;

use std::process::ExitCode;

use arguments::Arguments;

/// Counts what is held: beyond the budget that `--memory` gives, Polars spills to disk.
#[global_allocator]
static ALLOCATOR: polars_ooc::Allocator = polars_ooc::Allocator;

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(told) => return ExitCode::from(output::terminal::usage(&told)),
    };
    output::terminal::begin(arguments.voice());
    match execute::execute(arguments.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output::terminal::error(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
