//! The arguments of `convolake verify`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use convolake_engine::parse_size;

use super::{Output, words};

/// Nothing in the lake is changed, and no key is needed. Ends with 0 where all is well, with 1 where something is wrong,
/// and with 75 where a run committed meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake verify --to ./lake
  convolake verify agentx --to ./lake --tables-only --output json")]
pub(crate) struct Verify {
    /// These pipelines only, each by its name or by the path of its file. By default all that the lake holds; those that are
    /// neither built in nor in ./pipelines have to be named.
    #[arg(value_name = "PIPELINE", add = ArgValueCompleter::new(words::pipelines))]
    pub(crate) pipelines: Vec<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// Leave out the long part, in which every landed page is flattened once more and each row compared.
    #[arg(long)]
    pub(crate) tables_only: bool,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
    /// Memory for the whole process.
    #[arg(long, value_name = "SIZE", default_value = "256MB", value_parser = parse_size)]
    pub(crate) memory: u64,
}
