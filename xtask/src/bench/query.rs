//! `cargo xtask bench query`: `convolake query` beside DuckDB and Polars' Python, on one lake, in one run.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::project::Project;
use crate::{command, python};

/// What `cargo xtask bench query` takes.
#[derive(Debug, Args)]
pub(crate) struct QueryOptions {
    /// How many messages the lake has.
    #[arg(long, value_name = "N", default_value = "5000000")]
    messages: String,
    /// How often each is measured; the medians count.
    #[arg(long, value_name = "N", default_value = "3")]
    repeat: String,
    /// Measure on this lake, which may have any number of messages.
    #[arg(long, value_name = "DIR")]
    lake: Option<PathBuf>,
}

/// Fails where it could not measure, or where the answers differ. Builds Polars with optimisation: a quarter of an hour on two cores.
pub(super) fn query(project: &Project, options: &QueryOptions) -> Result<(), String> {
    for package in ["convolake-cli", "convolake-marts"] {
        command::run(project.cargo().args(["build", "--release", "-p", package]))?;
    }
    let binary =
        |name: &str| project.target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let mut measure = Command::new(python::prepare(project)?);
    measure
        .arg(project.root.join("tests/peers/query.py"))
        .args([binary("convolake"), binary("convolake-marts")]);
    measure.args(["--messages", &options.messages, "--repeat", &options.repeat]);
    if let Some(lake) = &options.lake {
        measure.arg("--lake").arg(lake);
    }
    command::run(&mut measure)
}
