//! The arguments of `report`.

use std::path::PathBuf;

use clap::Args;
use convolake_engine::parse_size;

/// What `report` takes.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL", env = "CONVOLAKE_TO", hide_env_values = true)]
    pub(crate) to: String,
    /// The file of the page.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    pub(crate) out: PathBuf,
    /// The IANA zone of days and hours, as in Europe/Berlin; that of the pipelines without it.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Memory for the whole process.
    #[arg(long, value_name = "SIZE", default_value = "1GB", env = "CONVOLAKE_MEMORY", hide_env_values = true, value_parser = parse_size)]
    pub(crate) memory: u64,
}
