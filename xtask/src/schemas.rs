//! The JSON Schemas under `schemas/`, which editors complete YAML with.
//!
//! They are made from the types of `model`. A test of that crate writes and compares them, so that this one compiles
//! in seconds.

use std::process::Command;

use crate::command;
use crate::project::Project;
use crate::test::WITHOUT;

/// Writes the files anew.
pub(crate) fn write(project: &Project) -> Result<(), String> {
    command::run(test(project).env("CONVOLAKE_REGENERATE", "1"))
}

/// Fails where a file is not what the types say.
pub(crate) fn check(project: &Project) -> Result<(), String> {
    command::run(test(project).env_remove("CONVOLAKE_REGENERATE"))
}

fn test(project: &Project) -> Command {
    let mut cargo = project.cargo();
    cargo.args(["test", "--quiet", "--release", "--workspace", "--test", "json_schemas"]).args(WITHOUT);
    cargo
}
