use clap::Args;
use jiff::Timestamp;

use super::{Common, Spending, parse_instant};

/// What `convolake backfill` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake backfill agentx --to ./lake --set params.bot_name=my-bot --from 2025-03-01 --until 2025-04-01

The watermark of `convolake run` is not moved. A backfill that ends early is taken up again by the same command.")]
pub(crate) struct Backfill {
    /// A built-in pipeline (`convolake --help` names them) or the path of a YAML file.
    pub(crate) pipeline: String,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// The first instant: RFC 3339, a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) from: Timestamp,
    /// The instant after the last: RFC 3339, a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) until: Timestamp,
    /// Pull this stream only, and the list it takes its ids from; repeatable.
    #[arg(long = "stream", value_name = "NAME")]
    pub(crate) streams: Vec<String>,
    /// End with exit code 66 where the lake has fewer rows than the source declares.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Go on although the lake was filled from another origin so far.
    #[arg(long)]
    pub(crate) allow_new_origin: bool,
    #[command(flatten)]
    pub(crate) budget: Spending,
    #[command(flatten)]
    pub(crate) common: Common,
}
