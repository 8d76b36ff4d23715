//! The `convolake` binary: arguments, progress, messages. No logic of its own.

mod arguments;
mod execute;
mod environment;
mod demo;
mod init;
mod manual;
mod simulate;
mod marts;
mod checks;
mod progress;
mod render;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap_complete::CompleteEnv;

use arguments::Arguments;
use execute::execute;

/// The system's allocator keeps much of what is freed: with it a merge of 2 GB of pages takes 275 MiB, with this one 199. Its
/// version 3, which gives freed memory back after a second and so saves a `flatten` a tenth of its time, lets a `run` with
/// `--memory 160MB` grow to 390 MiB.
/// Huge pages are left to the system (`no_thp`): with them memory that is free counts as used.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // What a shell asks for while a command line is written.
    CompleteEnv::with_factory(Arguments::description).var(manual::COMPLETION_VARIABLE).complete();
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(told) => return ExitCode::from(terminal::usage(told)),
    };
    terminal::log_to_stderr(arguments.voice());
    let output = arguments.command.output();
    match execute(arguments.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            terminal::error(&failure, output);
            ExitCode::from(failure.exit_code())
        }
    }
}
