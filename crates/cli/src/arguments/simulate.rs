//! The arguments of `convolake simulate`.

use std::path::PathBuf;

use clap::Args;

use super::values::whole;

/// What `convolake simulate` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake simulate --port 8080 --conversations 1000
  convolake simulate --habit convocore_export.lag.requests=5 --habit agentx_messages.cursor_life.pages=3")]
pub(crate) struct Simulate {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 8080, value_parser = whole::<u16>(0, 65_535))]
    pub(crate) port: u16,
    /// Serve the records of these page files instead of generated ones.
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,
    /// How many conversations to generate for each source.
    #[arg(long, default_value_t = 500, value_parser = whole::<u64>(0, u64::MAX))]
    pub(crate) conversations: u64,
    /// The same seed, the same data.
    #[arg(long, default_value_t = 1, value_parser = whole::<u64>(0, u64::MAX))]
    pub(crate) seed: u64,
    /// How many sentences an agent says at once, at most.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = whole::<usize>(0, u64::MAX))]
    pub(crate) sentences: usize,
    /// What an endpoint is like, as in convocore_export.lag.requests=5, '*.end.past_end=404' or
    /// convocore_list.poison={"kind":"nan"}; repeatable. A wrong word is answered with the right ones.
    #[arg(long = "habit", value_name = "ENDPOINT.HABIT=VALUE")]
    pub(crate) habits: Vec<String>,
    /// Wait before each answer.
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = whole::<u64>(0, u64::MAX))]
    pub(crate) latency_ms: u64,
    /// Let endpoints with a documented rate limit take this many requests a second instead of 3.
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, u64::MAX))]
    pub(crate) agentx_rate: Option<usize>,
    /// Write the data as page files into this folder, and serve nothing.
    #[arg(long, value_name = "DIR")]
    pub(crate) pages_to: Option<PathBuf>,
}
