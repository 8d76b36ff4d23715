//! The arguments of `convolake mart`.

use clap::Args;

/// What `convolake mart` takes.
#[derive(Debug, Args)]
pub(crate) struct Mart {
    /// What `convolake-marts mart` takes: --to URL, and the names of derived tables.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<String>,
}
