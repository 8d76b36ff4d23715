//! The arguments of `convolake man`.

use std::path::PathBuf;

use clap::Args;

/// What `convolake man` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake man | man -l -
  convolake man --dir ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write a page for convolake and one for each command into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
