//! The arguments of `convolake publish`.

use clap::Args;

use super::Output;

/// Brings the Delta tables below delta/ to what the newest commits say: one version for each table whose files differ. A pipeline with
/// `delta` among what it publishes does this after each commit by itself.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake publish --to ./lake
  convolake publish --to s3://bucket/lake --rebuild

Exit codes: 0 done; 1 somebody else has changed a table, or its log does not read, and it stays as it is; 75 a live run holds a pipeline's
lease; 77 the store refused; 69 the store is unavailable.")]
pub(crate) struct Publish {
    /// These pipelines only, each by its name in the lake. By default all that the lake holds.
    #[arg(value_name = "PIPELINE", conflicts_with = "rebuild")]
    pub(crate) pipelines: Vec<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// Make all tables what the lake holds, whatever others have made of them: their files leave the tables, ours are placed anew where they
    /// are missing or changed.
    #[arg(long)]
    pub(crate) rebuild: bool,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
}
