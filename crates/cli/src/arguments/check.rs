//! The arguments of `convolake check`.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::{Common, words};

/// What `convolake check` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake check agentx --to ./lake --set params.bot_name=my-bot

Exit codes: 0 a run would go well, 2 wrong use or configuration, 77 the key or the store refuses, 69 the source is not
available, 1 something else would fail.")]
pub(crate) struct Check {
    /// A pipeline by its name (a file of ./pipelines, else a built-in one: `convolake --help`) or by the path of its file.
    #[arg(add = ArgValueCompleter::new(words::pipelines))]
    pub(crate) pipeline: String,
    /// Where the lake is or will be, to try out what a lake there relies on: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    /// Ask this stream only; repeatable.
    #[arg(long = "stream", value_name = "NAME", add = ArgValueCompleter::new(words::streams))]
    pub(crate) streams: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}
