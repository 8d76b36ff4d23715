//! The arguments of `convolake replay`.

use clap::Args;

use super::Common;

/// What `convolake replay` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake replay agentx --to ./lake

Rows of flattened files stay as they are. Where rows name landed pages that are missing, or the pages give fewer rows than
there are, nothing is changed and the exit code is 1, unless --allow-missing is given.")]
pub(crate) struct Replay {
    /// A built-in pipeline (`convolake --help` names them) or the path of a YAML file.
    pub(crate) pipeline: String,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix (endpoint and keys from the usual `AWS_*` variables).
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// Goes on where landed pages are missing, and keeps the rows that name them; takes rows away that no page gives any more.
    #[arg(long)]
    pub(crate) allow_missing: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}
