//! Options of the commands that ask a source.

use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use convolake_engine::{Budget, parse_instant};
use jiff::Timestamp;

use super::values::{parse_duration, whole};
use super::words;

/// The pipeline that is pulled, and the lake it goes to.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// A pipeline by its name (a file of ./pipelines, else a built-in one: `convolake --help`) or by the path of its file.
    #[arg(add = ArgValueCompleter::new(words::pipelines))]
    pub(crate) pipeline: String,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix (endpoint and keys from the usual `AWS_*` variables).
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// This stream only (with `backfill`, also the list it takes its ids from); repeatable.
    #[arg(long = "stream", value_name = "NAME", add = ArgValueCompleter::new(words::streams))]
    pub(crate) streams: Vec<String>,
}

/// A range of time in place of the one from the watermark to now.
#[derive(Debug, Args)]
pub(crate) struct TimeRange {
    /// Where a stream without a watermark begins: RFC 3339 (UTC where no zone stands), a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) from: Option<Timestamp>,
    /// What stands for now: RFC 3339 (UTC where no zone stands), a date or Unix seconds.
    #[arg(long, value_name = "T", value_parser = parse_instant)]
    pub(crate) until: Option<Timestamp>,
}

/// How far a pull goes, and what counts as its failure.
#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// End with exit code 66 where the lake has fewer rows than the source declares.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Go on although the lake was filled from another origin so far.
    #[arg(long)]
    pub(crate) allow_new_origin: bool,
    /// End after so many requests, with work left for the next run.
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, u64::MAX))]
    max_requests: Option<u64>,
    /// Ask for nothing more after this long, as in 90s, 15m or 2h; work is left for the next run.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    max_duration: Option<Duration>,
}

impl Limits {
    /// A run that ends at one of them leaves work for the next run, with exit code 75.
    pub(crate) fn budget(&self) -> Budget {
        Budget { max_requests: self.max_requests, max_duration: self.max_duration }
    }
}
