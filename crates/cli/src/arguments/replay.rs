//! The arguments of `convolake replay`.

use clap::Args;

use super::Common;

/// What `convolake replay` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake replay agentx --to ./lake")]
pub(crate) struct Replay {
    /// A built-in pipeline (`convolake --help` names them) or the path of a YAML file.
    pub(crate) pipeline: String,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix (endpoint and keys from the usual `AWS_*` variables).
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) common: Common,
}
