//! The arguments of `convolake plan`.

use clap::Args;

use super::Common;
use super::pull::{Target, TimeRange};

/// What `convolake plan` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake plan agentx --to ./lake --set params.bot_name=my-bot
  convolake plan convocore --to ./lake --set params.agent_id=a1 --probe")]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) time_range: TimeRange,
    /// Ask each stream for a page, and go by that where nothing else is known (a stream of windows, before its first run,
    /// for some twenty windows); needs the key, keeps nothing.
    #[arg(long)]
    pub(crate) probe: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}
