//! The arguments of `convolake run`.

use clap::Args;

use super::Common;
use super::pull::{Limits, Target, TimeRange};

/// What `convolake run` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake run agentx --to ./lake --set params.bot_name=my-bot
  convolake run convocore --to ./lake --set params.agent_id=a1 --max-duration 50m --output json

A first SIGINT or SIGTERM finishes the page under way, commits and ends with exit code 75; a second one ends at once.
Either way the next run goes on at the page that was reached.

Exit codes: 0 done, 65 done but records were quarantined, 66 --strict and something is short, or a check fails, 69 the source is not available,
75 another run holds the lease or work is left, 77 refused, 2 wrong use or configuration, 1 failed otherwise.")]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) time_range: TimeRange,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) common: Common,
}
