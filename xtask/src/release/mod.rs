//! `cargo xtask release`: what a release is made of, for this machine's platform: built, packed, summed up, and tried as its users get it.
//!
//! `.github/workflows/release.yml` calls this on each platform and adds nothing but the upload.

mod attempt;
mod checksums;
mod third_party;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::project::Project;
use crate::{command, python};

/// What `cargo xtask release` takes.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArguments {
    /// What is made; all of it where none is named. `marts` has Polars in it: a quarter of an hour on two cores.
    #[arg(long = "part", value_enum)]
    parts: Vec<Part>,
    /// The folder it is put into.
    #[arg(long, default_value = "dist")]
    out: PathBuf,
}

/// A part of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The binary `convolake`.
    Convolake,
    /// The binary `convolake-marts`.
    Marts,
    /// The wheel of the Python module.
    Wheel,
}

impl Part {
    const ALL: [Self; 3] = [Self::Convolake, Self::Marts, Self::Wheel];

    /// The package, and the binary it gives.
    const fn package(self) -> (&'static str, &'static str) {
        match self {
            Self::Convolake => ("convolake-cli", "convolake"),
            Self::Marts => ("convolake-marts", "convolake-marts"),
            Self::Wheel => ("convolake-python", ""),
        }
    }
}

/// Makes the parts that are asked for, tries each, and writes `SHA256SUMS` over all that lies in the folder.
pub(crate) fn release(project: &Project, arguments: &ReleaseArguments) -> Result<(), String> {
    let out = project.root.join(&arguments.out);
    std::fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let parts = if arguments.parts.is_empty() { &Part::ALL[..] } else { &arguments.parts };
    let host = host()?;
    let work = project.target.join("release-work");
    for part in parts {
        match part {
            Part::Wheel => attempt::wheel(project, &work, &wheel(project, &work, &out)?)?,
            Part::Convolake | Part::Marts => {
                let archive = binary(project, *part, &host, &work, &out)?;
                attempt::binary(&work, &archive, part.package().1)?;
            }
        }
    }
    checksums::write(&out)
}

/// Builds a binary and packs it with the licences; gives the archive.
fn binary(project: &Project, part: Part, host: &str, work: &Path, out: &Path) -> Result<PathBuf, String> {
    let (package, binary) = part.package();
    command::run(project.cargo().args(["build", "--release", "--locked", "--package", package]))?;
    let name = format!("{binary}-{}-{host}", env!("CARGO_PKG_VERSION"));
    let folder = fresh_folder(&work.join(&name))?;
    let file = format!("{binary}{}", std::env::consts::EXE_SUFFIX);
    copy(&project.target.join("release").join(&file), &folder.join(&file))?;
    for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "CHANGELOG.md"] {
        copy(&project.root.join(file), &folder.join(file))?;
    }
    third_party::write(project, package, &folder.join("THIRD-PARTY.txt"))?;
    let archive = out.join(format!("{name}.tar.gz"));
    command::run(Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(work).arg(&name))?;
    Ok(archive)
}

/// Builds the wheel; gives its path. It has a list of all crates in it, with their licences, as CycloneDX.
fn wheel(project: &Project, work: &Path, out: &Path) -> Result<PathBuf, String> {
    let builder = python::fresh(&work.join("maturin"))?;
    let requirement = python::pinned(project, "maturin")?;
    command::run(python::pip(&builder).arg(requirement))?;
    let wheels = fresh_folder(&work.join("wheels"))?;
    let mut maturin = Command::new(&builder);
    maturin.current_dir(&project.root).args(["-m", "maturin", "build", "--release", "--locked"]);
    maturin.args(["--manifest-path", "python/Cargo.toml", "--interpreter"]).arg(&builder);
    command::run(maturin.arg("--out").arg(&wheels))?;
    let listed = std::fs::read_dir(&wheels).map_err(|error| format!("{}: {error}", wheels.display()))?;
    let wheel = listed.filter_map(Result::ok).map(|entry| entry.path()).next();
    let wheel = wheel.ok_or_else(|| format!("maturin left no wheel in {}", wheels.display()))?;
    let there = out.join(wheel.file_name().unwrap_or_default());
    copy(&wheel, &there)?;
    Ok(there)
}

/// The platform that is built for, as in `x86_64-unknown-linux-gnu`.
fn host() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = command::output(Command::new(rustc).arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say which platform it is of".to_owned())
}

/// The folder, with nothing in it.
fn fresh_folder(folder: &Path) -> Result<PathBuf, String> {
    if folder.is_dir() {
        std::fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.to_owned())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    /// A name of an action may be pointed elsewhere: tj-actions/changed-files#2463.
    #[test]
    fn what_the_workflow_uses_is_pinned() {
        let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
        let path = std::path::Path::new(&folder).join("../.github/workflows/release.yml");
        let workflow = std::fs::read_to_string(path).unwrap();
        let used: Vec<_> = workflow.lines().filter_map(|line| line.trim().strip_prefix("- uses: ")).collect();
        assert!(used.len() >= 4, "{used:?}");
        for action in used {
            let (_, commit) = action.split_once('@').unwrap();
            let commit = commit.split(' ').next().unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        }
        assert!(workflow.contains("\npermissions: {}\n"));
    }
}
