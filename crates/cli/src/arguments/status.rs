//! The arguments of `convolake status`.

use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::values::{parse_duration, whole};
use super::{Output, words};

/// What `convolake status` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake status --to ./lake
  convolake status --to ./lake --output json | jq '.pipelines[].streams[] | {stream, watermark_age_seconds}'
  convolake status --to ./lake --fail-if-older-than 6h -q || mail -s 'the lake is late' you@example.org

Exit codes: 0 all is well; that of the last run of a stream where it failed (1, 2, 69, 77); 66 a watermark is older than
--fail-if-older-than; 1 something of the lake does not read.")]
pub(crate) struct Status {
    /// This pipeline only: by its name, or by the path of its file.
    #[arg(add = ArgValueCompleter::new(words::pipelines))]
    pub(crate) pipeline: Option<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// How many of the newest runs to show.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = whole::<u16>(1, 1000))]
    pub(crate) runs: u16,
    /// End with exit code 66 where a stream's watermark is older than this, as in 6h, or a stream has none.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) fail_if_older_than: Option<Duration>,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
}
