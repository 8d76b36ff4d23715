//! The command line of `cargo xtask`. What belongs to one task alone is beside that task.

use clap::{Parser, Subcommand};

use crate::bench::BenchArguments;
use crate::fuzz::FuzzArguments;
use crate::release::ReleaseArguments;

/// What people run around the code of this project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Test everything that is tested, readers of the lake included.
    Test {
        /// What the test runner is told beside that, as names of tests; checks that are no tests are then left out.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        filters: Vec<String>,
    },
    /// Check formatting, clippy, edges and rooms.
    Lint,
    /// Check which crate names which.
    Edges,
    /// Check which room of a crate (a folder or file at the top of its src) names which.
    Rooms {
        /// Show what there is instead: rooms, what they name and where, circles, lengths of files.
        #[arg(long)]
        print: bool,
    },
    /// Write the JSON Schemas under schemas/.
    Schemas {
        /// Compare them instead.
        #[arg(long)]
        check: bool,
    },
    /// Measure `convolake flatten` beside its peers, or with a subcommand something else.
    Bench(Box<BenchArguments>),
    /// Build what a release is made of for this machine's platform, pack it, sum it up and try it: `dist/`.
    Release(ReleaseArguments),
    /// Put any bytes into flattener and parsers for a while.
    Fuzz(FuzzArguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[track_caller]
    fn filters(words: &[&str]) -> Vec<String> {
        let words = ["cargo xtask", "test"].iter().chain(words);
        match Arguments::try_parse_from(words).unwrap().task {
            Task::Test { filters } => filters,
            task => panic!("{task:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn filters_reach_the_test_runner_as_they_are() {
        for (words, expected) in [
            (&[][..], &[][..]),
            (&["--", "name", "--no-capture"], &["name", "--no-capture"]),
            (&["name"], &["name"]),
            (&["-E", "test(/x/)"], &["-E", "test(/x/)"]),
        ] {
            assert_eq!(filters(words), expected);
        }
    }
}
