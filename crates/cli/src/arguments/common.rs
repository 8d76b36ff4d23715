//! Options that several commands share.

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use convolake_engine::{Override, parse_size};

use super::words;
use convolake_engine::Failure;

/// In which form a result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Words on stderr.
    Human,
    /// The run report as one JSON document on stdout.
    Json,
}

/// Options of every command that reads a pipeline.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Set a field of the pipeline, as in params.agent_id=a1 or base_url=http://127.0.0.1:8080; repeatable.
    #[arg(long, value_name = "KEY=VALUE", add = ArgValueCompleter::new(words::settings))]
    set: Vec<String>,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
    /// Memory for the whole process; rows beyond it are spilled to disk.
    #[arg(long, value_name = "SIZE", default_value = "256MB", value_parser = parse_size)]
    pub(crate) memory: u64,
}

impl Common {
    pub(crate) fn overrides(&self) -> Result<Vec<Override>, Failure> {
        Ok(convolake_engine::overrides(&self.set)?)
    }
}
