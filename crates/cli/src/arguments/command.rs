//! The commands, and the options of all of them.

use clap::{Parser, Subcommand};

use super::{
    Backfill, Check, Completions, Demo, Flatten, Init, Output, Plan, Query, Replay, Run, Simulate, Status,
    Verify,
};

/// Pulls conversation exports out of chat platforms and lays them down as a lake of Parquet tables.
#[derive(Debug, Parser)]
#[command(name = "convolake", version, propagate_version = true, arg_required_else_help = true, after_help = pipelines())]
pub(crate) struct Arguments {
    /// Say more on stderr; twice for every request's details.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
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
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Copy pipelines/ and schemas/ out, to edit.
    Init(Init),
    /// Serve the export APIs on loopback.
    Simulate(Simulate),
    /// Ask the lake's tables in SQL, through `convolake-marts`.
    Query(Query),
}

impl Command {
    pub(crate) fn output(&self) -> Output {
        match self {
            Self::Run(run) => run.common.output,
            Self::Flatten(flatten) => flatten.common.output,
            Self::Replay(replay) => replay.common.output,
            Self::Verify(verify) => verify.output,
            Self::Backfill(backfill) => backfill.common.output,
            Self::Check(check) => check.common.output,
            Self::Plan(plan) => plan.common.output,
            Self::Status(status) => status.output,
            Self::Demo(_) | Self::Completions(_) | Self::Init(_) | Self::Simulate(_) | Self::Query(_) => {
                Output::Human
            }
        }
    }
}

fn pipelines() -> String {
    let names: Vec<&str> = convolake_engine::builtin_pipelines().collect();
    format!("Built-in pipelines: {}. A path to a YAML file serves as well.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
