//! The arguments of `query`.

use std::path::PathBuf;

use clap::Args;
use convolake_engine::parse_size;

use crate::output::Format;

/// What `query` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake query --to ./lake \"SELECT source, count(*) AS messages FROM messages GROUP BY source\"
  convolake query --to ./lake < question.sql --output csv > answer.csv
  convolake query --to s3://bucket/lake

Without SQL, and on a terminal, a shell asks for it. `SHOW TABLES` tells which tables there are.")]
pub(crate) struct Query {
    /// The question, in SQL; from standard input where it is not given.
    pub(crate) sql: Option<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL", env = "CONVOLAKE_TO", hide_env_values = true)]
    pub(crate) to: String,
    /// Take the SQL from this file.
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    pub(crate) file: Option<PathBuf>,
    /// How the result is written; with --out what the file's name ends with, else a table.
    #[arg(long, value_enum, value_name = "FORMAT", env = "CONVOLAKE_OUTPUT", hide_env_values = true)]
    pub(crate) output: Option<Format>,
    /// Write the result to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Show at most so many rows; a table shows 100 unless more are asked for, 0 shows all.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Memory for the whole process: what can be of joins and groups is spilled to disk, and a query that takes more all the same is ended.
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
