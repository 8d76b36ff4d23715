//! The command line of `cargo xtask bench`: `flatten`, which is also meant where nothing is named, and the others.

use clap::{Args, Subcommand};

use super::extract::{ExtractOptions, extract};
use super::flatten::flatten;
use super::merge::{MergeOptions, merge};
use super::options::FlattenArguments;
use super::pair::{PairArguments, pair};
use crate::project::Project;

/// What `cargo xtask bench` takes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArguments {
    #[command(subcommand)]
    bench: Option<Bench>,
    #[command(flatten)]
    flatten: FlattenArguments,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Measure `convolake flatten` beside its peers (what `bench` alone does).
    Flatten(FlattenArguments),
    /// Measure `convolake flatten` beside that of another binary, in turn.
    Pair(PairArguments),
    /// Measure new rows into a lake that has rows, beside DuckDB.
    #[command(long_flag = "merge")]
    Merge(MergeOptions),
    /// Measure a source with a request limit, beside dlt.
    Extract(ExtractOptions),
}

/// Measures what is named.
pub(crate) fn bench(project: &Project, arguments: BenchArguments) -> Result<(), String> {
    match arguments.bench {
        None => flatten(project, arguments.flatten.check()?),
        Some(Bench::Flatten(arguments)) => flatten(project, arguments.check()?),
        Some(Bench::Pair(arguments)) => pair(project, arguments),
        Some(Bench::Merge(options)) => merge(project, &options),
        Some(Bench::Extract(options)) => extract(project, options),
    }
}
