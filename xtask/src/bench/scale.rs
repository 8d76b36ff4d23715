//! `cargo xtask bench scale`: years of daily runs of both built-in pipelines, on disk and for a while in a bucket, and known rows once
//! more. The scenario is one of the end-to-end tests (`tests/end_to_end/scale`), since it plays simulator, store and days.

use clap::Args;

use crate::command;
use crate::project::Project;

/// What `cargo xtask bench scale` takes.
#[derive(Debug, Args)]
pub(crate) struct ScaleOptions {
    /// Days that are run on disk; figures are held against those around day 30.
    #[arg(long, value_name = "N", default_value_t = 730, value_parser = clap::value_parser!(u32).range(40..=900))]
    days: u32,
    /// Days that are run in a bucket.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(12..=900))]
    days_in_bucket: u32,
}

/// Fails where a run fails, or where the lake does not hold what was served. A figure that is missed is told.
pub(super) fn scale(project: &Project, options: &ScaleOptions) -> Result<(), String> {
    let mut cargo = project.cargo();
    cargo.args(["test", "--release", "-p", "convolake-cli", "--test", "end_to_end", "--"]);
    cargo.args(["scale::bench", "--exact", "--ignored", "--nocapture"]);
    cargo.env("CONVOLAKE_SCALE_DAYS", options.days.to_string());
    cargo.env("CONVOLAKE_SCALE_DAYS_IN_BUCKET", options.days_in_bucket.to_string());
    command::run(&mut cargo)
}
