//! The arguments of `mart`.

use clap::Args;
use convolake_engine::parse_size;
use convolake_model::Mart;

/// What `mart` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake mart --to ./lake
  convolake mart --to s3://bucket/lake daily_stats --zone Europe/Berlin

Only what changed since the last build is made anew. What a source's words mean stands in its pipeline, under `meaning`.")]
pub(crate) struct MartArguments {
    /// The derived tables: turns, response_times, conversation_stats, conversation_days, daily_stats; all where none is named.
    #[arg(value_name = "NAME", value_parser = parse_mart)]
    pub(crate) names: Vec<Mart>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL", env = "CONVOLAKE_TO", hide_env_values = true)]
    pub(crate) to: String,
    /// Only of this source: a pipeline by its name, or by the path of its file; may be given several times.
    #[arg(long, value_name = "PIPELINE")]
    pub(crate) source: Vec<String>,
    /// Set a field of the pipeline, as in meaning.zone=Europe/Berlin; repeatable, in the variable a line each.
    #[arg(
        long,
        value_name = "KEY=VALUE",
        env = "CONVOLAKE_SET",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    pub(crate) set: Vec<String>,
    /// Count what is open up to this instant, for all conversations; else up to the source's newest commit.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) as_of: Option<jiff::Timestamp>,
    /// Cut days, and read business hours, in this zone instead of the pipeline's.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Build all of it anew, as where a file of theirs is damaged.
    #[arg(long)]
    pub(crate) anew: bool,
    /// The form of the result on stdout.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) output: ReportFormat,
    /// Memory for the whole process; months of more rows are made in several parts.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "1GB",
        env = "CONVOLAKE_MEMORY",
        hide_env_values = true,
        value_parser = parse_size
    )]
    pub(crate) memory: u64,
}

/// The form of what was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReportFormat {
    /// A line a table.
    Human,
    /// One JSON document.
    Json,
}

fn parse_mart(text: &str) -> Result<Mart, String> {
    let names = || Mart::ALL.map(Mart::name);
    Mart::named(text).ok_or_else(|| match convolake_engine::nearest_word(text, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of {}", names().join(", ")),
    })
}

fn parse_time(text: &str) -> Result<jiff::Timestamp, String> {
    convolake_engine::parse_instant(text).map_err(|error| error.to_string())
}
