//! The command line, a file a command.

mod command;
mod mart;
mod query;
mod values;

pub(crate) use command::{Arguments, Command};
pub(crate) use mart::{MartArguments, ReportFormat};
pub(crate) use query::Query;
