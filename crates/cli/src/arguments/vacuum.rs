//! The arguments of `convolake vacuum`.

use clap::Args;

use super::Output;

/// Removes files below delta/ that are of no table any more, once all readers of earlier versions have had time to end, and versions of
/// the log older than 30 days that a checkpoint stands for. Earlier versions cannot be read any more afterwards. Plain files are not touched.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake vacuum --to ./lake --dry-run
  convolake vacuum --to s3://bucket/lake --days 14

Exit codes: 0 done; 1 somebody else has changed a table, or its log does not read, and it stays as it is; 75 a live run holds a pipeline's
lease; 77 the store refused; 69 the store is unavailable.")]
pub(crate) struct Vacuum {
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// How many days a file stays that is of no table any more; 7 at the least.
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(7..))]
    pub(crate) days: u16,
    /// Say what would be removed, and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
}
