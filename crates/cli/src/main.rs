//! The `convolake` binary: arguments, progress, messages. No logic of its own.

mod arguments;
mod execute;
mod environment;
mod demo;
mod init;
mod manual;
mod simulate;
mod progress;
mod render;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap_complete::CompleteEnv;
use convolake_allocator::MiMalloc;

use arguments::Arguments;
use execute::execute;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
