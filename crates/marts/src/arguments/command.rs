//! The commands, and the options of all of them.

use std::ffi::OsString;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use convolake_engine::{LogFormat, Loudness, Voice};

use super::{Checks, MartArguments, Query, Report};

/// SQL, derived tables and checks on a lake, by Polars. `convolake query` and its like hand over to this program.
#[derive(Debug, Parser)]
#[command(name = "convolake-marts", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Say more on stderr: which files are read.
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "How much is said")]
    verbose: u8,
    /// Say on stderr only what is wrong.
    #[arg(short, long, global = true, help_heading = "How much is said")]
    quiet: bool,
    /// The form of stderr: words, or a line of JSON an event.
    #[arg(
        long,
        value_parser = log_format(),
        value_name = "FORMAT",
        default_value = "human",
        env = "CONVOLAKE_LOG_FORMAT",
        hide_env_values = true,
        global = true,
        help_heading = "How much is said"
    )]
    log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What this program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask a lake in SQL: all its tables and marts.
    Query(Query),
    /// Build the derived tables of a lake, as far as what they are made of changed.
    Mart(MartArguments),
    /// Hold tables and marts against what is expected of their rows.
    Checks(Checks),
    /// Write one page of what a lake holds and how its runs went.
    Report(Report),
}

impl Arguments {
    /// What this process was given.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut description = Self::command();
        let matches = description.try_get_matches_from_mut(std::env::args_os().map(told_from_options))?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut description))
    }

    pub(crate) fn voice(&self) -> Voice {
        Voice { loudness: Loudness::of(self.quiet, self.verbose), format: self.log_format }
    }
}

/// SQL that begins with a comment, which is no option: a space before it says so.
fn told_from_options(argument: OsString) -> OsString {
    let is_comment = argument.to_str().and_then(|text| text.strip_prefix("--"));
    match is_comment.is_some_and(|comment| comment.starts_with(char::is_whitespace)) {
        true => [OsString::from(" "), argument].into_iter().collect(),
        false => argument,
    }
}

/// The form of stderr.
fn log_format() -> impl TypedValueParser<Value = LogFormat> {
    let value = |(_, name, help)| PossibleValue::new(name).help(help);
    PossibleValuesParser::new(LogFormat::ALL.map(value))
        .try_map(|name| LogFormat::named(&name).ok_or("it is human or json"))
}
