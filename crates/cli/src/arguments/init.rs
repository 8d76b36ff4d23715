//! The arguments of `convolake init`.

use std::path::PathBuf;

use clap::Args;

/// What `convolake init` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake init my-lake")]
pub(crate) struct Init {
    /// Where to.
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}
