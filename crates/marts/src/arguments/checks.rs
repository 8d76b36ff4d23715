//! The arguments of `checks`.

use clap::Args;
use convolake_engine::parse_size;

use super::ReportFormat;

/// What `checks` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Checks are declared under `checks:` in schemas/tables/NAME.yaml and schemas/marts/NAME.yaml.
It ends with 66 where one of severity error fails."
)]
pub(crate) struct Checks {
    /// Only these tables and marts; all where none is given.
    pub(crate) tables: Vec<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL", env = "CONVOLAKE_TO", hide_env_values = true)]
    pub(crate) to: String,
    /// Only this pipeline: a built-in name or the path of one.
    #[arg(long, value_name = "PIPELINE")]
    pub(crate) pipeline: Option<String>,
    /// Leave marts out.
    #[arg(long)]
    pub(crate) tables_only: bool,
    /// How the result is written: for people, or as one JSON document.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "human",
        env = "CONVOLAKE_OUTPUT",
        hide_env_values = true
    )]
    pub(crate) output: ReportFormat,
    /// Memory for the whole process.
    #[arg(long, value_name = "SIZE", default_value = "1GB", env = "CONVOLAKE_MEMORY", hide_env_values = true, value_parser = parse_size)]
    pub(crate) memory: u64,
}
