//! Formatting, clippy, and who may name whom: crates by their edges, the rooms within them.

use std::process::Command;

use crate::project::Project;
use crate::test::Part;
use crate::{command, edges, rooms};

/// Fails with the first of them that does.
pub(crate) fn lint(project: &Project) -> Result<(), String> {
    command::run(project.cargo().args(["fmt", "--all", "--check"]))?;
    // In the profile of the tests: build scripts (which compile C) and procedural macros are then built once for both.
    let clippy = ["clippy", "--workspace", "--exclude", "convolake-marts", "--all-targets", "--release"];
    for mut cargo in [
        with(project.cargo(), &clippy),
        Part::Marts.cargo(project, &["clippy", "--no-deps", "--all-targets"]),
    ] {
        command::run(cargo.args(["--", "-D", "warnings"]))?;
    }
    edges::check(project)?;
    rooms::check(project)
}

fn with(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments);
    command
}
