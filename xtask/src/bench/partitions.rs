//! `cargo xtask bench partitions`: what partitions of days and of months cost a daily run, and how long readers take.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::project::Project;
use crate::{command, python};

/// What `cargo xtask bench partitions` takes.
#[derive(Debug, Args)]
pub(crate) struct PartitionsOptions {
    /// Messages a day, and of how many days.
    #[arg(long, value_name = "MESSAGES:DAYS,...", default_value = "10:730,1000:365,100000:90")]
    days: String,
    /// Measure this convolake, and build none.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

/// Fails where it could not measure, or where readers do not give the same answers by days and by months.
pub(super) fn partitions(project: &Project, options: &PartitionsOptions) -> Result<(), String> {
    let convolake = match &options.binary {
        Some(path) => path.clone(),
        None => {
            command::run(project.cargo().args(["build", "--release", "-p", "convolake-cli"]))?;
            project.target.join("release").join(format!("convolake{}", std::env::consts::EXE_SUFFIX))
        }
    };
    let mut measure = Command::new(python::prepare(project)?);
    measure.arg(project.root.join("tests/peers/partitions.py")).arg(convolake);
    command::run(measure.args(["--days", &options.days]))
}
