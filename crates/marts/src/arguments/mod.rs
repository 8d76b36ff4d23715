//! The command line, a file a command.

mod command;
mod query;
mod values;

pub(crate) use command::{Arguments, Command};
pub(crate) use query::Query;
