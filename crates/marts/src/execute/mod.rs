//! From arguments to a result and an exit code, a file a command.

mod mart;
mod query;
mod shell;

use crate::arguments::Command;
use crate::failure::Failure;

/// Runs the command, and gives its exit code.
pub(crate) fn execute(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Query(query) => query::query(&query),
        Command::Mart(arguments) => mart::mart(arguments),
    }
}
