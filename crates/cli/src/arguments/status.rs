//! The arguments of `convolake status`.

use clap::Args;

use super::Output;

/// What `convolake status` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake status --to ./lake
  convolake status --to ./lake --output json | jq '.pipelines[].streams[] | {stream, watermark_age_seconds}'")]
pub(crate) struct Status {
    /// This pipeline only: its built-in name, or the path of a YAML file (whose tables are then known).
    pub(crate) pipeline: Option<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// How many of the newest runs to show.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) runs: u16,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
}
