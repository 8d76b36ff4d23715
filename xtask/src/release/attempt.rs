//! What was packed is unpacked and used, as whoever downloads it does.

use std::path::Path;
use std::process::Command;

use super::fresh_folder;
use crate::project::Project;
use crate::{command, python};

/// Unpacks an archive, and asks its binary for its version.
pub(super) fn binary(work: &Path, archive: &Path, name: &str) -> Result<(), String> {
    let folder = fresh_folder(&work.join("unpacked"))?;
    command::run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&folder))?;
    let unpacked = archive.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let unpacked = folder.join(unpacked.trim_end_matches(".tar.gz"));
    for file in ["LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY.txt"] {
        if !unpacked.join(file).is_file() {
            return Err(format!("{} has no {file}", archive.display()));
        }
    }
    let program = unpacked.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let said = command::output(Command::new(&program).arg("--version"))?;
    match said.starts_with(&format!("{name} {}", env!("CARGO_PKG_VERSION"))) {
        true => Ok(()),
        false => Err(format!("{} says it is `{}`", program.display(), said.trim_end())),
    }?;
    if name == "convolake" {
        // Both pipelines are pulled from simulated sources on loopback into a lake.
        command::run(Command::new(&program).arg("demo").current_dir(&folder))?;
    }
    println!("{}: unpacked, and says {}", archive.display(), said.trim_end());
    Ok(())
}

/// Installs the wheel, and nothing else, into an environment of its own, and reads a page file with it.
pub(super) fn wheel(project: &Project, work: &Path, wheel: &Path) -> Result<(), String> {
    let user = python::fresh(&work.join("user"))?;
    command::run(python::pip(&user).args(["--no-index", "--no-deps"]).arg(wheel))?;
    let script = project.root.join("tests/interop/installed.py");
    command::run(Command::new(&user).arg("-B").arg(script).current_dir(work))?;
    println!("{}: installed, and reads a page file", wheel.display());
    Ok(())
}
