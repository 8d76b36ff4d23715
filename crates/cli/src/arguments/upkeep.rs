//! The arguments of `convolake upkeep`.

use clap::Args;

use super::Output;

/// Packs landed pages that are merged and older than a day, archives early commits and run reports, and removes what no commit
/// names. Every page stays, byte for byte. A run does a bounded part of this by itself.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake upkeep --to ./lake --dry-run
  convolake upkeep agentx --to s3://bucket/lake --output json

Exit codes: 0 done; 75 a live run holds a pipeline's lease; 77 the store refused; 69 the store is unavailable; 1 something of the
lake does not read, and stays as it is.")]
pub(crate) struct Upkeep {
    /// These pipelines only, each by its name in the lake. By default all that the lake holds.
    #[arg(value_name = "PIPELINE")]
    pub(crate) pipelines: Vec<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// Say what would be done, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
}
