//! The arguments of a command that `convolake-marts` carries out.

use clap::Args;

/// What `convolake-marts` takes for it.
#[derive(Debug, Args)]
pub(crate) struct HandedOver {
    /// What `convolake-marts` takes for this command, which `--help` behind it tells: --to URL.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<String>,
}
