//! From arguments to a result and an exit code, a file a command.

mod checks;
mod mart;
mod query;
mod report;
mod shell;

use convolake_engine::{Clock, SystemClock};
use jiff::Timestamp;

use crate::arguments::Command;
use crate::failure::Failure;

/// Runs the command, and gives its exit code.
pub(crate) fn execute(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Query(query) => query::query(&query),
        Command::Mart(arguments) => mart::mart(arguments),
        Command::Checks(checks) => checks::checks(&checks),
        Command::Report(report) => report::report(&report),
    }
}

/// Tests of this project play other days with it, as with the core binary: the instant that counts as now.
const TEST_NOW: &str = "CONVOLAKE_TEST_NOW";

/// The instant that counts as now.
fn now() -> Result<Timestamp, Failure> {
    let clock = match std::env::var(TEST_NOW) {
        Ok(text) => SystemClock::played(
            text.parse().map_err(|_| Failure::misuse(format!("{TEST_NOW} is no instant: {text}"), None))?,
        ),
        Err(_) => SystemClock::start(),
    };
    Ok(clock.now())
}
