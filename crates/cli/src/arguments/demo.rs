//! The arguments of `convolake demo`.

use std::path::PathBuf;

use clap::Args;

use super::values::whole;

/// What `convolake demo` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake demo --dir ./lake")]
pub(crate) struct Demo {
    /// The lake's folder.
    #[arg(long, default_value = "lake")]
    pub(crate) dir: PathBuf,
    /// How many conversations the simulator has: 1 is 500 of each source.
    #[arg(long, default_value_t = 1, value_parser = whole::<u32>(1, 1000))]
    pub(crate) scale: u32,
}
