//! The command line of `cargo xtask bench`: `flatten`, which is also meant where nothing is named, and the others.

use clap::{Args, Subcommand};

use super::extract::{ExtractOptions, extract};
use super::flatten::flatten;
use super::merge::{MergeOptions, merge};
use super::options::FlattenArguments;
use super::pair::{PairArguments, pair};
use super::partitions::{PartitionsOptions, partitions};
use super::query::{QueryOptions, query};
use super::scale::{ScaleOptions, scale};
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
    /// Measure what partitions of days and of months cost, and how readers take them.
    Partitions(PartitionsOptions),
    /// Measure a source with a request limit, beside dlt.
    Extract(ExtractOptions),
    /// Measure years of daily runs.
    Scale(ScaleOptions),
    /// Measure SQL on a lake, beside DuckDB and Polars' Python.
    Query(QueryOptions),
}

/// Measures what is named.
pub(crate) fn bench(project: &Project, arguments: BenchArguments) -> Result<(), String> {
    match arguments.bench {
        None => flatten(project, arguments.flatten.check()?),
        Some(Bench::Flatten(arguments)) => flatten(project, arguments.check()?),
        Some(Bench::Pair(arguments)) => pair(project, arguments),
        Some(Bench::Merge(options)) => merge(project, &options),
        Some(Bench::Partitions(options)) => partitions(project, &options),
        Some(Bench::Extract(options)) => extract(project, options),
        Some(Bench::Scale(options)) => scale(project, &options),
        Some(Bench::Query(options)) => query(project, &options),
    }
}
