//! Formatting, clippy, and who may name whom: crates by their edges, the rooms within them.

use crate::project::Project;
use crate::{command, edges, rooms};

/// Fails with the first of them that does.
pub(crate) fn lint(project: &Project) -> Result<(), String> {
    command::run(project.cargo().args(["fmt", "--all", "--check"]))?;
    // In the profile of the tests: build scripts (which compile C) and procedural macros are then built once for both.
    let clippy = ["clippy", "--workspace", "--all-targets", "--release", "--", "-D", "warnings"];
    command::run(project.cargo().args(clippy))?;
    edges::check(project)?;
    rooms::check(project)
}
