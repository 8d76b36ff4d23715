use clap::Args;
use jiff::Timestamp;

use super::{Common, parse_instant};

/// What `convolake plan` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake plan agentx --to ./lake --set params.bot_name=my-bot
  convolake plan convocore --to ./lake --set params.agent_id=a1 --probe")]
pub(crate) struct Plan {
    /// A built-in pipeline (`convolake --help` names them) or the path of a YAML file.
    pub(crate) pipeline: String,
    /// The lake, which need not be there yet: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// Plan this stream only; repeatable.
    #[arg(long = "stream", value_name = "NAME")]
    pub(crate) streams: Vec<String>,
    /// Where a stream without a watermark begins: RFC 3339, a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) from: Option<Timestamp>,
    /// What stands for now: RFC 3339, a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) until: Option<Timestamp>,
    /// Ask each stream for one page, and go by that where nothing else is known; needs the key, keeps nothing.
    #[arg(long)]
    pub(crate) probe: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}
