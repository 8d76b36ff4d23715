//! The commands, and the options of all of them.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use convolake_engine::{LogFormat, Loudness, Voice};

use super::usage_error::in_words;
use super::values::log_format;
use super::variables::with_variables;
use super::{
    Backfill, Check, Completions, Demo, Flatten, HandedOver, Init, Man, Output, Plan, Publish, Replay, Run,
    Simulate, Status, Upkeep, Vacuum, Verify,
};

/// Pulls conversation exports out of chat platforms and lays them down as a lake of Parquet tables.
#[derive(Debug, Parser)]
#[command(name = "convolake", version = env!("CONVOLAKE_VERSION"), propagate_version = true, arg_required_else_help = true, after_help = after_help())]
pub(crate) struct Arguments {
    /// Say more on stderr; twice for every request's details.
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
        global = true,
        help_heading = "How much is said"
    )]
    log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// The command line as it is described to readers of help, shells and manuals.
    pub(crate) fn description() -> clap::Command {
        with_variables(Self::command())
    }

    /// What this process was given.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut description = Self::description();
        let given = std::env::args_os();
        let matches =
            description.try_get_matches_from_mut(given).map_err(|error| in_words(error, &description))?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut description))
    }

    pub(crate) fn voice(&self) -> Voice {
        Voice { loudness: Loudness::of(self.quiet, self.verbose), format: self.log_format }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run every pipeline against a simulated source, and look at the result; needs nothing.
    Demo(Demo),
    /// Pull what is new, from the watermark (first: the pipeline's `begin`) to now.
    Run(Run),
    /// Pull a stretch of time once more, beside the watermark, which stays where it is.
    Backfill(Backfill),
    /// Show what a run would ask for, and how long that takes at the rate limit; touches nothing.
    Plan(Plan),
    /// Find out whether a run would go well: files, key, a page of each stream, the store; keeps nothing.
    Check(Check),
    /// Show how far the lake is: watermarks, rows, completeness, last runs; reads only.
    Status(Status),
    /// Turn page files (.json, .jsonl, .gz, .zst) into tables; no network.
    Flatten(Flatten),
    /// Rebuild every table from the raw zone alone; no request is made.
    Replay(Replay),
    /// Hold a lake against what it promises: files, commits, keys, parents, and every row against the landed pages.
    Verify(Verify),
    /// Make few objects of many in a lake: packs of landed pages, archives of early commits and reports.
    Upkeep(Upkeep),
    /// Bring the Delta tables of a lake to its newest commits, or back to them where others have changed them.
    Publish(Publish),
    /// Remove files of the Delta tables that are of no table any more for a week.
    Vacuum(Vacuum),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Print the manual, or write a page of it for each command.
    Man(Man),
    /// Copy pipelines/ and schemas/ out, to edit.
    Init(Init),
    /// Serve the export APIs on loopback.
    Simulate(Simulate),
    /// Ask the lake's tables in SQL, through `convolake-marts`.
    Query(HandedOver),
    /// Build the derived tables of a lake, through `convolake-marts`: turns, response times, a row a conversation, a row a day.
    Mart(HandedOver),
    /// Hold tables and marts against the checks that schemas declare, through `convolake-marts`; 66 where one of severity error fails.
    Checks(HandedOver),
    /// Write one HTML page of what a lake holds and how its runs went, through `convolake-marts`.
    Report(HandedOver),
}

impl Command {
    pub(crate) fn output(&self) -> Output {
        match self {
            Self::Run(run) => run.common.output,
            Self::Flatten(flatten) => flatten.common.output,
            Self::Replay(replay) => replay.common.output,
            Self::Verify(verify) => verify.output,
            Self::Upkeep(upkeep) => upkeep.output,
            Self::Publish(publish) => publish.output,
            Self::Vacuum(vacuum) => vacuum.output,
            Self::Backfill(backfill) => backfill.common.output,
            Self::Check(check) => check.common.output,
            Self::Plan(plan) => plan.common.output,
            Self::Status(status) => status.output,
            Self::Demo(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Init(_)
            | Self::Simulate(_)
            | Self::Query(_)
            | Self::Mart(_)
            | Self::Checks(_)
            | Self::Report(_) => Output::Human,
        }
    }
}

fn after_help() -> String {
    let names: Vec<&str> = convolake_engine::builtin_pipelines().collect();
    format!(
        "Built-in pipelines: {}. A file of yours goes by its name where it is ./pipelines/NAME.yaml, else by its path.\n\
         Each option has a variable that stands in for it: CONVOLAKE_TO for --to, CONVOLAKE_LOG_FORMAT for --log-format.",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::description().debug_assert();
    }
}
