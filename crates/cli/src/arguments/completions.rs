//! The arguments of `convolake completions`.

use clap::Args;

/// What `convolake completions` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake completions bash > ~/.local/share/bash-completion/completions/convolake")]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}
