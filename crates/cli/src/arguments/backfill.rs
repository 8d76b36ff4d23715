//! The arguments of `convolake backfill`.

use clap::Args;
use convolake_engine::parse_instant;
use jiff::Timestamp;

use super::Common;
use super::pull::{Limits, Target};

/// What `convolake backfill` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake backfill agentx --to ./lake --set params.bot_name=my-bot --from 2025-03-01 --until 2025-04-01

The watermark of `convolake run` is not moved. A backfill that ends early is taken up again by the same command.")]
pub(crate) struct Backfill {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The first instant: RFC 3339 (UTC where no zone stands), a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) from: Timestamp,
    /// The instant after the last: RFC 3339 (UTC where no zone stands), a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) until: Timestamp,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) common: Common,
}
