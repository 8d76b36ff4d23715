//! The command line, a file a command.

mod command;
mod checks;
mod mart;
mod query;
mod report;

pub(crate) use checks::Checks;
pub(crate) use command::{Arguments, Command};
pub(crate) use mart::{MartArguments, ReportFormat};
pub(crate) use query::Query;
pub(crate) use report::Report;
