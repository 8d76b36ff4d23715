//! The `convolake` binary: arguments, progress, messages. No logic of its own.

mod arguments;
mod execute;
mod environment;
mod demo;
mod init;
mod manual;
mod simulate;
mod marts;
mod progress;
mod render;
mod signals;
mod failure;
mod terminal;

use std::process::ExitCode;

use clap_complete::CompleteEnv;

use arguments::Arguments;
use execute::execute;

/// The system's allocator keeps much of what is freed. This one shares it between threads and gives it back after a second: given
/// back at once, it would be taken again page by page, which costs a sixth of all time.
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
