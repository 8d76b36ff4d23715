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

use convolake_engine::Outcome;

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
    // Polars' words to those who call it from a program, as on what it deprecates.
    polars::error::set_warning_function(|words, _| output::terminal::detail(words));
    // What Polars does not expect, it panics about: its words are told as those of a fault, without a trace.
    std::panic::set_hook(Box::new(|panic| output::terminal::fault(&panic.to_string())));
    match std::panic::catch_unwind(|| execute::execute(arguments.command)) {
        Err(_) => ExitCode::from(Outcome::Failed.exit_code()),
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(_)) if output::has_seen_enough() => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            output::terminal::error(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
