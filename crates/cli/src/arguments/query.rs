//! The arguments of `convolake query`.

use clap::Args;

/// What `convolake query` takes.
#[derive(Debug, Args)]
pub(crate) struct Query {
    /// What `convolake-marts query` takes: --to URL "SQL".
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<String>,
}
